"""What a plot is drawn on. Text stays text; colours follow the reader's scheme; the background is the page's."""

from collections.abc import Sequence
from html import escape

type Point = tuple[float, float]

WIDTH = 760
LETTER = 7.7
"""How wide a letter is at most, about, in the widest of the fonts."""
_HUES = (
    # For a light page, for a dark one, and a dash for whoever sees no colours. All have a contrast of 4.5 or more.
    ("#0b5cad", "#6cb6ff", "none"),
    ("#b3440e", "#ffa368", "7 4"),
    ("#1a7040", "#5fd38d", "2 3"),
    ("#7a3fb0", "#c9a0ff", "10 3 2 3"),
    ("#5b6470", "#aab4c0", "4 2"),
)
_STYLE = """\
text{{font:13px system-ui,-apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif;fill:#24292f}}
.title{{font-size:15px;font-weight:600}}
.quiet{{fill:#57606a}}
.grid{{stroke:#d0d7de;stroke-width:1}}
.line{{fill:none;stroke-width:2;stroke-linejoin:round}}
{light}
@media (prefers-color-scheme:dark){{
text{{fill:#e6edf3}}
.quiet{{fill:#9aa4b0}}
.grid{{stroke:#3d444d}}
{dark}
}}"""


class Canvas:
    def __init__(self, title: str, description: str, height: int) -> None:
        self._title = title
        self._description = description
        self._height = height
        self._drawn: list[str] = []
        self.text(0, 17, title, style="title")

    def text(self, x: float, y: float, words: str, anchor: str = "start", style: str = "") -> None:
        named = f' class="{style}"' if style else ""
        moved = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._drawn.append(f'<text x="{x:.1f}" y="{y:.1f}"{named}{moved}>{escape(words)}</text>')

    def grid(self, begin: Point, end: Point) -> None:
        (x1, y1), (x2, y2) = begin, end
        self._drawn.append(f'<path class="grid" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>')

    def line(self, points: Sequence[Point], hue: int) -> None:
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self._drawn.append(f'<path class="line s{hue % len(_HUES)}" d="M{path}"/>')

    def dot(self, point: Point, hue: int) -> None:
        x, y = point
        self._drawn.append(f'<circle class="f{hue % len(_HUES)}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')

    def bar(self, x: float, y: float, width: float, height: float) -> None:
        self._drawn.append(
            f'<rect class="f0" x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height:.1f}" rx="2"/>'
        )

    def label(self, x: float, y: float, words: str, hue: int) -> None:
        """Of a line, in its colour."""
        self.text(x, y, words, style=f"f{hue % len(_HUES)}")

    def svg(self) -> str:
        size = f'width="{WIDTH}" height="{self._height}" viewBox="0 0 {WIDTH} {self._height}"'
        return "\n".join(
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="t d">',
                f'<title id="t">{escape(self._title)}</title>',
                f'<desc id="d">{escape(self._description)}</desc>',
                f"<style>\n{_STYLE.format(light=_rules(0), dark=_rules(1))}\n</style>",
                *self._drawn,
                "</svg>\n",
            )
        )


def _rules(scheme: int) -> str:
    return "\n".join(
        f".s{number}{{stroke:{hue[scheme]};stroke-dasharray:{hue[2]}}}\n.f{number}{{fill:{hue[scheme]}}}"
        for number, hue in enumerate(_HUES)
    )
