"""The pages say what the results file holds, no more and no less."""

from argparse import Namespace
from copy import replace
from pathlib import Path

import pytest

from benchmarks import report, results
from benchmarks.cli import RESULTS
from benchmarks.results import Results
from local import places
from tests.benchmarks import samples


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    for page in (report.PAGE, report.README):
        (tmp_path / page).write_text((places.CHECKOUT / page).read_text())
    return tmp_path


def test_the_pages_are_what_the_committed_results_yield() -> None:
    """docs/performance.md, the README and every plot; after new results: python3 -m benchmarks report."""
    wanted = report.documents(results.read_if_there(RESULTS), places.CHECKOUT)

    assert not [
        str(path)
        for path, text in wanted.items()
        if text != (places.CHECKOUT / path).read_text(encoding="utf-8")
    ]
    assert not report.stale(wanted, places.CHECKOUT)


def test_the_committed_results_are_no_quick_ones() -> None:
    """What is published was measured at full size, on code as it was committed."""
    committed = results.read_if_there(RESULTS).cases

    assert not [
        each.result.case for each in committed if each.circumstances.quick or each.circumstances.dirty
    ]


def test_a_check_that_does_not_hold_is_shown_as_that(checkout: Path) -> None:
    """In the README and on the page, and in the count of those that hold."""
    documents = report.documents(samples.RESULTS, checkout)

    for page in (report.PAGE, report.README):
        assert "p99 above the floor's | 17.2 ms | at most 15 ms | **does not hold** |" in documents[page]
        assert "p50 over the floor's | 1.05x | at most 1.10x | holds |" in documents[page]
        assert "2 of 3 checks hold." in documents[page]


def test_figures_are_shown_with_their_spread(checkout: Path) -> None:
    """The median, and the least and the most of the rounds; a count that never differs is just that."""
    page = report.documents(samples.RESULTS, checkout)[report.PAGE]

    assert "| p50, ms | 84.5 (84 .. 85.5) | 80.5 (80 .. 81) |" in page
    assert "| Dataverse operations | 1 |  |" in page


def test_a_report_written_twice_is_the_same(checkout: Path) -> None:
    """The markers stay, and what stands around them."""
    first = report.documents(samples.RESULTS, checkout)
    for path in (report.PAGE, report.README):
        (checkout / path).write_text(first[path])

    assert first == report.documents(samples.RESULTS, checkout)
    assert report.documents(Results(), places.CHECKOUT).keys() == {report.PAGE, report.README}


def test_images_that_are_named_are_written(checkout: Path) -> None:
    """And plots of results that are no more are told apart from them."""
    documents = report.documents(samples.RESULTS, checkout)
    (checkout / report.PLOTS).mkdir()
    (checkout / report.PLOTS / "gone.svg").touch()

    assert [report.PLOTS / "gone.svg"] == report.stale(documents, checkout)
    assert all(
        f"(plots/{path.name})" in documents[report.PAGE] for path in documents if path.suffix == ".svg"
    )


def test_quick_and_dirty_results_are_visible(checkout: Path) -> None:
    """Nobody takes them for what was measured at full size, on a commit."""
    circumstances = replace(samples.CIRCUMSTANCES, quick=True, dirty=True)
    mixed = Results(
        cases=(samples.measured(samples.LATENCY, circumstances), samples.measured(samples.GROWTH))
    )
    page = report.documents(mixed, checkout)[report.PAGE]

    assert "**Measured quickly, with small sizes, not to be relied on: `trigger_latency`.**" in page
    assert "commit 0123456789 **with changes**, **quick**" in page


def test_cases_of_several_machines_are_told_apart(checkout: Path) -> None:
    """Each machine is named with what was measured on it."""
    machine = replace(samples.MACHINE, cpu="Another CPU")
    elsewhere = replace(samples.CIRCUMSTANCES, machine=machine)
    mixed = Results(cases=(samples.measured(samples.LATENCY, elsewhere), samples.measured(samples.GROWTH)))
    page = report.documents(mixed, checkout)[report.PAGE]

    assert "Another CPU, 23.1 GB, Linux 6.1, Python 3.13.0 (msgspec 0.22.0): `trigger_latency`." in page
    assert "Example CPU, 23.1 GB, Linux 6.1, Python 3.13.0 (msgspec 0.22.0): `poll_between`." in page


def test_a_page_without_its_markers_is_an_error(checkout: Path) -> None:
    """Nothing is written where it does not belong."""
    (checkout / report.PAGE).write_text("# Performance\n")

    with pytest.raises(report.NoPlaceError, match=r"docs/performance\.md has no place"):
        report.documents(samples.RESULTS, checkout)


def test_the_command_writes_pages_and_plots_and_removes_old_ones(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After it the checkout is what the results yield; without results nothing is touched."""
    monkeypatch.setattr(places, "CHECKOUT", checkout)
    (checkout / report.PLOTS).mkdir()
    (checkout / report.PLOTS / "gone.svg").touch()
    path = checkout / "results.json"
    before = (checkout / report.README).read_text()
    assert 1 == report.main(Namespace(json=path))
    assert before == (checkout / report.README).read_text()

    results.write(path, samples.RESULTS)
    assert 0 == report.main(Namespace(json=path))
    wanted = report.documents(results.read(path), checkout)
    assert [] == report.stale(wanted, checkout)
    assert wanted == {each: (checkout / each).read_text() for each in wanted}
