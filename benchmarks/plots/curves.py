"""Cost against the number of runs, both on log axes: a straight line is a power, a level one costs the same at any size."""

from collections.abc import Mapping, Sequence

from benchmarks.case import Curve
from benchmarks.numbers import number
from benchmarks.plots import frame
from benchmarks.plots.canvas import Canvas
from benchmarks.plots.frame import BOTTOM, LEFT, TOP, Line
from benchmarks.plots.scales import LogScale


def draw(title: str, curves: Sequence[Curve], hues: Mapping[str, int]) -> str:
    right = frame.right_end([curve.subject for curve in curves])
    points = [point for curve in curves for point in curve.points]
    across = LogScale.over((x for x, _ in points), LEFT, right)
    upward = LogScale.over((y for _, y in points), BOTTOM, TOP)
    canvas = Canvas(title, _in_words(curves), frame.HEIGHT)
    frame.value_axis(canvas, upward, right)
    for tick in across.ticks:
        frame.base_tick(canvas, across.place(tick), number(tick))
    frame.base_title(canvas, right, "runs")
    lines = [
        Line(
            curve.subject,
            [(across.place(x), upward.place(y)) for x, y in curve.points],
            hues[curve.subject],
        )
        for curve in curves
    ]
    frame.draw_lines(canvas, lines, dots=True)
    return canvas.svg()


def _in_words(curves: Sequence[Curve]) -> str:
    return " ".join(
        f"{curve.subject}: {', '.join(f'{number(y)} at {number(x)}' for x, y in curve.points)}."
        for curve in curves
    )
