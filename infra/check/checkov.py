"""Checkov, a stranger's opinion on the same files. It is installed once into a place of its own: it pins what others pin otherwise.

Two things it does by itself would pass for success: a file that it cannot read has no findings, and neither has a folder without files.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

from infra.check.files import FOLDER, paths
from infra.check.syntax import Finding
from local import environment, places
from local.locks import exclusive

PIN = "checkov==3.3.30"
SKIPPED = {
    "CKV_AZURE_13": "App Service authentication is optional: function keys are the other way (docs/security.md). It also looks in every config",
    "CKV_AZURE_17": "Client certificates: callers come with keys or tokens, and Dataverse has no certificate",
    "CKV_AZURE_35": "Storage is closed with privateNetwork, which costs; rules of our own hold that",
    "CKV_AZURE_42": "Purge protection would keep `azd up` from taking a name again for weeks after `azd down`; soft delete is on",
    "CKV_AZURE_109": "The vault is closed with privateNetwork; rules of our own hold that",
    "CKV_AZURE_110": "As CKV_AZURE_42. Losing the keys loses links to results, and no run",
    "CKV_AZURE_63": "It takes the app settings, or authentication, for the site. Flex Consumption logs to Application Insights",
    "CKV_AZURE_65": "As CKV_AZURE_63",
    "CKV_AZURE_66": "As CKV_AZURE_63",
    "CKV_AZURE_80": ".NET, which is not used here",
    "CKV_AZURE_88": "Azure Files, which Flex Consumption does not have",
    "CKV_AZURE_191": "The topic sends to nobody by itself: it needs no identity",
    "CKV_AZURE_193": "The topic is closed with privateNetwork; rules of our own hold that",
    "CKV_AZURE_206": "The host's account holds what a deployment makes anew; the runs' copy is chosen by runStorageSku, beside its reasons",
    "CKV_AZURE_212": "A number of instances: Flex Consumption scales by itself, and keeps some ready",
    "CKV_AZURE_213": "Health check of App Service, which Flex Consumption does not have",
    "CKV_AZURE_222": "The app is closed with publicAccess=false; rules of our own hold what belongs to it",
    "CKV_AZURE_225": "Zone redundancy of plans: not for one instance more than needed; runs are kept across zones",
}  # fmt: skip
"""What it finds and is meant, each with why."""

_NOT_READ = re.compile(r"\b(?:map|filter|toObject|cidrSubnet)\(")
"""Functions of Bicep that its parser refuses."""
_VARIABLE = re.compile(r"^var (\w+) = .*(?:\n(?: .*|\}\)))*$", re.MULTILINE)


def install() -> Path:
    """The folder that it is imported from."""
    with exclusive(places.cache() / "checkov.lock"):
        if not _home().exists():
            print(f"Installing {PIN}, once ...", file=sys.stderr)
            part = _home().with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(part), PIN]
            _quietly(pip)
            part.rename(_home())
    return _home()


def _quietly(pip: list[str]) -> None:
    """It compares what it puts into that place with what is installed here, and calls the difference an error."""
    run = subprocess.run(pip, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.stderr.write(run.stdout + run.stderr)
        run.check_returncode()


def _home() -> Path:
    return places.cache() / PIN.replace("==", "-")


def findings(home: Path) -> list[Finding]:
    """Those that are not meant."""
    return judged(asked(home, ours()), SKIPPED.keys())


def asked(home: Path, texts: dict[str, str]) -> Any:
    """Its report on these files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(readable(text), encoding="utf-8")
        return _reported(home, folder)


def ours() -> dict[str, str]:
    return {str(path.relative_to(FOLDER)): path.read_text(encoding="utf-8") for path in paths()}


def readable(text: str) -> str:
    """Variables that are reckoned by functions that it does not know are empty. Elsewhere it has to read all there is."""
    return _VARIABLE.sub(
        lambda found: f"var {found[1]} = ''" if _NOT_READ.search(found[0]) else found[0], text
    )


def _reported(home: Path, folder: str) -> Any:
    command = [sys.executable, "-m", "checkov.main", "--directory", folder, "--framework", "bicep"]
    run = subprocess.run(
        [*command, "--skip-download", "--compact", "--output", "json"],
        env=environment.for_child(PYTHONPATH=str(home), LOG_LEVEL="CRITICAL"),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(run.stdout)


def judged(report: Any, skipped: Collection[str]) -> list[Finding]:
    results, summary = report.get("results", {}), report.get("summary", report)
    found = [
        Finding(
            each["file_path"].lstrip("/"),
            each["file_line_range"][0],
            f"{each['check_id']}: {each['check_name']}",
        )
        for each in results.get("failed_checks", [])
        if each["check_id"] not in skipped
    ]
    unread = [
        Finding(Path(each).name, 1, "Checkov cannot read it") for each in results.get("parsing_errors", [])
    ]
    if summary.get("parsing_errors", 0) != len(unread):
        unread.append(Finding("infra", 1, f"Checkov could not read {summary['parsing_errors']} files"))
    if not summary.get("resource_count"):
        unread.append(Finding("infra", 1, "Checkov found nothing to look at"))
    return sorted(found + unread)
