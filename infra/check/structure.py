"""Names and types of all files: what a compiler would say first."""

from pathlib import Path

from infra.check import names, types
from infra.check.meaning import Meaning
from infra.check.syntax import Bicep, Finding


def findings(files: dict[Path, Bicep]) -> list[Finding]:
    found: set[Finding] = set()
    for file in files.values():
        meaning = Meaning(file, files)
        names.check(file, files, meaning)
        for resource in file.resources:
            types.check(resource, meaning)
        found |= meaning.findings
    return sorted(found)
