"""The commands. Read by older Pythons as well, down to 3.9: what is wrong with a command line is told before any set-up."""

from __future__ import annotations

import argparse
import json

from local import command, places, polling

_HIGHEST_PORT = 65535
_MODULES = {
    "demo": "local.demo",
    "up": "local.up",
    "token": "local.token",
    "table": "local.table",
    "test": "local.checks",
    "simulate": "local.simulate",
}


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    return command.run("local", arguments, _MODULES[options.command], options)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m local",
        description="Runs the whole system on this machine. What it needs is installed at the first start.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_demo(commands.add_parser("demo", help="show the whole story against a stack of its own"))
    _add_up(commands.add_parser("up", help="keep the stack running until Ctrl-C", allow_abbrev=False))
    _add_token(commands.add_parser("token", help="print a token for a stack that runs with --auth entra"))
    _add_table(commands.add_parser("table", help="copy, lose or restore the table of a stack that runs"))
    _add_simulate(commands.add_parser("simulate", help="try the promises under faults, on virtual time"))
    _add_test(commands.add_parser("test", help="lint, types, audit and tests", allow_abbrev=False))
    options, others = parser.parse_known_args(arguments)
    if others and options.command != "test":
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    options.pytest_arguments = others
    return options


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Brings up a stack of its own, tells the story of desktop flows against it, each line read back through the API, and takes it "
        "down. The exit code is 0 only if every step held."
    )


def _add_test(parser: argparse.ArgumentParser) -> None:
    parser.usage = "python3 -m local test [-h] [pytest arguments]"
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = """\
Lint, types, an audit of known vulnerabilities (where the index can be reached), and the tests. Without arguments
all tests, some minutes; what follows goes to pytest, in the place of that:

  python3 -m local test -k callback                 tests with this word in their names
  python3 -m local test tests/unit -x               one folder, up to the first failure"""
    parser.epilog = "It ends with `All passed`, or with what failed and the exit code 1."


def _add_up(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Keeps the functions, Azurite and the Dataverse simulator running until Ctrl-C, and prints their addresses and the key. "
        "Each time they begin empty, with a new key."
    )
    parser.add_argument(
        "--port", type=_port, default=7071, help="of the functions; 0: a free one (default: 7071)"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one line of JSON on stdout when ready, and nothing else there",
    )
    parser.add_argument(
        "--auth",
        choices=("keys", "entra"),
        default="keys",
        help="who may call: whoever has the key, or whoever has a token with app roles (default: keys)",
    )
    parser.add_argument(
        "--poll-seconds",
        type=_poll_seconds,
        default=5,
        metavar="N",
        help="how often the poller runs: a number that divides 60, or whole minutes that divide 60 (default: 5)",
    )
    parser.add_argument(
        "--settings-to",
        metavar="FILE",
        help="write the app's settings there when ready, secrets too, as a shell takes them in (. FILE): for commands such as infra.rebuild",
    )
    parser.add_argument(
        "--set",
        type=_setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an app setting (docs/settings.md), such as STARTS_PER_MINUTE=5; may be repeated",
    )


def _setting(text: str) -> tuple[str, str]:
    name, given, value = text.partition("=")
    if not given or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _add_table(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "For the fire drill in docs/guides/fire-drill.md. Which table is meant stands in the environment: . FILE, with the FILE of "
        "`python3 -m local up --settings-to FILE`."
    )
    parser.add_argument(
        "what",
        choices=("copy", "lose", "restore"),
        help="copy: keep all rows beside; lose: remove them; restore: all as it was when it was copied",
    )


def _add_token(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Prints a token for a stack that runs with --auth entra, to be sent as `Authorization: Bearer TOKEN`. The same name is the "
        "same caller."
    )
    parser.add_argument("--port", type=_port, default=7071, help="of the functions that run (default: 7071)")
    parser.add_argument("--name", default="tester", help="of the user or application (default: tester)")
    parser.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="ROLE",
        help=f"an app role: {', '.join(_roles())}; may be repeated, and without any the token opens nothing",
    )
    parser.add_argument("--tenant", metavar="GUID", help="another tenant than the usual one")
    parser.add_argument("--application", action="store_true", help="an application by itself, not a user")


def _roles() -> list[str]:
    offered = json.loads((places.CHECKOUT / "infra" / "app-roles.json").read_text(encoding="utf-8"))
    return [role["value"] for role in offered]


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Runs the real use cases on several instances against twins of Table Storage and Dataverse, in virtual time, with every "
        "fault on purpose, and judges what came of it. One seed is one history; the same seed replays it exactly."
    )
    parser.add_argument(
        "--seeds", type=_count, metavar="N", help="how many, one after another (default: one)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="the first, or the only one (default: 0)"
    )
    parser.add_argument("--jobs", type=_count, default=2, metavar="N", help="processes (default: 2)")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; it must be 0 to {_HIGHEST_PORT}")
    return int(text)


def _poll_seconds(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    try:
        polling.schedule(int(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return int(text)
