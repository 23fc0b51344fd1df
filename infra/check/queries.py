"""The queries of alerts and workbook: read by Microsoft's own parser, and asked for nothing that the code does not write."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from local import node, npm_ci, places
from shared.log.line import camel
from shared.log.names import Name

QUERIES = Path(__file__).parents[1] / "queries"
_KUSTO = Path(__file__).parent / "kusto"
_NAMED = re.compile(r'line\.name\s*(?:==\s*"([^"]*)"|in\s*\(([^)]*)\))')
_MEMBER = re.compile(r"\bline\.(\w+)(?:\.(\w+))?")
_OF_ALL = {"name", "message", "function", "invocationId", "requestId", "traceId", "runId"}


def queries() -> dict[str, str]:
    """By their paths below infra/queries."""
    return {str(path.relative_to(QUERIES)): path.read_text() for path in sorted(QUERIES.rglob("*.kql"))}


def syntax_faults(asked: Mapping[str, str]) -> list[str]:
    """What Kusto would refuse."""
    runtime = node.find(places.cache())
    folder = npm_ci.installed("Kusto", _KUSTO, runtime, places.cache())
    command = [runtime.binary, str(_KUSTO / "analyse.js"), str(folder)]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    return [f"{name}: {fault}" for name, faults in json.loads(done.stdout).items() for fault in faults]


def name_faults(asked: Mapping[str, str]) -> list[str]:
    """Names of lines, and members of theirs, that nothing writes."""
    return [f"{name}: {fault}" for name, query in asked.items() for fault in _name_faults(query)]


def _name_faults(query: str) -> Iterator[str]:
    names = [name for one, several in _NAMED.findall(query) for name in ([one] if one else _quoted(several))]
    yield from (f"no line is called {name}" for name in names if name not in set(Name))
    known = _OF_ALL | {member for name in names or written() for member in written().get(name, ())}
    for member, count in _MEMBER.findall(query):
        if member not in known:
            yield f"no such line has {member}"
        elif member == "counts" and count and count not in _counted():
            yield f"nothing is counted as {count}"


def _quoted(several: str) -> list[str]:
    return re.findall(r'"([^"]*)"', several)


@cache
def written() -> dict[str, set[str]]:
    """The members of each line, as the deployed code writes them."""
    found: dict[str, set[str]] = {}
    for call in _calls():
        if ast.unparse(call.func) == "Line":
            members = {camel(each.arg) for each in call.keywords if each.arg}
            for name in _names_in(call.args[0]):
                found.setdefault(name, set()).update(members)
    for name in (Name.CALLBACKS, Name.DATAVERSE_ASKED, Name.EVENTS_TOLD, Name.EVENTS_RECEIVED):
        found[name] = {"counts"}  # a Tally's: it is given its name
    return found


def _names_in(expression: ast.expr) -> Iterator[Name]:
    for each in ast.walk(expression):
        if isinstance(each, ast.Attribute) and ast.unparse(each.value) == "Name":
            yield Name[each.attr]


@cache
def _counted() -> set[str]:
    from callback_handler.outcomes import Outcome as Callback  # noqa: PLC0415
    from shared.dataverse.purpose import Purpose  # noqa: PLC0415
    from shared.events.outcome import Outcome  # noqa: PLC0415
    from shared.events.received import Became  # noqa: PLC0415

    return {str(each) for kind in (Callback, Outcome, Became, Purpose) for each in kind}


@cache
def _calls() -> tuple[ast.Call, ...]:
    folders = [path.parent for path in places.CHECKOUT.glob("*/__init__.py")]
    deployed = [each for each in folders if each.name not in {"tests", "local", "infra", "benchmarks"}]
    return tuple(
        each
        for folder in deployed
        for path in sorted(folder.rglob("*.py"))
        for each in ast.walk(ast.parse(path.read_text()))
        if isinstance(each, ast.Call)
    )
