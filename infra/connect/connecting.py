"""The command's work: as the identity, one request; then what came of it."""

import argparse
import sys
import uuid
from functools import partial
from http import HTTPStatus

import msgspec
import requests
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError

from infra.connect.holder import client_of
from infra.connect.request import RESOURCE, Made, Wanted, address, body, path
from infra.secrets import NoSecretError, needed
from infra.tokens import Registration, signed_in
from local import environment
from shared.decoding import UNREADABLE, decode
from shared.setting_values import guid, url

CONNECTED, NOT_CONNECTED, NOT_MADE = 0, 1, 2
_SECONDS = 120


class NotMadeError(Exception):
    """No connection was made; the sentence says why."""


class UnsureError(Exception):
    """It may have been made; the sentence says what to do."""


def main(options: argparse.Namespace) -> int:
    environment.bypass_proxies()
    try:
        made = _put(options)
    except ValueError as problem:
        return _told(f"An option cannot be used: it {problem}.", NOT_MADE)
    except (NotMadeError, UnsureError, NoSecretError) as problem:
        return _told(str(problem), NOT_MADE)
    sys.stdout.write(f"{made.name}\n")
    if made.connected:
        return CONNECTED
    statuses = ", ".join(made.statuses) or "no status"
    return _told(
        f"The connection is there, but not Connected: {statuses}. Check account and password, that the machine is online, and that its group "
        f"is shared with the application user; then make it anew with --name {made.name}.",
        NOT_CONNECTED,
    )


def _put(options: argparse.Namespace) -> Made:
    """Raises ValueError, NotMadeError, UnsureError or NoSecretError."""
    client_id = guid(options.client_id)
    name = guid(options.name) if options.name else str(uuid.uuid4())
    base = url(options.api) if options.api else address(options.environment_id)
    group = guid(options.group)
    token = _token(client_id, options)
    wanted = Wanted(
        name=name,
        environment_id=options.environment_id,
        display_name=options.display_name,
        group=group,
        account=options.account,
        password=needed("DESKHAND_WINDOWS_PASSWORD", f"Password of {options.account}"),
    )
    return _answered(base, wanted, token)


def _token(client_id: str, options: argparse.Namespace) -> str:
    try:
        token = _credential(client_id, options).get_token(f"{RESOURCE}/.default").token
    except AzureError as problem:
        raise NotMadeError(
            f"No token for {RESOURCE} ({type(problem).__name__}): sign in as the identity, as docs/guides/connections.md says."
        ) from None
    holder = client_of(token)
    if holder is not None and holder.lower() != client_id:
        raise NotMadeError(
            f"The token is that of client {holder}, not of {client_id}: whoever makes a connection is the only one who can use it. "
            "Sign in as the identity, as docs/guides/connections.md says."
        )
    return token


def _credential(client_id: str, options: argparse.Namespace) -> TokenCredential:
    """Raises ValueError."""
    if options.tenant_id is None:
        return signed_in("POWER_PLATFORM_TOKEN", client_id)
    registration = Registration(client_id, guid(options.tenant_id))
    return signed_in("POWER_PLATFORM_TOKEN", options.managed_identity, registration)


def _answered(base: str, wanted: Wanted, token: str) -> Made:
    try:
        answer = requests.put(
            f"{base}{path(wanted.name)}",
            json=body(wanted),
            headers={"Accept": "application/json"},
            auth=partial(_bearing, token),
            timeout=_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as problem:
        raise UnsureError(_unsure(f"no answer ({type(problem).__name__})", wanted)) from None
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise UnsureError(_unsure(f"the answer {answer.status_code}", wanted))
    if answer.status_code not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise NotMadeError(f"Power Platform answered {answer.status_code}: {_reason(answer.content)}")
    try:
        made = decode(answer.content, Made)
    except UNREADABLE:
        raise UnsureError(_unsure("an answer that cannot be read", wanted)) from None
    return made if made.name else msgspec.structs.replace(made, name=wanted.name)


def _bearing(token: str, request: requests.PreparedRequest) -> requests.PreparedRequest:
    """As the request's own means of signing in: else a password for this host in a .netrc would take the token's place."""
    request.headers["Authorization"] = f"Bearer {token}"
    return request


def _unsure(what: str, wanted: Wanted) -> str:
    return f"Power Platform gave {what}: the connection may have been made. Once more with --name {wanted.name} does no harm."


class _Fault(msgspec.Struct):
    code: str = ""
    message: str = ""
    details: list["_Fault"] = []


class _Refusal(msgspec.Struct):
    error: _Fault


def _reason(content: bytes) -> str:
    """The error and what is within it, as far as it is told."""
    try:
        fault: _Fault | None = decode(content, _Refusal).error
    except UNREADABLE:
        return "without a reason"
    told: list[str] = []
    while fault is not None:
        told.append(f"{fault.code}: {fault.message}")
        fault = fault.details[0] if fault.details else None
    return "; ".join(told)


def _told(sentence: str, code: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code
