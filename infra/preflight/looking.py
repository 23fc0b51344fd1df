"""The command's work: ask, look, run if told to, and say what was found."""

import argparse
import sys
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from infra.checks_table import summary, table
from infra.preflight.app import Answer, App, NoAnswerError, read, refused
from infra.preflight.following import Order
from infra.preflight.outside import seen_before, seen_of
from infra.preflight.running import proved_by_running
from infra.secrets import NoSecretError, secret
from local import environment
from preflight.contract import CheckView, Outcome, PreflightView
from preflight.findings import failed, passed, whole

ALL_WELL, SOMETHING_FAILED, NOT_RUN = 0, 1, 2

_PROVES = {"ownerAccess": ("run.cancel",), "connection": ("run.follow",)}
"""What the app cannot know of itself, and the steps of a run that all have to pass to prove it."""


class UnusableError(Exception):
    """It could not be run; the sentence says why."""


def main(options: argparse.Namespace) -> int:
    environment.bypass_proxies()
    try:
        checks = _looked(options)
    except (UnusableError, NoAnswerError, NoSecretError) as problem:
        sys.stderr.write(f"{problem}\n")
        return NOT_RUN
    unproved = _unproved(checks) if options.run else []
    sys.stdout.write(_as_json(checks, unproved) if options.json else _as_text(checks, unproved))
    return SOMETHING_FAILED if unproved or whole(checks) is Outcome.FAILED else ALL_WELL


def _looked(options: argparse.Namespace) -> list[CheckView]:
    app = App(options.url, _credential(options))
    inputs = _inputs(options.inputs)
    before = list(seen_before(app))
    if any(each.outcome is Outcome.FAILED for each in before):
        return before
    answer = app.get("/preflight", **_asked_for(options))
    reported = _reported(answer)
    if isinstance(reported, CheckView):
        return [*before, reported]
    checks = [
        *before,
        *seen_of(app, answer.headers.get("Date"), reported.callback_base),
        *reported.checks,
    ]
    if options.run is None or not _lets_in(checks):
        return checks
    return _with_proof(checks, list(proved_by_running(app, _order(options, inputs))))


def _credential(options: argparse.Namespace) -> dict[str, str]:
    token = None if options.key is not None else secret(options.token, "DESKHAND_TOKEN", "Token")
    if token:
        return {"Authorization": f"Bearer {token}"}
    key = secret(options.key, "DESKHAND_KEY", "Function key")
    if not key:
        raise UnusableError("Who asks? Set DESKHAND_KEY or DESKHAND_TOKEN, or give --key or --token.")
    return {"x-functions-key": key}


def _inputs(text: str | None) -> dict[str, Any]:
    try:
        return {} if text is None else msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError:
        raise UnusableError("--inputs must be one JSON object.") from None


def _asked_for(options: argparse.Namespace) -> dict[str, str]:
    given = {"flowId": options.flow or options.run, "connectionReference": options.reference}
    return {name: value for name, value in given.items() if value}


def _reported(answer: Answer) -> PreflightView | CheckView:
    """What the app says of itself; or the one thing that is so wrong that it cannot look. Raises UnusableError."""
    if answer.status_code == HTTPStatus.OK:
        report = read(answer, PreflightView)
        if report is None:
            raise UnusableError("What answers there is no Deskhand.")
        return report
    told = refused(answer)
    match told.code:
        case "InvalidSetting":
            return failed(
                "settings", told.message, "Mend the app setting and restart the app (docs/settings.md)."
            )
        case "AuthenticationNotEnabled":
            return failed(
                "authentication", told.message, "Turn App Service authentication on, or set AUTH_MODE=keys."
            )
        case _:
            raise UnusableError(_why(answer.status_code, told.message))


def _why(status: int, message: str) -> str:
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return f"401: the key or token is not accepted. {message}".rstrip()
        case HTTPStatus.FORBIDDEN:
            return f"403: not allowed. {message or 'An access restriction may keep this machine out.'}"
        case HTTPStatus.NOT_FOUND:
            return "404: there is no Deskhand at this address, or one without preflight."
        case _:
            return f"{status}: {message or 'no answer of Deskhand; it may still be starting.'}"


def _lets_in(checks: Sequence[CheckView]) -> bool:
    return any(each.name == "applicationUser" and each.outcome is not Outcome.SKIPPED for each in checks)


def _order(options: argparse.Namespace, inputs: dict[str, Any]) -> Order:
    by_name = {"connectionName": options.connection}
    connection = by_name if options.connection else {"connectionReference": options.reference}
    body = {"runMode": "attended" if options.attended else "unattended", "clientReference": "preflight"}
    return Order(
        flow_id=options.run,
        body={**connection, **body, **({"inputs": inputs} if inputs else {})},
        seconds=options.wait,
        keeps_running=options.keep_running,
    )


def _with_proof(checks: list[CheckView], steps: list[CheckView]) -> list[CheckView]:
    """Where every step that proves something has passed, it is unknown no longer. What has failed for other runs goes on being told."""
    well = {each.name for each in steps if each.outcome is Outcome.PASSED}
    proved = {name for name, needed in _PROVES.items() if well.issuperset(needed)}
    settled = [
        passed(each.name, "Proved by a run.")
        if each.name in proved and each.outcome is Outcome.UNKNOWN
        else each
        for each in checks
    ]
    return [*settled, *steps]


def _unproved(checks: Sequence[CheckView]) -> list[str]:
    """What a run is for, and has not shown; also where none was started."""
    well = {each.name for each in checks if each.outcome is Outcome.PASSED}
    return [name for name, needed in _PROVES.items() if not well.issuperset(needed)]


def _as_text(checks: Sequence[CheckView], unproved: Sequence[str]) -> str:
    told = f" Not proved by a run: {', '.join(unproved)}." if unproved else ""
    return f"{table(checks)}\n\n{summary(checks)}{told}\n"


def _as_json(checks: Sequence[CheckView], unproved: Sequence[str]) -> str:
    found = whole(checks)
    outcome = Outcome.UNKNOWN if unproved and found is Outcome.PASSED else found
    return f"{msgspec.json.encode({'outcome': outcome, 'checks': list(checks)}).decode()}\n"
