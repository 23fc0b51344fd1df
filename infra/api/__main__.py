"""`python -m infra.api [--check]`: write the API's description, or say whether the committed one is what the code declares."""

import argparse
import json
import sys
from pathlib import Path

from infra.api.openapi import openapi
from infra.api.routes import routes

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "api_description" / "openapi.json"


def document() -> str:
    return json.dumps(openapi(routes()), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.api", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it is not as declared")
    if parser.parse_args().check:
        held = DOCUMENT.read_text(encoding="utf-8") == document()
        sys.stdout.write(
            "As declared.\n" if held else f"{DOCUMENT} is not as declared. Run: python -m infra.api\n"
        )
        return 0 if held else 1
    DOCUMENT.write_text(document(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
