"""The command line of `python3 -m infra.api`."""

import argparse
import sys

from infra.api.breaking import breaks
from infra.api.changelog import stated
from infra.api.files import CHANGELOG, DESCRIPTION, PUBLISHED, read, written
from infra.api.openapi import openapi
from infra.api.routes import routes
from infra.writing import shown, write

_ABOUT = f"""\
Writes the API's description (OpenAPI 3.1) from what the code declares: {shown(DESCRIPTION)}, which the app serves.

With --publish also {shown(PUBLISHED)}: what later descriptions are held against, so that nothing breaks those who
call the API by this one without being stated in CHANGELOG.md. With --check nothing is written."""


def main(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    if asked.check:
        return _check()
    text = written(openapi(routes()))
    for path in (DESCRIPTION, PUBLISHED) if asked.publish else (DESCRIPTION,):
        sys.stdout.write(f"{write(path, text)}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m infra.api",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--check",
        action="store_true",
        help="exit 1 if the committed description is not as declared, or breaks what the changelog does not state",
    )
    way.add_argument("--publish", action="store_true", help="callers build on this one from now")
    return parser


def _check() -> int:
    declared = openapi(routes())
    if DESCRIPTION.read_text(encoding="utf-8") != written(declared):
        sys.stdout.write(f"{shown(DESCRIPTION)} is not as declared. Run: python3 -m infra.api\n")
        return 1
    said = stated(CHANGELOG.read_text(encoding="utf-8"))
    unsaid = [each for each in breaks(read(PUBLISHED), declared) if each not in said]
    if unsaid:
        sys.stdout.write('Not stated under "Breaking" in CHANGELOG.md:\n')
        sys.stdout.writelines(f"- {each}\n" for each in unsaid)
        return 1
    sys.stdout.write("As declared.\n")
    return 0
