"""infra/'s Bicep with one thing changed."""

from pathlib import Path

from infra.check.files import FOLDER, MAIN, files
from infra.check.reading import parse
from infra.check.syntax import Bicep

WHOLE = files()


def spoilt(name: str, old: str, new: str) -> dict[Path, Bicep]:
    """`old`, which stands in that file once or first, is `new`."""
    path = MAIN if name == "main" else FOLDER / "modules" / f"{name}.bicep"
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path.name}"
    return WHOLE | {path: parse(text.replace(old, new, 1), path)}
