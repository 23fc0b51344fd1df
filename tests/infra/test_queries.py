"""The queries of alerts and workbook: Kusto takes them, and the log has what they ask for."""

import re
from pathlib import Path

import pytest

from infra.check.queries import QUERIES, name_faults, queries, syntax_faults, written
from shared.log.names import Name

ROOT = Path(__file__).parents[2]
BEGIN = "traces | extend line = parse_json(message) | where "


def test_kusto_takes_every_query() -> None:
    """By the parser that the portal uses."""
    assert [] == syntax_faults(queries())


def test_kusto_takes_the_queries_of_the_docs() -> None:
    """Those to look by hand, too: what they ask for is written."""
    pages = [(ROOT / "docs" / name).read_text() for name in ("operations.md", "log.md")]
    found = [
        query for page in pages for query in re.findall(r"`((?:traces|requests|exceptions) \|[^`]+)`", page)
    ]
    found += [query for page in pages for query in re.findall(r"```kusto\n(.*?)```", page, re.DOTALL)]
    asked = {f"{number}: {query}": query for number, query in enumerate(found)}

    assert len(asked) > 8
    assert [] == syntax_faults(asked) + name_faults(asked)


def test_kusto_refuses_what_is_wrong() -> None:
    """The parser is at work: names of columns, types, and the grammar."""
    wrong = {
        "column": "traces | extend line = parse_json(mesage)",
        "type": 'traces | where message = "x"',
        "grammar": "traces | sumarize count()",
        "word": "traces | summarize last = max(timestamp) by bin(timestamp, 1h)",
    }

    assert set(wrong) == {fault.partition(":")[0] for fault in syntax_faults(wrong)}


def test_every_query_asks_for_what_is_written() -> None:
    """Names of lines, their members, and what is counted."""
    assert [] == name_faults(queries())


@pytest.mark.parametrize(
    "query",
    [
        'line.name == "poll.dome"',
        'line.name in ("poll.done", "start.lost")',
        'line.name == "poll.done" and line.oldestMinutes > 5',
        'line.name == "callbacks" and line.counts.forgotten > 5',
    ],
)
def test_a_query_for_what_nobody_writes_is_told(query: str) -> None:
    """Else an alert would be silent for ever."""
    assert 1 == len(name_faults({"wrong": BEGIN + query}))


def test_the_code_was_read() -> None:
    """Each line with its members, those of a run's life among them."""
    assert set(Name) >= set(written())
    assert {"open", "oldestSeconds", "inDoubt"} <= written()[Name.POLL_DONE]
    assert {"lagSeconds", "status", "source"} <= written()[Name.RUN_ENDED]


def test_each_query_is_used_once_and_each_alert_has_its_entry() -> None:
    """In alerts.bicep or workbook.bicep; an alert's name is its query's, and a heading of the runbook."""
    alerts = (ROOT / "infra/modules/alerts.bicep").read_text()
    charts = (ROOT / "infra/modules/workbook.bicep").read_text()
    used = re.findall(r"loadTextContent\('\.\./queries/(.+)'\)", alerts + charts)
    names = re.findall(r"^    name: '(.+)'$", alerts, re.MULTILINE)
    runbook = re.findall(r"^### `(.+)`$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)

    assert sorted(str(path.relative_to(QUERIES)) for path in QUERIES.rglob("*.kql")) == sorted(used)
    assert [f"{name}.kql" for name in names] == [each for each in used if "/" not in each]
    assert sorted(names) == sorted(runbook)


def test_an_alert_asks_for_one_number() -> None:
    """The column that its rule reads."""
    for name, query in queries().items():
        assert name.startswith("charts/") or re.search(r"\| (?:summarize|project) value = ", query), name
