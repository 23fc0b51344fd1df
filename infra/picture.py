"""The picture of the architecture: boxes and arrows as data. `python3 -m infra.picture` writes docs/architecture.svg."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from infra.writing import write

PICTURE = Path(__file__).parents[1] / "docs/architecture.svg"
WIDTH, HEIGHT = 860, 470
_STYLE = """\
text{font:13px system-ui,-apple-system,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif;fill:#24292f}
.name{font-weight:600}.quiet{fill:#57606a;font-size:12px}
.box{fill:#f6f8fa;stroke:#8c959f}.ours{fill:#ddf4ff;stroke:#0969da}.frame{fill:none;stroke:#0969da;stroke-dasharray:6 4}
.arrow{fill:none;stroke:#57606a;stroke-width:1.5;marker-end:url(#head)}#head path{fill:#57606a}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9aa4b0}.box{fill:#161b22;stroke:#6e7681}
.ours{fill:#0c2d4f;stroke:#4493f8}.frame{stroke:#4493f8}.arrow{stroke:#9aa4b0}#head path{fill:#9aa4b0}}"""
TOLD = (
    "Callers reach HTTP functions, which start a flow in Dataverse once. Dataverse's callback is a hint that is checked against Dataverse; "
    "a timer looks at what no callback tells; another starts what waits and tells webhooks and Event Grid. Run state is one table; "
    "signing keys are in Key Vault; logs, alerts and a workbook in Application Insights."
)


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    y: int
    width: int
    height: int
    name: str
    words: tuple[str, ...] = ()
    style: str = "box"


@dataclass(frozen=True, slots=True)
class Arrow:
    points: tuple[tuple[int, int], ...]
    words: str = ""
    at: tuple[int, int] = (0, 0)
    """Where the middle of the words stands."""


BOXES = (
    Box(10, 42, 170, 72, "Makers", ("Power Automate and Apps:", "custom connector")),
    Box(10, 122, 170, 56, "Other systems", ("HTTP, OpenAPI",)),
    Box(10, 194, 170, 56, "Event sources", ("CloudEvents, Event Grid",)),
    Box(10, 322, 170, 72, "Who is told", ("signed webhooks,", "Event Grid")),
    Box(250, 20, 270, 380, "", style="frame"),
    Box(
        270,
        50,
        230,
        72,
        "HTTP functions",
        ("start, follow, cancel, resubmit", "catalogue, pauses, events in"),
        "ours",
    ),
    Box(270, 140, 230, 56, "callback_handler", ("believes nothing, looks it up",), "ours"),
    Box(270, 214, 230, 56, "status_poller", ("each minute: what no callback told",), "ours"),
    Box(270, 330, 230, 56, "start_waiting", ("every ten seconds: queue, events",), "ours"),
    Box(680, 50, 170, 220, "Dataverse", ("the only source of truth", "of what a flow does")),
    Box(680, 330, 170, 56, "Machines", ("desktop flows run here",)),
    Box(250, 420, 130, 40, "Table Storage", style="box"),
    Box(395, 420, 125, 40, "Key Vault", style="box"),
    Box(560, 420, 290, 40, "Application Insights, alerts, workbook", style="box"),
)
ARROWS = (
    Arrow(((180, 78), (266, 78))),
    Arrow(((180, 150), (225, 150), (225, 92), (266, 92))),
    Arrow(((180, 222), (240, 222), (240, 106), (266, 106))),
    Arrow(((500, 86), (676, 86)), "RunDesktopFlow, once", (588, 78)),
    Arrow(((680, 152), (504, 152)), "callback: a hint", (590, 146)),
    Arrow(((500, 184), (676, 184)), "is it true?", (588, 178)),
    Arrow(((500, 242), (676, 242)), "500 sessions a request", (590, 235)),
    Arrow(((500, 358), (590, 358), (590, 262), (676, 262)), "what waited", (588, 376)),
    Arrow(((270, 358), (184, 358)), "events", (216, 350)),
    Arrow(((765, 270), (765, 326))),
    Arrow(((315, 400), (315, 416))),
    Arrow(((457, 400), (457, 416))),
    Arrow(((520, 395), (620, 395), (620, 416))),
)


def svg() -> str:
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    head = '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker>'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="t d">',
        '<title id="t">Deskhand between its callers and Dataverse</title>',
        f'<desc id="d">{TOLD}</desc>',
        f"<style>\n{_STYLE}\n</style>",
        f"<defs>{head}</defs>",
        *(each for box in BOXES for each in _box(box)),
        _text(385, 40, "Deskhand: Azure Functions", "quiet"),
        *(each for arrow in ARROWS for each in _arrow(arrow)),
        "</svg>\n",
    ]
    return "\n".join(lines)


def _box(box: Box) -> Iterator[str]:
    place = f'x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}"'
    yield f'<rect class="{box.style}" {place} rx="6"/>'
    if not box.name:
        return
    middle = box.x + box.width // 2
    first = box.y + box.height // 2 + 5 - 9 * len(box.words)
    yield _text(middle, first, box.name, "name")
    yield from (
        _text(middle, first + 18 * number, words, "quiet") for number, words in enumerate(box.words, 1)
    )


def _arrow(arrow: Arrow) -> Iterator[str]:
    path = "L".join(f"{x} {y}" for x, y in arrow.points)
    yield f'<path class="arrow" d="M{path}"/>'
    if arrow.words:
        yield _text(*arrow.at, arrow.words, "quiet")


def _text(x: int, y: int, words: str, style: str) -> str:
    return f'<text class="{style}" x="{x}" y="{y}" text-anchor="middle">{escape(words)}</text>'


def main() -> None:
    argparse.ArgumentParser(
        prog="python3 -m infra.picture", description="Draws docs/architecture.svg anew."
    ).parse_args()
    sys.stdout.write(f"{write(PICTURE, svg())}\n")


if __name__ == "__main__":
    main()
