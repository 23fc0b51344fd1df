"""The command line of `python3 -m infra.preflight`."""

import argparse

from infra.preflight import looking

_EXAMPLES = """
The key or token is read from DESKHAND_KEY or DESKHAND_TOKEN; --key or --token without a value asks for it.
Exit code: 0 nothing has failed, 1 something has, or --run has not proved what it is for, 2 it could not be run.
"""


def main(arguments: list[str]) -> int:
    return looking.main(parse(arguments))


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m infra.preflight",
        description="Checks a deployment: what it says of itself, and what is seen from here.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("url", help="of the app, such as https://deskhand.azurewebsites.net")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--key", nargs="?", const="", help="a function key")
    who.add_argument(
        "--token", nargs="?", const="", help="a token with Starts.Pause or Events.Manage (AUTH_MODE=entra)"
    )
    parser.add_argument("--flow", metavar="ID", help="a flow to look at as well")
    parser.add_argument("--reference", metavar="NAME", help="a connection reference to look at as well")
    parser.add_argument(
        "--run",
        metavar="ID",
        help="start this flow twice: the first run is followed to its end, the second cancelled",
    )
    parser.add_argument(
        "--connection", metavar="NAME", help="for --run, in place of --reference: a connection's name"
    )
    parser.add_argument("--inputs", metavar="JSON", help="for --run: the flow's inputs")
    parser.add_argument("--attended", action="store_true", help="for --run: in place of an unattended run")
    parser.add_argument(
        "--wait",
        type=int,
        default=300,
        metavar="SECONDS",
        help="for --run: how long to follow a run (default: 300)",
    )
    parser.add_argument(
        "--keep-running",
        action="store_true",
        help="for --run: leave the first run open if it has not ended by then, in place of cancelling it",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of the table")
    options = parser.parse_args(arguments)
    if options.run and bool(options.connection) == bool(options.reference):
        parser.error("--run needs --connection or --reference")
    return options
