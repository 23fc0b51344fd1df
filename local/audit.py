"""python -m local.audit: known vulnerabilities of what is deployed. A finding fails; an index that cannot be asked does not.

pip-audit asks the index about each package. It has one exit code for findings and for a network that is in its way, so what
it wrote decides.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import places

_ANSWER_SECONDS = 5
_ALL_SECONDS = 60
_UNREACHABLE = re.compile(r"Could not connect|ServiceError|not redirecting|requests\.exceptions\.\w+")


@dataclass(frozen=True, slots=True)
class Verdict:
    failed: bool
    told: str


def audit(requirements: Path, *service: str) -> Verdict:
    """`service` are options of pip-audit that name another index than PyPI's."""
    options = ["--no-deps", "--disable-pip", "--format=json", "--progress-spinner=off"]
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(requirements), *options]
    command += [f"--timeout={_ANSWER_SECONDS}", *service]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=_ALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return _not_audited(f"no answer within {_ALL_SECONDS} s")
    return verdict(run.stdout, run.stderr)


def verdict(report: str, errors: str) -> Verdict:
    """What pip-audit's report, or the lack of one, says."""
    if report.strip():
        return _judged(json.loads(report)["dependencies"])
    if found := _UNREACHABLE.search(errors):
        return _not_audited(found[0])
    return Verdict(failed=True, told=f"The audit itself failed:\n{errors.strip()}")


def _judged(packages: list[dict[str, Any]]) -> Verdict:
    findings = [
        f"{package['name']} {package['version']}: {found['id']} (mended in {', '.join(found['fix_versions']) or 'no version yet'})"
        for package in packages
        for found in package.get("vulns", ())
    ]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if findings:
        return Verdict(failed=True, told="\n".join(["Known vulnerabilities:", *findings]))
    if len(unknown) == len(packages):
        return _not_audited("it answers, but tells nothing of any package")
    rest = f"; nothing is told of {', '.join(unknown)}" if unknown else ""
    return Verdict(
        failed=False, told=f"No known vulnerabilities in {len(packages) - len(unknown)} packages{rest}."
    )


def _not_audited(reason: str) -> Verdict:
    return Verdict(
        failed=False, told=f"NOT AUDITED: the index of vulnerabilities cannot be asked from here ({reason})."
    )


if __name__ == "__main__":
    result = audit(places.CHECKOUT / "requirements.txt")
    print(result.told)
    sys.exit(result.failed)
