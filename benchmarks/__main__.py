"""python3 -m benchmarks: runs under whatever Python there is, and moves to the right one by itself."""

import sys

if sys.version_info < (3, 9):  # noqa: UP036 - this file must be read by older ones, to tell them
    sys.exit("Deskhand needs Python 3.13 or later; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

from benchmarks import cli

if __name__ == "__main__":
    sys.exit(cli.main(sys.argv[1:]))
