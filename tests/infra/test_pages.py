"""What is written by a command is as the command writes it."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from infra import cost, picture
from local import places


def test_the_table_of_costs_is_as_it_is_reckoned() -> None:
    """After a change: python3 -m infra.cost."""
    page = cost.PAGE.read_text()

    assert cost.written(page) == page


def test_more_runs_cost_no_less() -> None:
    """Each item by itself; what does not depend on runs is the same."""
    for item in cost.items():
        assert sorted(item.dollars) == list(item.dollars), item.name


def test_the_picture_is_as_it_is_described() -> None:
    """After a change: python3 -m infra.picture. It is XML, and tells what it shows to whoever cannot see it."""
    drawn = picture.svg()

    assert drawn == picture.PICTURE.read_text()
    assert picture.TOLD == ET.fromstring(drawn).findtext("{http://www.w3.org/2000/svg}desc")


@pytest.mark.parametrize(("command", "page"), [("cost", cost.PAGE), ("picture", picture.PICTURE)])
def test_a_command_that_is_asked_for_help_only_helps(command: str, page: Path) -> None:
    """It names what it writes, and does not write it."""
    before = page.stat().st_mtime_ns
    run = subprocess.run(
        [sys.executable, "-m", f"infra.{command}", "--help"],
        cwd=places.CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert page.name in run.stdout
    assert before == page.stat().st_mtime_ns
