"""What plots of lines share: where the axes are, and names at the lines' ends."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.numbers import number
from benchmarks.plots.canvas import LETTER, WIDTH, Canvas, Point
from benchmarks.plots.scales import LogScale

HEIGHT = 360
TOP, BOTTOM, LEFT = 38.0, 310.0, 64.0
_LINE = 16.0
_MOST_ROOM = 250.0


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    points: Sequence[Point]
    """Already places on the canvas."""
    hue: int


def right_end(names: Sequence[str]) -> float:
    """Of the x axis: what the names at the lines' ends leave."""
    return WIDTH - min(_MOST_ROOM, max(map(len, names)) * LETTER + 14)


def value_axis(canvas: Canvas, scale: LogScale, right: float) -> None:
    for tick in scale.ticks:
        y = scale.place(tick)
        canvas.grid((LEFT, y), (right, y))
        canvas.text(LEFT - 8, y + 4, number(tick), "end", "quiet")


def base_tick(canvas: Canvas, x: float, words: str) -> None:
    canvas.grid((x, BOTTOM), (x, BOTTOM + 5))
    canvas.text(x, BOTTOM + 20, words, "middle", "quiet")


def base_title(canvas: Canvas, right: float, words: str) -> None:
    canvas.text((LEFT + right) / 2, BOTTOM + 40, words, "middle", "quiet")


def draw_lines(canvas: Canvas, lines: Sequence[Line], *, dots: bool) -> None:
    """The first is drawn last, on top of the others: it is ours."""
    for line in reversed(lines):
        canvas.line(line.points, line.hue)
        for point in line.points if dots else ():
            canvas.dot(point, line.hue)
    heights = _apart([line.points[-1][1] for line in lines])
    for line, y in zip(lines, heights, strict=True):
        canvas.label(line.points[-1][0] + 10, y + 4, line.name, line.hue)


def _apart(heights: Sequence[float]) -> list[float]:
    """The same heights in the same order, moved so that no name covers another and none leaves the plot."""
    order = sorted(range(len(heights)), key=lambda each: heights[each])
    placed = [0.0] * len(heights)
    lowest = BOTTOM - _LINE * (len(order) - 1)
    free = TOP
    for rank, each in enumerate(order):
        placed[each] = min(max(heights[each], free), lowest + rank * _LINE)
        free = placed[each] + _LINE
    return placed
