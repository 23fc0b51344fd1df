"""`python -m infra.api [--check]`: write the API's description, or say whether the committed one is what the code declares."""

import argparse
import sys

from infra.api.files import DESCRIPTION, written
from infra.api.openapi import openapi
from infra.api.routes import routes


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.api", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it is not as declared")
    if parser.parse_args().check:
        held = DESCRIPTION.read_text(encoding="utf-8") == written(openapi(routes()))
        sys.stdout.write(
            "As declared.\n" if held else f"{DESCRIPTION} is not as declared. Run: python -m infra.api\n"
        )
        return 0 if held else 1
    DESCRIPTION.write_text(written(openapi(routes())), encoding="utf-8")
    sys.stdout.write(f"{DESCRIPTION}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
