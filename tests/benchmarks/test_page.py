"""docs/performance.md is written by hand where it reckons: the sums are right."""

import re

import pytest

from benchmarks import report
from local import places

NUMBER = r"\(?\d[\d,]*(?:\.\d+)?\)?"
SUM = re.compile(rf"({NUMBER}(?: [x/+-] {NUMBER})+) = ([\d,.]*\d)")
ROUNDING = 0.01


def test_every_sum_on_the_page_is_right() -> None:
    """What stands before an equals sign is what stands after it, within one percent of rounding."""
    page = (places.CHECKOUT / report.PAGE).read_text().replace(",", "")
    sums = SUM.findall(page)

    assert len(sums) > 25
    assert not [sum_ for sum_ in sums if value(sum_[0]) != pytest.approx(float(sum_[1]), rel=ROUNDING)]


def value(term: str) -> float:
    """Of digits and signs; a bracket that the sentence opened, not the sum, is left out."""
    opened_by_sentence = term.count("(") > term.count(")")
    return float(eval(term[opened_by_sentence:].replace("x", "*")))
