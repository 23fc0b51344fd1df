"""All the checks, and what they find, a line each."""

import argparse

from infra.check import checkov, queries, structure
from infra.check.files import files
from infra.check.looking import Files
from infra.check.reading import SyntaxFault
from infra.check.rules import RULES
from infra.check.syntax import Finding


def main(options: argparse.Namespace) -> int:
    try:
        found = findings(files())
    except SyntaxFault as fault:  # hides what else is wrong
        found = fault.findings
    if options.checkov:
        found += checkov.findings(checkov.install())
    asked = queries.queries()
    return reported(found, [*queries.syntax_faults(asked), *queries.name_faults(asked)])


def findings(read: Files) -> list[Finding]:
    return [*structure.findings(read), *(each for rule in RULES for each in rule(read))]


def reported(bicep: list[Finding], kusto: list[str]) -> int:
    """The exit code."""
    found = [*map(str, bicep), *kusto]
    for finding in found:
        print(finding)
    print(f"{len(found)} found." if found else "Nothing found.")
    return 1 if found else 0
