"""The audit: findings fail, an index that cannot be asked is said to be so."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from local import processes
from local.audit import Verdict, audit, verdict

FINDING = {
    "id": "PYSEC-2026-1",
    "summary": "It leaks.",
    "affected": [
        {
            "package": {"name": "requests", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0.1"}]}],
        }
    ],
}


@contextmanager
def index(answer: dict[str, Any], status: int = 200) -> Iterator[str]:
    """An index of vulnerabilities that gives one answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/query"
        server.shutdown()
        thread.join()


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text("requests==2.0.0\n")
    return path


def asked(requirements: Path, url: str) -> Verdict:
    return audit(requirements, "--vulnerability-service=osv", f"--osv-url={url}")


def test_a_known_vulnerability_fails(requirements: Path) -> None:
    """The package, the finding and the version that mends it are named."""
    with index({"vulns": [FINDING]}) as url:
        found = asked(requirements, url)

    assert found == Verdict(
        failed=True, told="Known vulnerabilities:\nrequests 2.0.0: PYSEC-2026-1 (mended in 2.0.1)"
    )


def test_nothing_known_passes(requirements: Path) -> None:
    """How many packages were asked about is told."""
    with index({}) as url:
        assert asked(requirements, url) == Verdict(
            failed=False, told="No known vulnerabilities in 1 packages."
        )


def test_an_index_that_cannot_be_reached_is_told_in_one_line(requirements: Path) -> None:
    """Nobody listens: not audited, said so, and no failure."""
    result = asked(requirements, f"http://127.0.0.1:{processes.free_port()}/query")

    assert not result.failed
    assert result.told.startswith("NOT AUDITED")
    assert "\n" not in result.told


def test_an_index_that_fails_is_not_an_audit(requirements: Path) -> None:
    """A server error of the index is no finding, and no clean bill either."""
    with index({}, status=502) as url:
        result = asked(requirements, url)

    assert (result.failed, result.told[:11]) == (False, "NOT AUDITED")


def test_an_index_without_knowledge_is_not_an_audit() -> None:
    """A mirror that answers 404 for every package has audited nothing."""
    report = {"dependencies": [{"name": "requests", "skip_reason": "Dependency not found"}]}

    assert verdict(json.dumps(report), "").told.startswith("NOT AUDITED")


def test_an_audit_that_breaks_fails(tmp_path: Path) -> None:
    """What is no trouble with the index is not excused: here the requirements are not pinned."""
    (tmp_path / "requirements.txt").write_text("requests\n")

    assert audit(tmp_path / "requirements.txt").failed
