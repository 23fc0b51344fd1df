"""python -m tests.simulation.matrix [--write]: print docs/crash-matrix.md as the tests have it, or write it."""

import argparse
import logging
import sys

from tests.simulation.matrix.page import PAGE, page


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.matrix")
    parser.add_argument(
        "--write", action="store_true", help=f"write docs/{PAGE.name} in place of printing it"
    )
    write = parser.parse_args().write
    logging.disable(logging.CRITICAL)  # the faults are on purpose
    if write:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


main()
