"""The documentation says what the code does."""

import re
from dataclasses import fields
from pathlib import Path

from callback_handler.outcomes import Outcome
from shared.events.outcome import Outcome as Told
from shared.http.call import API_VERSION
from shared.http.problems import Code
from shared.run import life
from shared.run.status import DATAVERSE_STATUS, Status, StatusReason
from shared.settings import Settings
from shared.storage.rows import LAYOUT
from tests.simulation.judges import JUDGES
from tests.simulation.mutations import MUTATIONS

ROOT = Path(__file__).parents[2]
API = (ROOT / "docs/api.md").read_text()


def test_every_error_code_is_documented_and_no_other() -> None:
    """The table of docs/api.md and the code's list are the same."""
    table = API.partition("## Errors")[2]

    assert set(Code) == set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_every_status_is_documented() -> None:
    """Statuses, their reasons and the api-version stand in docs/api.md."""
    assert not [word for word in (*Status, *StatusReason, API_VERSION) if f"`{word}`" not in API]


def test_every_error_of_a_run_is_explained() -> None:
    """Those that we give ourselves stand in docs/run-errors.md, with what to do."""
    named = {value for name, value in vars(life).items() if name.isupper() and isinstance(value, str)}
    named |= {meaning.error_code for meaning in DATAVERSE_STATUS.values() if meaning.error_code}
    explained = set(re.findall(r"`(\w+)`", (ROOT / "docs/run-errors.md").read_text()))

    assert named <= explained


def test_every_setting_is_documented_as_it_is() -> None:
    """docs/settings.md holds each setting with its meaning and default, word for word."""
    rows = [
        f"| `{about['name']}` | {'required' if about['default'] is None else about['default'] or '-'} | {about['meaning']} |"
        for about in (each.metadata for each in fields(Settings))
    ]
    documented = (ROOT / "docs/settings.md").read_text()

    assert not [row for row in rows if row not in documented]


def test_every_outcome_of_a_callback_is_documented_in_order() -> None:
    """docs/operations.md explains each count, cheapest first, as the code lists them."""
    table = (ROOT / "docs/operations.md").read_text().partition("| Count |")[2].partition("\n\n")[0]
    firsts = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]

    assert list(Outcome) == re.findall(r"`(\w+)`", " ".join(firsts))


def test_the_layout_of_rows_is_documented_as_it_is() -> None:
    """Whoever rolls back reads in docs/operations.md which layout this version writes."""
    assert f"now {LAYOUT})" in (ROOT / "docs/operations.md").read_text()


def test_every_outcome_of_telling_is_documented_in_order() -> None:
    """docs/operations.md explains each count as the code lists them."""
    table = (ROOT / "docs/operations.md").read_text().partition("| Told |")[2].partition("\n\n")[0]

    assert [each.value for each in Told] == re.findall(r"^\| `(\w+)`", table, re.MULTILINE)


def test_every_threat_has_a_defence_and_tests_that_exist() -> None:
    """Each row of docs/security.md names tests, and each of them is there under that name."""
    table = (ROOT / "docs/security.md").read_text().partition("| Threat |")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:] if not line.startswith("| **")]
    named = {name for *_, tests in rows for name in re.findall(r"`(test_\w+)`", tests)}
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }

    assert len(rows) > 20
    assert not [row for row in rows if len(row) != 3 or not re.search(r"`test_\w+`", row[2])]
    assert not named - there


def test_every_judge_and_every_mutation_is_documented_as_it_is() -> None:
    """docs/reliability.md holds each with its docstring, word for word."""
    rows = [f"| `{each.__name__}` | {each.__doc__} |" for each in (*JUDGES, *MUTATIONS)]
    documented = (ROOT / "docs/reliability.md").read_text()

    assert not [row for row in rows if row not in documented]


def test_every_link_leads_somewhere() -> None:
    """Relative links in the documentation name files that exist."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    ]

    assert not [(page.name, link) for page, link in links if not (page.parent / link).exists()]


def test_every_anchor_is_a_heading() -> None:
    """Links into a page, or within one, name a heading of it, as GitHub spells them."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "infra/connector/readme.md"]
    links = [
        (page, target, anchor)
        for page in pages
        for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text())
    ]

    assert len(links) > 50
    assert [] == [
        (page.name, target, anchor)
        for page, target, anchor in links
        if anchor not in headings((page.parent / target).resolve() if target else page)
    ]


def headings(page: Path) -> set[str]:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    told = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in told}


def test_every_route_is_documented() -> None:
    """Each route of the functions stands in docs/api.md or, for Dataverse's callback, in docs/architecture.md."""
    routes = [
        route
        for folder in ROOT.glob("*/__init__.py")
        for route in re.findall(r'@(?:bp\.route\(|endpoint\(bp, "\w+", )"([^"]+)"', folder.read_text())
    ]
    text = API + (ROOT / "docs/architecture.md").read_text()

    assert 46 == len(routes)
    assert not [route for route in routes if f"/{route}" not in text and not _in_pair(route, text)]


def _in_pair(route: str, text: str) -> bool:
    """`/flows/{flowId}/inputs`, `/outputs` documents both."""
    return f"`/{route.rpartition('/')[2]}`" in text
