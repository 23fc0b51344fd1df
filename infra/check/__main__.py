"""`python3 -m infra.check`: infra/'s Bicep, held to Azure's types and to our rules. --checkov asks Checkov as well.

Exit code 1 if anything is found. It needs no cloud; Checkov is installed at its first use.
"""

import argparse
import sys

from infra.check import checkov, structure
from infra.check.files import files
from infra.check.reading import SyntaxFault
from infra.check.rules import RULES
from infra.check.syntax import Finding


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m infra.check", description=__doc__)
    parser.add_argument(
        "--checkov", action="store_true", help="ask Checkov as well (some 270 MB, installed once)"
    )
    asked = parser.parse_args()
    found = _ours()
    if asked.checkov:
        found += checkov.findings(checkov.install())
    for finding in found:
        print(finding)
    print(f"{len(found)} findings" if found else "Nothing found.")
    return 1 if found else 0


def _ours() -> list[Finding]:
    try:
        read = files()
    except SyntaxFault as fault:
        return fault.findings
    return [*structure.findings(read), *(each for rule in RULES for each in rule(read))]


if __name__ == "__main__":
    sys.exit(main())
