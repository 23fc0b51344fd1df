"""Where infra/'s Bicep lies."""

from pathlib import Path

from infra.check.reading import read
from infra.check.syntax import Bicep

FOLDER = Path(__file__).parents[1]
MAIN = FOLDER / "main.bicep"


def paths() -> list[Path]:
    return [MAIN, *sorted((FOLDER / "modules").glob("*.bicep"))]


def files() -> dict[Path, Bicep]:
    """All of it, by path. Raises SyntaxFault."""
    return {path: read(path) for path in paths()}
