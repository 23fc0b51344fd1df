"""Health says whether Dataverse is asked to call back."""

import json

import pytest

from health.report import report
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
