"""`python -m infra.connector [--check]`: write the connector's files, or say whether the committed ones are what the code declares.

`python -m infra.connector fill --host HOST [--client-id ID --tenant ID] --out DIR`: a deployment's own, ready for `pac connector create`.
"""

import argparse
import sys
from pathlib import Path

from infra.connector.documents import definition, properties
from infra.connector.fill import FillError, fill, variant_of
from infra.connector.variants import FunctionKey
from infra.connector.written import DEFINITION, FOLDER, PROPERTIES, written


def committed() -> dict[Path, str]:
    """The variant with a function key; `fill` makes the other one too."""
    variant = FunctionKey()
    defined = definition(variant)
    return {
        FOLDER / DEFINITION: written(defined),
        FOLDER / PROPERTIES: written(properties(variant, defined)),
    }


def main() -> int:
    asked = _parser().parse_args()
    if asked.command == "fill":
        try:
            variant = variant_of(asked.client_id, asked.tenant, asked.resource)
            told = fill(asked.host, variant, asked.out)
        except FillError as problem:
            sys.stderr.write(f"{problem}\n")
            return 2
        sys.stdout.write(f"{told}\n")
        return 0
    return _check() if asked.check else _write()


def _write() -> int:
    for path, text in committed().items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")
    return 0


def _check() -> int:
    others = [path for path, text in committed().items() if path.read_text(encoding="utf-8") != text]
    for path in others:
        sys.stdout.write(f"{path} is not as declared. Run: python -m infra.connector\n")
    if not others:
        sys.stdout.write("As declared.\n")
    return 1 if others else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.connector", description="The custom connector.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it is not as declared")
    commands = parser.add_subparsers(dest="command")
    filling = commands.add_parser("fill", help="write a deployment's own files")
    filling.add_argument("--host", required=True, help="the function app's host name")
    filling.add_argument("--client-id", help="sign users in with Microsoft Entra ID by this app registration")
    filling.add_argument("--tenant", help="the directory of these users")
    filling.add_argument("--resource", help="the function app's own registration, where it is another one")
    filling.add_argument("--out", type=Path, required=True, help="the folder to write to")
    return parser


if __name__ == "__main__":
    sys.exit(main())
