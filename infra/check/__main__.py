"""python3 -m infra.check: runs under whatever Python there is, and moves to the right one by itself."""

from __future__ import annotations

import argparse
import sys

from local import command


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m infra.check",
        description="Holds infra/'s Bicep to Azure's types and to rules of our own, and the queries of its alerts to Kusto and to what the log has. It needs no cloud.",
        epilog="Exit code: 0 nothing was found, 1 something was.",
    )
    parser.add_argument(
        "--checkov", action="store_true", help="ask Checkov as well (some 270 MB, installed once)"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(command.run("infra.check", sys.argv[1:], "infra.check.checking", parse(sys.argv[1:])))
