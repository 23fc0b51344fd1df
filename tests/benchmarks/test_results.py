from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.results import Results, UnreadableResultsError
from tests.benchmarks import samples


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """To six digits, with nothing beside the file; numbers that belong together stand in one line."""
    path = tmp_path / "results.json"
    results.write(path, samples.RESULTS)
    again = results.read(path)

    assert [path] == list(tmp_path.iterdir())
    assert samples.LATENCY.figures == again.cases[0].result.figures
    assert samples.GROWTH == again.cases[1].result
    assert samples.LATENCY.checks[0].value == pytest.approx(again.cases[0].result.checks[0].value, rel=1e-5)
    assert '"samples": [ 84.0, 85.5, 84.5 ]' in path.read_text()
    results.write(path, again)
    assert again == results.read(path)


def test_cases_stand_in_the_order_of_the_registry() -> None:
    """Whenever each of them was measured; what the registry does not know comes last."""
    found = Results()
    for result in (samples.GROWTH, samples.LATENCY):
        found = found.replaced(samples.measured(result), order=("trigger_latency",))
    found = found.replaced(samples.measured(samples.GROWTH), order=("trigger_latency",))

    assert ["trigger_latency", "poll_between"] == [each.result.case for each in found.cases]


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2, "cases": []}', '{"cases": [{"result": {}}]}'])
def test_what_is_no_results_file_is_told(tmp_path: Path, text: str) -> None:
    """Another version's, something else, or nothing."""
    path = tmp_path / "results.json"
    path.write_text(text)

    with pytest.raises(UnreadableResultsError, match=r"results\.json"):
        results.read(path)
