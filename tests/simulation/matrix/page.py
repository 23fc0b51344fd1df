"""docs/crash-matrix.md, whole."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tests.simulation.matrix.cases import CASES, Case
from tests.simulation.matrix.cell import AGAIN, AS_UNDISTURBED, cell_of, healing_of
from tests.simulation.matrix.diagram import diagram_of
from tests.simulation.matrix.history import History, history
from tests.simulation.matrix.modes import MODES, Mode
from tests.simulation.matrix.points import ANOTHER_SHARD
from tests.simulation.matrix.script import Disturbance, Point

PAGE = Path(__file__).parents[3] / "docs/crash-matrix.md"

_INTRODUCTION = f"""\
# Crash matrix

Every use case, disturbed once at every point where it asks Table Storage or Dataverse for something: what the one who asked is
told, and how it heals. This page is made by the tests. Each cell is a history of the [simulation](reliability.md#the-simulation),
run over the deployed code; `tests/simulation/test_matrix.py` runs them all again and fails where this page says something else,
and where any of the [promises](reliability.md#what-is-judged) is broken in any of them. After a change of the product:

```sh
.venv/bin/python -m tests.simulation.matrix --write
```

## How to read it

A first instance does what the table is about. One request of it is disturbed:

| | |
|---|---|
| crash before | the instance dies as it is about to send the request |
| crash after | the instance dies when the answer has come |
| error | Table Storage refuses for now, Dataverse answers 5xx; nothing was done |
| time-out | the request never arrives, and its sender waits as long as it is willing to |
| lost answer | the request is carried out, and the connection breaks before the answer |

From then on nothing is disturbed. All that follows is the work of a second instance, which knows nothing: passes of the poller and the
queue each minute, Dataverse's callbacks, and callers who heard nothing, or a 5xx, and ask again. A caller starts again with the same Idempotency-Key,
at once; a cancel is repeated only where nothing else has settled it ten minutes later.

| In a cell | |
|---|---|
| `{AS_UNDISTURBED}` | as undisturbed: nobody notices anything |
| `202`, `503`, ... | what the one who asked was answered; no answer: it crashed |
| `{AGAIN} 202` | asked again, and then answered so |
| `same` | with the run that the first request had written; without it: a run of its own |
| session by poller, by queue | who recorded the session, where it was not who does it undisturbed; so with cancel and end |
| next pass | what this pass left undone was done by the next |
| StartUnconfirmed, ... | how the run ended, where it ended otherwise |
| no session | how many sessions Dataverse has for all of it, where it is not as many as undisturbed. It is never more |
| (7) | the [failure mode](#failure-modes) that shows how |

A point that is reached several times bears a number. What is asked of each of the sixteen shards is tried for the run's own, and for one other.
"""


def page() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    for number, case in enumerate(CASES):
        yield from _table(number, case)
    yield "## Failure modes\n"
    yield "Each is the trace of one of the histories above. What an instance asks to get its bearings is left out, and so is a pass that only saw the run running.\n"
    for number, mode in enumerate(MODES, 1):
        yield f"### {number}. {mode.title}\n"
        yield f"{mode.case}; {mode.point}, {mode.disturbance}: {_shown(mode)}\n"
        yield "```mermaid"
        yield from diagram_of(mode)
        yield "```\n"


def _shown(mode: Mode) -> str:
    usual = history(mode.number).outcome
    return f"{cell_of(history(mode.number, mode.point, mode.disturbance).outcome, usual)}"


def _table(number: int, case: Case) -> Iterator[str]:
    undisturbed = history(number)
    yield f"## {case.title}\n"
    yield f"{case.about} Undisturbed: {_usual(undisturbed)}.\n"
    yield f"| Request | {' | '.join(Disturbance)} |"
    yield f"|---{'|---' * len(Disturbance)}|"
    rows = [(point, _cells(number, case, point)) for point in undisturbed.points]
    for cells, alike in groupby(rows, key=lambda row: row[1]):
        yield f"| {'; '.join(_name(point) for point, _ in alike)} | {' | '.join(cells)} |"
    yield ""


def _name(point: Point) -> str:
    return f"{point} (15 of these)" if ANOTHER_SHARD in point.name else str(point)


def _usual(undisturbed: History) -> str:
    outcome = undisturbed.outcome
    made = [(what, getattr(outcome, f"{what}_by")) for what in ("session", "cancel", "end")]
    return ", ".join([*outcome.answers, *outcome.ends, *(f"{what} by {by}" for what, by in made if by)])


def _cells(number: int, case: Case, point: Point) -> list[str]:
    usual = history(number).outcome
    cells = []
    for disturbance in Disturbance:
        cell = cell_of(history(number, point, disturbance).outcome, usual)
        mode = mode_of(case, number, point, disturbance)
        cells.append(cell if mode is None else f"{cell} ({_link(mode)})")
    return cells


def mode_of(case: Case, number: int, point: Point, disturbance: Disturbance) -> int | None:
    """The failure mode that shows this very history, or else the nearest that heals in the same way. None: nothing has to heal."""
    for index, mode in enumerate(MODES):
        if (mode.case, mode.point, mode.disturbance) == (case.title, point, disturbance):
            return index
    healing = healing_of(history(number, point, disturbance).outcome, history(number).outcome)
    alike = [index for index, mode in enumerate(MODES) if way_of(mode) == (case.verb, healing)]
    nearest = sorted(alike, key=lambda index: MODES[index].point != point)
    return nearest[0] if healing and nearest else None


def way_of(mode: Mode) -> tuple[str, str]:
    """Who was disturbed, and what healed it."""
    outcome = history(mode.number, mode.point, mode.disturbance).outcome
    return CASES[mode.number].verb, healing_of(outcome, history(mode.number).outcome)


def _link(index: int) -> str:
    """To its heading, as GitHub names it."""
    title = MODES[index].title.lower().replace(" ", "-").replace("'", "")
    return f"[{index + 1}](#{index + 1}-{title})"
