"""AUTH_MODE is entra, but the platform does not say that its authentication is on."""

import json
from copy import replace

import pytest

from cancel_run.cancel import cancel
from health.report import report
from run_status.listing import list_runs
from shared.http.access import ACCESS, Role
from shared.http.admission import guarded
from shared.http.use_case import UseCase
from shared.setting_values import AuthMode
from tests.support.metered import Metered
from tests.support.principals import IDENTITY, principal
from trigger_run.start import run_and_wait

SAID = {"x-ms-client-principal": principal(*IDENTITY, *[("roles", role) for role in Role])}


@pytest.fixture
def off(metered: Metered) -> Metered:
    metered.app = replace(metered.app, settings=replace(metered.app.settings, auth_mode=AuthMode.ENTRA))
    return metered


@pytest.mark.parametrize(
    ("name", "use_case"), [("trigger_run", run_and_wait), ("list_runs", list_runs), ("cancel_run", cancel)]
)
def test_nobody_is_let_in(off: Metered, name: str, use_case: UseCase) -> None:
    """503 AuthenticationNotEnabled whatever the principal says, and no I/O: it may be the caller's own words."""
    asked = guarded(use_case, ACCESS[name])

    assert (0, 0) == off.cost(lambda: off.call(asked, None, SAID))
    assert 503 == off.call(asked, None, SAID).status_code
    assert "AuthenticationNotEnabled" == off.call(asked, None, SAID).headers["x-ms-error-code"]


def test_what_is_open_goes_on(off: Metered, flow: str) -> None:
    """A callback changes its run: what is under way must not suffer from a wrong setting."""
    run = off.started(flow)
    off.end(run["sessionId"])

    assert 204 == off.notified(run["sessionId"])
    assert "Succeeded" == off.read(run["runId"])["status"]


def test_health_says_so(off: Metered) -> None:
    """Red, and green once it is on."""
    entry = json.loads(off.call(report).get_body())["dependencies"]["settings"]
    assert "unhealthy" == entry["status"]
    assert "App Service authentication" in entry["message"]

    off.app = replace(off.app, settings=replace(off.app.settings, authentication_enabled=True))
    assert {"status": "healthy"} == json.loads(off.call(report).get_body())["dependencies"]["settings"]
