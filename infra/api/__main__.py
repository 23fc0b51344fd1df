"""`python -m infra.api`: write the API's description from what the code declares.

--check writes nothing: it says whether the committed description is what is declared, and what it breaks that the changelog does not state.
--publish makes it the one that later ones are held against.
"""

import argparse
import sys

from infra.api.breaking import breaks
from infra.api.changelog import stated
from infra.api.files import CHANGELOG, DESCRIPTION, PUBLISHED, read, written
from infra.api.openapi import openapi
from infra.api.routes import routes


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.api", description=__doc__)
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--check", action="store_true", help="write nothing; exit 1 if something does not hold")
    way.add_argument(
        "--publish", action="store_true", help="what is written is what callers build on from now"
    )
    asked = parser.parse_args()
    if asked.check:
        return _check()
    for path in (DESCRIPTION, PUBLISHED) if asked.publish else (DESCRIPTION,):
        path.write_text(written(openapi(routes())), encoding="utf-8")
        sys.stdout.write(f"{path}\n")
    return 0


def _check() -> int:
    declared = openapi(routes())
    if DESCRIPTION.read_text(encoding="utf-8") != written(declared):
        sys.stdout.write(f"{DESCRIPTION} is not as declared. Run: python -m infra.api\n")
        return 1
    said = stated(CHANGELOG.read_text(encoding="utf-8"))
    unsaid = [each for each in breaks(read(PUBLISHED), declared) if each not in said]
    if unsaid:
        sys.stdout.write('Not stated under "Breaking" in CHANGELOG.md:\n')
        sys.stdout.writelines(f"- {each}\n" for each in unsaid)
        return 1
    sys.stdout.write("As declared.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
