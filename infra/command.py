"""How each command below infra/ begins: under whatever Python there is, moving to the right one by itself.

Its __main__ is one line, run("infra.api"); the work is done by main of infra.api.cli, which is imported inside the virtual environment,
because what it is made of may be missing elsewhere. Read by older Pythons as well, down to 3.9.
"""

import sys

if sys.version_info < (3, 9):  # noqa: UP036 - this file must be read by older ones, to tell them
    sys.exit("Deskhand needs Python 3.13 or later; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

from local import command


def run(package: str) -> None:
    """Ends the process with the exit code of `main(arguments)` in the package's module cli."""
    arguments = sys.argv[1:]
    sys.exit(command.run(package, arguments, f"{package}.cli", arguments))
