"""What health says where the real stack is hard to bring to it: callbacks that are not asked for, storage that fails just now."""

import json

import pytest

from health.report import report
from shared.run.ids import new_run_id
from tests.contract.conftest import MakeInstances


@pytest.mark.parametrize(
    ("base", "status", "words"),
    [
        ("https://contoso-deskhand.azurewebsites.net", "healthy", None),
        ("", "healthy", "Polling only"),
        ("https://contoso-deskhand.azurewebsites.net:8443", "unhealthy", "none that Dataverse accepts"),
    ],
)
def test_health_tells_of_callbacks(
    instances: MakeInstances, base: str, status: str, words: str | None
) -> None:
    """Polling only is a choice; a base that nobody can call is a mistake."""
    (app,) = instances(1, PUBLIC_BASE_URL=base)

    told = json.loads(app.call(report).get_body())["dependencies"]["callbacks"]

    assert (status, words is None) == (told["status"], "message" not in told)
    assert (words or "") in told.get("message", "")


def test_storage_that_fails_just_now_is_named(instances: MakeInstances) -> None:
    """Though it answered a moment ago: what else cannot be known for it is not told as its own fault."""
    (app,) = instances(1)
    app.read(new_run_id(app.app.clock.now(), 0, 0))
    app.watch.advance(seconds=60)
    app.tables.unreachable = "/"

    answer = app.call(report)
    told = json.loads(answer.get_body())["dependencies"]

    assert 503 == answer.status_code
    assert "unhealthy" == told["storage"]["status"]
    assert "ServiceRequestError" in told["storage"]["message"]
    assert "Not known" in told["permissions"]["message"]
