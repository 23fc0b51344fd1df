"""What /health says: from what the real work has met lately; a dependency is probed only when that is long ago."""

import logging
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

import azure.functions as func

from health.contract import DependencyView, HealthState, HealthView
from shared.callbacks import callback_base
from shared.dataverse.errors import DataverseError
from shared.http.answers import answer
from shared.http.call import Call
from shared.http.problems import problem_of
from shared.http.serve import answered, marked
from shared.pulse import Pulse
from shared.setting_values import AuthMode
from shared.settings import SettingError
from shared.storage.clock import MOST_SKEW_SECONDS
from shared.storage.table import StorageError
from shared.wiring import Deskhand, deskhand

log = logging.getLogger("deskhand.health")

_PROBE_SECONDS = 10.0


def serve_health(request: func.HttpRequest) -> func.HttpResponse:
    """A setting that cannot be used is a failing dependency like any other: named, without its value."""
    try:
        app = deskhand()
    except SettingError as problem:
        return marked(_report({"settings": _failing(str(problem), None)}), Call(request, None))
    return answered(app, Call(request, app.settings.public_base_url, function="health"), report)


def report(app: Deskhand, call: Call) -> func.HttpResponse:
    call.no_parameters()
    permissions = _permissions(app)  # asks Table Storage: how that stands is known afterwards
    return _report(
        {
            "settings": _settings(app),
            "storage": _storage(app),
            "dataverse": _dataverse(app),
            "clock": _clock(app),
            "permissions": permissions,
            "callbacks": _callbacks(app),
        }
    )


def _report(dependencies: dict[str, DependencyView]) -> func.HttpResponse:
    healthy = all(each.status is HealthState.HEALTHY for each in dependencies.values())
    status = HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE
    body = HealthView(
        status=HealthState.HEALTHY if healthy else HealthState.UNHEALTHY, dependencies=dependencies
    )
    return answer(status, body, {"Cache-Control": "no-store"})


def _settings(app: Deskhand) -> DependencyView:
    if app.settings.auth_mode is AuthMode.ENTRA and not app.settings.authentication_enabled:
        return DependencyView(
            status=HealthState.UNHEALTHY,
            message="AUTH_MODE is entra, but App Service authentication is not enabled: nobody is let in.",
        )
    return DependencyView(status=HealthState.HEALTHY)


def _storage(app: Deskhand) -> DependencyView:
    def probe() -> None:
        app.store.hidden_sessions()

    return _beating(app, app.storage_clock.pulse, probe)


def _dataverse(app: Deskhand) -> DependencyView:
    def probe() -> None:
        app.catalogue.identity(app.clock.deadline(_PROBE_SECONDS), fresh=True)

    return _beating(app, app.api.pulse, probe)


def _beating(app: Deskhand, pulse: Pulse, probe: Callable[[], None]) -> DependencyView:
    with pulse.probing:
        if pulse.wants_probe(app.clock.now(), app.settings.health_probe_every):
            _probe(app, pulse, probe)
    if pulse.failing:
        return _failing(pulse.failure, pulse.succeeded_at)
    return DependencyView(status=HealthState.HEALTHY, last_success_at=pulse.succeeded_at)


def _probe(app: Deskhand, pulse: Pulse, probe: Callable[[], None]) -> None:
    pulse.probed_at = app.clock.now()
    try:
        probe()
        pulse.success(app.clock.now())
    except DataverseError as error:
        pulse.fail(problem_of(error).message)
    except StorageError as error:
        pulse.fail(str(error))


def _clock(app: Deskhand) -> DependencyView:
    """Starts and their look-ups rely on clocks that agree; Table Storage's is the measure."""
    ahead = app.storage_clock.ahead_seconds
    if ahead is not None and abs(ahead) > MOST_SKEW_SECONDS:
        return DependencyView(
            status=HealthState.UNHEALTHY,
            message=f"This instance's clock is {ahead:.0f} s ahead of Table Storage's.",
        )
    return DependencyView(status=HealthState.HEALTHY)


def _permissions(app: Deskhand) -> DependencyView:
    """Whether the poller found sessions that Dataverse refuses to show."""
    try:
        hidden = app.store.hidden_sessions()
    except StorageError as problem:
        app.storage_clock.pulse.probed_at = app.clock.now()
        app.storage_clock.pulse.fail(str(problem))
        return DependencyView(
            status=HealthState.UNHEALTHY, message="Not known while Table Storage cannot be reached."
        )
    if hidden == 0:
        return DependencyView(status=HealthState.HEALTHY)
    return DependencyView(
        status=HealthState.UNHEALTHY,
        message=f"Dataverse does not show the sessions of {hidden} open runs. The application user needs Owner access "
        "(read on flowsession at organization level) to follow and cancel runs.",
    )


def _callbacks(app: Deskhand) -> DependencyView:
    """None asked for is a choice, and no fault."""
    base = app.settings.public_base_url
    if base is None:
        return DependencyView(
            status=HealthState.HEALTHY,
            message="Polling only: PUBLIC_BASE_URL is not set, so Dataverse is asked for no callbacks.",
        )
    if callback_base(app.settings) is None:
        return DependencyView(
            status=HealthState.UNHEALTHY,
            message="PUBLIC_BASE_URL is none that Dataverse accepts (https, port 443, a name): it is asked for no callbacks.",
        )
    return DependencyView(status=HealthState.HEALTHY)


def _failing(message: str, last_success: datetime | None) -> DependencyView:
    return DependencyView(status=HealthState.UNHEALTHY, last_success_at=last_success, message=message)
