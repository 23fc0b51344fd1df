"""Latencies by percentile. The value axis is a log one: the same distance is the same ratio."""

from collections.abc import Iterator, Mapping, Sequence

from benchmarks.case import Distribution
from benchmarks.numbers import number
from benchmarks.plots import frame
from benchmarks.plots.canvas import Canvas
from benchmarks.plots.frame import BOTTOM, LEFT, TOP, Line
from benchmarks.plots.scales import LogScale, NinesScale
from benchmarks.rounds import PERCENTS

_TICKS = {0.0: "0", 50.0: "50", 90.0: "90", 99.0: "99", 99.9: "99.9", 100.0: "100"}


def draw(title: str, distributions: Sequence[Distribution], hues: Mapping[str, int]) -> str:
    right = frame.right_end([each.subject for each in distributions])
    across = NinesScale(LEFT, right)
    upward = LogScale.over((ms for each in distributions for ms in each.milliseconds), BOTTOM, TOP)
    canvas = Canvas(title, _in_words(distributions), frame.HEIGHT)
    frame.value_axis(canvas, upward, right)
    for percent, words in _TICKS.items():
        frame.base_tick(canvas, across.place(percent), words)
    frame.base_title(canvas, right, "percent of all that were no slower")
    lines = [
        Line(
            each.subject,
            [
                (across.place(percent), upward.place(ms))
                for percent, ms in zip(PERCENTS, each.milliseconds, strict=True)
            ],
            hues[each.subject],
        )
        for each in distributions
    ]
    frame.draw_lines(canvas, lines, dots=False)
    return canvas.svg()


def _in_words(distributions: Sequence[Distribution]) -> str:
    return " ".join(
        f"{each.subject}: {', '.join(f'p{_TICKS[percent]} {number(ms)}' for percent, ms in _told(each))} ms."
        for each in distributions
    )


def _told(distribution: Distribution) -> Iterator[tuple[float, float]]:
    for percent, ms in zip(PERCENTS, distribution.milliseconds, strict=True):
        if percent in _TICKS:
            yield percent, ms
