"""Where time goes: a row for each part, each beginning where the one before it ended."""

from collections.abc import Sequence
from itertools import accumulate

from benchmarks.case import Part
from benchmarks.numbers import number
from benchmarks.plots.canvas import LETTER, WIDTH, Canvas

_ROW = 24
_TOP = 34
_NAMES = 300
_VALUES = 100


def draw(title: str, parts: Sequence[Part]) -> str:
    total = sum(part.milliseconds for part in parts)
    left = min(_NAMES, max(len(part.name) for part in parts) * LETTER + 14)
    scale = (WIDTH - left - _VALUES) / total
    canvas = Canvas(title, _in_words(parts, total), _TOP + _ROW * len(parts) + 30)
    begins = accumulate((part.milliseconds for part in parts), initial=0.0)
    for row, (part, begin) in enumerate(zip(parts, begins, strict=False)):
        y = _TOP + row * _ROW
        canvas.text(left - 10, y + 15, part.name, "end")
        canvas.bar(left + begin * scale, y + 3, part.milliseconds * scale, _ROW - 7)
        end = left + (begin + part.milliseconds) * scale
        canvas.text(end + 6, y + 15, _share(part, total), style="quiet")
    canvas.text(left, _TOP + _ROW * len(parts) + 18, f"together {number(total)} ms", style="quiet")
    return canvas.svg()


def _share(part: Part, total: float) -> str:
    return f"{number(part.milliseconds)} ({part.milliseconds / total:.0%})"


def _in_words(parts: Sequence[Part], total: float) -> str:
    return (
        "; ".join(f"{part.name}: {_share(part, total)}" for part in parts) + f". Together {number(total)} ms."
    )
