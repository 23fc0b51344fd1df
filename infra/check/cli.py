"""The command line of `python3 -m infra.check`."""

import argparse

from infra.check import checking


def main(arguments: list[str]) -> int:
    return checking.main(parse(arguments))


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
