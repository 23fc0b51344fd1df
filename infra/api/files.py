"""Where descriptions lie, and how they are written."""

import json
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
DESCRIPTION = _ROOT / "api_description" / "openapi.json"
"""What the code declares: served, and held equal by a test."""
PUBLISHED = Path(__file__).parent / "published.json"
"""As it was last published: what callers build on."""
CHANGELOG = _ROOT / "CHANGELOG.md"


def written(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document
