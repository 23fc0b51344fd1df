"""Files that commands write, and what is told of them."""

from pathlib import Path

_ROOT = Path(__file__).parents[1]


def write(path: Path, text: str) -> str:
    """What became of it, in one line: written only where something changes."""
    before = path.read_text(encoding="utf-8") if path.exists() else None
    if before == text:
        return f"unchanged: {shown(path)}"
    path.write_text(text, encoding="utf-8")
    return f"{'written' if before is None else 'changed'}: {shown(path)}"


def shown(path: Path) -> str:
    """As it is called in this repository, where it lies in it."""
    whole = path.resolve()
    return whole.relative_to(_ROOT).as_posix() if whole.is_relative_to(_ROOT) else str(path)
