"""docs/simulator.md says what the code does."""

import re

import msgspec
import pytest

from local.dataverse.faults import Effect
from local.dataverse.operations import Operation
from local.dataverse.settings import Settings
from tests.simulator.client import ROOT

PAGE = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", PAGE, re.MULTILINE))


def test_every_setting_is_documented_with_its_default() -> None:
    """And nothing is documented that is no setting."""
    defaults = {
        name: msgspec.json.encode(value).decode() for name, value in msgspec.to_builtins(Settings()).items()
    }

    assert defaults == ROWS


@pytest.mark.parametrize("word", [*Operation, *Effect])
def test_every_operation_and_every_effect_is_named(word: str) -> None:
    """As a fault rule has it."""
    assert f"`{word}`" in PAGE
