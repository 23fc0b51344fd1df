"""docs/guides/fire-drill.md can be done as it is written, from its first line to its last."""

from pathlib import Path

import pytest

from local import places
from local import stack as local_stack
from local.up import write_settings
from tests.guides.pages import hold, own_values, steps


def test_the_drill_can_be_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a stack of its own: other tests' runs would be rebuilt as well."""
    monkeypatch.setenv("PYTHONPATH", str(places.CHECKOUT))
    settings = tmp_path / "drill.env"
    first, *others = steps("guides/fire-drill.md", "sh")
    with local_stack.running(lambda _: None) as stack:
        write_settings(stack, settings)
        hold("sh", [own_values(first, stack, SETTINGS=str(settings)), *others], tmp_path)

    assert 0o600 == settings.stat().st_mode & 0o777
