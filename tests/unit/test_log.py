"""Lines of the log: one JSON object each, with a name that stays, and what they belong to."""

import ast
import json
import re
from pathlib import Path
from typing import Any

from shared.log.line import Line
from shared.log.names import Name
from shared.log.work import Work, about, current, working
from shared.wiring import thread_pool

ROOT = Path(__file__).parents[2]
DEPLOYED = [
    path
    for folder in ROOT.iterdir()
    if (folder / "__init__.py").exists() and folder.name not in {"tests", "local", "infra", "benchmarks"}
    for path in sorted(folder.rglob("*.py"))
]
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
WORK = Work(function="start_run", invocation_id="i-1", request_id="r-1", traceparent=TRACE)


def read(line: Line) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(str(line))
    return told


def test_a_line_is_one_json_object() -> None:
    """The name, the members as JSON spells them, the sentence; what is not known is not there."""
    line = Line(
        Name.RUN_ENDED, 'It\nhas "ended"', run_id="01", lag_seconds=0.25, code=None, counts={"late": 2}
    )

    assert "\n" not in str(line)
    assert {
        "name": "run.ended",
        "runId": "01",
        "lagSeconds": 0.25,
        "counts": {"late": 2},
        "message": 'It\nhas "ended"',
    } == read(line)


def test_what_is_no_text_is_written_all_the_same() -> None:
    """Half of a surrogate pair, as a setting that is not UTF-8 has it: telling of the work must not end it."""
    line = Line(Name.SETTING_INVALID, "It is \ud800", session_id="\udc80", counts={"late": 2})

    assert str(line).isascii()
    assert {"sessionId": "\udc80", "counts": {"late": 2}}.items() <= read(line).items()


def test_a_line_says_what_it_belongs_to() -> None:
    """The function, the host's invocation, our request, the caller's trace."""
    with working(WORK):
        told = read(Line(Name.CALL, "Answered"))

    assert {
        "name": "call",
        "function": "start_run",
        "invocationId": "i-1",
        "requestId": "r-1",
        "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
        "message": "Answered",
    } == told
    assert current.get() == Work()


def test_a_line_of_a_run_bears_the_trace_of_the_run() -> None:
    """Whoever learns of its end works for somebody else."""
    with working(WORK):
        assert read(Line(Name.RUN_ENDED, "It has ended", trace_id="of-the-run"))["traceId"] == "of-the-run"


def test_pools_work_for_whoever_hands_them_the_work() -> None:
    """The thread is another one, the work is the same; it is forgotten afterwards."""
    with thread_pool(1, "test") as pool:
        with working(WORK), about("of-a-run", None):
            inside = pool.submit(current.get).result()
        outside = pool.submit(current.get).result()

    assert inside == Work(function="start_run", invocation_id="i-1", request_id="r-1", run_id="of-a-run")
    assert outside == Work()


def test_every_line_has_a_name_and_every_name_a_line() -> None:
    """No logger of ours is given anything but a Line; a name that nobody uses is no name."""
    unnamed: list[str] = []
    used: set[str] = set()
    for path in DEPLOYED:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Name":
                used.add(node.attr)
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            logger, method = ast.unparse(node.func.value), node.func.attr
            if re.fullmatch(r"(self\._|events_)?log", logger) and method not in {"setLevel", "getChild"}:
                given = node.args[-1]
                named = isinstance(given, ast.Call) and ast.unparse(given.func) in {
                    "Line",
                    "_heartbeat",
                    "_standing",
                }
                unnamed += (
                    [] if named and len(node.args) <= 2 else [f"{path.relative_to(ROOT)}:{node.lineno}"]
                )

    assert [] == unnamed
    assert {name.name for name in Name} == used


def test_the_documented_lines_are_those_that_there_are() -> None:
    """docs/log.md has a row for each name."""
    rows = re.findall(r"^\| (`[^|]+) \|", (ROOT / "docs/log.md").read_text(), re.MULTILINE)

    assert sorted(Name) == sorted(name for row in rows for name in re.findall(r"`([a-z._]+)`", row))


def test_no_line_is_sampled_away() -> None:
    """Alerts count lines. What the host itself says of timers that run every few seconds is left out instead."""
    logging = json.loads((ROOT / "host.json").read_text())["logging"]
    levels = logging["logLevel"]

    assert {"Request", "Exception", "Trace"} == set(
        logging["applicationInsights"]["samplingSettings"]["excludedTypes"].split(";")
    )
    assert "Information" == levels["Function"]
    for timer in ("status_poller", "start_waiting"):
        assert ("Warning", "Information") == (levels[f"Function.{timer}"], levels[f"Function.{timer}.User"])
