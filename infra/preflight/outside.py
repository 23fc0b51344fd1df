"""What is seen from here: the app's name, its certificate, the time it tells, and whether a callback gets to it."""

import os
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies, should_bypass_proxies

from infra.preflight.app import App, NoAnswerError
from preflight.contract import CheckView
from preflight.findings import failed, passed, skipped, unknown

_CONNECT_SECONDS = 10
_FEWEST_DAYS = 14
_MOST_SKEW_SECONDS = 60
_FORGED = f"/api/callbacks/01941234-5678-8003-8000-000000000001/1-{'0' * 64}"
"""Of a run that nobody has, signed by nobody."""


def seen_before(app: App) -> Iterator[CheckView]:
    """Before anything is asked of it."""
    yield _name(app.host)
    yield _tls(app)


def seen_of(app: App, date: str | None, callback_base: str | None) -> Iterator[CheckView]:
    """`date`: what the app's answer bore."""
    yield _clock(date)
    yield _callback(app, callback_base)


def _name(host: str) -> CheckView:
    try:
        ip_address(host)
    except ValueError:
        pass
    else:
        return skipped("outside.name", f"{host} is an address, not a name.")
    try:
        found = {each[4][0] for each in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return failed(
            "outside.name", f"{host} stands for no address.", "Check the name, and the DNS of its domain."
        )
    return passed("outside.name", f"{host} is {', '.join(map(str, sorted(found)))}.")


def _tls(app: App) -> CheckView:
    if not app.secure:
        return skipped(
            "outside.tls", "The address begins with http://: nothing is encrypted.", "On Azure take https://."
        )
    if get_environ_proxies(app.origin) and not should_bypass_proxies(app.origin, None):
        return skipped("outside.tls", "A proxy stands between here and the app: its certificate is not seen.")
    try:
        ends = _certificate_ends(app)
    except ssl.SSLCertVerificationError as problem:
        return failed(
            "outside.tls",
            f"The certificate is not trusted: {problem.verify_message}.",
            "Renew or replace it.",
        )
    except OSError as problem:
        return failed(
            "outside.tls", f"There is no TLS: {type(problem).__name__}.", "Check name, port and network."
        )
    days = (ends - datetime.now(UTC)).days
    if days < _FEWEST_DAYS:
        return failed("outside.tls", f"The certificate ends in {days} days.", "Renew it.")
    return passed("outside.tls", f"The certificate is trusted for another {days} days.")


def _certificate_ends(app: App) -> datetime:
    context = ssl.create_default_context(cafile=_authorities())
    with (
        socket.create_connection((app.host, app.port), _CONNECT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=app.host) as secured,
    ):
        certificate: Any = secured.getpeercert() or {}
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)


def _authorities() -> str:
    """Whom `requests` trusts."""
    return os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH


def _clock(date: str | None) -> CheckView:
    told = _time(date or "")
    if told is None:
        return unknown(
            "outside.clock",
            "The app's answer bears no date.",
            "Ask the app itself, not what stands before it.",
        )
    ahead = (datetime.now(UTC) - told).total_seconds()
    if abs(ahead) > _MOST_SKEW_SECONDS:
        return failed(
            "outside.clock",
            f"The clock here is {ahead:.0f} s ahead of the app's.",
            "Set the clock here: tokens depend on it.",
        )
    return passed("outside.clock", "The clock here and the app's agree.")


def _time(date: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(date)
    except ValueError:
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _callback(app: App, base: str | None) -> CheckView:
    """A forged one: ours says 404 in its own words. Nothing else does."""
    name = "outside.callback"
    if base is None:
        return skipped(name, "No callback is asked for: polling does it all.")
    try:
        answer = app.send("POST", f"{base}{_FORGED}", known=False, json={})
    except NoAnswerError as problem:
        return failed(
            name, str(problem), "Dataverse cannot get there either: check PUBLIC_BASE_URL, or leave it empty."
        )
    if (
        answer.status_code == HTTPStatus.NOT_FOUND
        and answer.headers.get("x-ms-error-code") == "CallbackNotFound"
    ):
        return passed(name, f"{base} is this app, and refuses a forged callback.")
    if answer.status_code == HTTPStatus.FORBIDDEN:
        return unknown(
            name,
            f"{base} lets nobody in from here.",
            "Right where only the service tag AzureCloud is admitted. A run proves it: its end is then told by a callback.",
        )
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        return failed(
            name,
            "Callbacks are asked to sign in, which Dataverse does not.",
            "Exclude /api/callbacks/* from authentication.",
        )
    return failed(
        name,
        f"A forged callback is answered {answer.status_code}, and not by this app.",
        "PUBLIC_BASE_URL must lead to this app, with nothing before it that answers.",
    )
