"""The command line of `python3 -m infra.connector`."""

import argparse
import sys
from pathlib import Path

from infra.connector.documents import definition, properties
from infra.connector.fill import FillError, command, fill, variant_of
from infra.connector.variants import FunctionKey
from infra.connector.written import DEFINITION, FOLDER, PROPERTIES, written
from infra.writing import shown, write

_ABOUT = f"""\
Writes the custom connector's files from what the code declares, for a connection with a function key:
{shown(FOLDER / DEFINITION)} and {PROPERTIES} beside it. With --check nothing is written.

  python3 -m infra.connector fill --host HOST --out FOLDER   a deployment's own files, ready to be imported"""
_ABOUT_FILL = f"""\
Writes {DEFINITION} and {PROPERTIES} of one deployment into a folder, and prints the command that makes the connector of them.
Without --client-id its connections ask for a function key; with it their users sign in with Microsoft Entra ID."""


def committed() -> dict[Path, str]:
    """The variant with a function key; `fill` makes the other one too."""
    variant = FunctionKey()
    defined = definition(variant)
    return {
        FOLDER / DEFINITION: written(defined),
        FOLDER / PROPERTIES: written(properties(variant, defined)),
    }


def main(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    if asked.command == "fill":
        return _fill(asked)
    return _check() if asked.check else _write()


def _fill(asked: argparse.Namespace) -> int:
    """Standard output holds the next command and nothing else."""
    try:
        told = fill(asked.host, variant_of(asked.client_id, asked.tenant, asked.resource), asked.out)
    except FillError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    sys.stderr.writelines(f"{line}\n" for line in told)
    sys.stdout.write(f"{command(asked.out)}\n")
    return 0


def _write() -> int:
    for path, text in committed().items():
        sys.stdout.write(f"{write(path, text)}\n")
    return 0


def _check() -> int:
    others = [path for path, text in committed().items() if path.read_text(encoding="utf-8") != text]
    for path in others:
        sys.stdout.write(f"{shown(path)} is not as declared. Run: python3 -m infra.connector\n")
    if not others:
        sys.stdout.write("As declared.\n")
    return 1 if others else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m infra.connector",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="exit 1 if they are not as declared")
    commands = parser.add_subparsers(dest="command", metavar="fill")
    filling = commands.add_parser("fill", help="write a deployment's own files", description=_ABOUT_FILL)
    filling.add_argument(
        "--host",
        required=True,
        help="the function app's host name, such as contoso-deskhand.azurewebsites.net",
    )
    filling.add_argument(
        "--client-id", metavar="GUID", help="the app registration that signs users in; goes with --tenant"
    )
    filling.add_argument("--tenant", metavar="GUID", help="the id of the directory whose users sign in")
    filling.add_argument(
        "--resource", metavar="GUID", help="the function app's own registration, where it is another one"
    )
    filling.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the folder to write to")
    return parser
