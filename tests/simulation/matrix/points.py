"""Requests by the names that the matrix has for them."""

import re
from collections.abc import Sequence

from shared.run.model import Run, StartPhase
from shared.storage.rows import read_run
from shared.storage.table import Operation, Verb

OF_ALL_SHARDS = frozenset({"waiting runs", "open runs", "newest runs", "newest runs of the flow"})
ITS_SHARD, ANOTHER_SHARD = "in its shard", "in another shard"
_NAMES = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"commit gate \S*:pause\|", "pause written"),
        (r"get gate pause\|", "pause read"),
        (r"commit gate delete:queue\|", "queue unmarked"),
        (r"commit gate \S*:queue\|", "queue marked"),
        (r"range gate ", "gate read"),
        (r"commit pace-\S+ \S*:permit\|", "permit taken"),
        (r"range pace-", "permits read"),
        (r"commit \S+ \S+:session\|", "session claimed"),
        (r"get \S+ session\|", "claim read"),
        (r"get \S+ run\|", "run read"),
        (r"get \S+ key\|", "key read"),
        (r"range \S+ inputs\|", "inputs read"),
        (r"range \S+ work\|wait\|", "waiting runs"),
        (r"range \S+ work\|", "open runs"),
        (r"range \S+ run\|", "newest runs"),
        (r"range \S+ flow\|", "newest runs of the flow"),
        (r"get report ", "report read"),
        (r"range subscriptions ", "subscriptions read"),
        (r"commit \S+ delete:work\|went\|", "events removed"),
        (r"POST .*RunDesktopFlow", "RunDesktopFlow"),
        (r"POST .*CancelDesktopFlowRun", "CancelDesktopFlowRun"),
        (r"POST .*\$batch", "sessions read directly"),
        (r"GET .*WhoAmI", "WhoAmI"),
        (r"GET workflows\(", "schema read"),
        (r"GET flowsessions\(.*/outputs", "outputs read"),
        (r"GET flowsessions\(", "session read"),
        (r"GET flowsessions", "sessions listed"),
    )
)


def is_next_page(asked: str) -> bool:
    """The twin asks for a next page also where there is none, Table Storage knows: no request that really goes out."""
    return asked.startswith("range ") and not asked.endswith((" ", "|"))


def name_of(asked: str) -> str:
    """Of a request that writes no run. One that is new to the matrix has no name yet: add it above."""
    for pattern, name in _NAMES:
        if pattern.match(asked):
            return name
    raise LookupError(f"The matrix has no name for {asked!r}.")


def written_run(operations: Sequence[Operation]) -> tuple[Verb, Run] | None:
    """The run that a transaction writes."""
    for each in operations:
        if each.row.key.startswith("run|") and each.verb is not Verb.DELETE:
            return each.verb, read_run(each.row)
    return None


def name_of_write(verb: Verb, run: Run, before: Run | None) -> str:  # noqa: PLR0911  # a table of names
    """By what the run becomes; `before`: as it was last written."""
    if verb is Verb.INSERT:
        return "waiting run" if run.waiting else "intent"
    if run.ended:
        return "end recorded"
    if run.session_id is not None and (before is None or before.session_id is None):
        return "session recorded"
    if run.cancel is not None and (before is None or before.cancel is None):
        return "wish recorded"
    if run.cancel is not None and run.cancel.sent_at is not None:
        return "cancel recorded"
    if run.waiting:
        return "put back"
    if run.start.phase is StartPhase.SENDING:
        return "claim"
    return "status recorded"
