"""The body of RunDesktopFlow and the rules that it has to keep. Source: RunDesktopFlow action reference, desktop flow API limits."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import msgspec

from local.dataverse.callbacks import is_loopback
from local.dataverse.errors import DataverseError, bad_payload
from local.dataverse.flows import FlowDefinition
from local.dataverse.settings import Settings

CONNECTION_NAME, CONNECTION_REFERENCE = 1, 2
_LONGEST_TIMEOUT = 86_400
_DEFAULT_TIMEOUT = 10_800
_LARGEST_INPUTS = 2 * 1024 * 1024
_LONGEST_URL = 2000
_TOO_LONG = "0x80044331"


class RunRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    runMode: str  # noqa: N815  # the wire's own names, as in every refusal of this body
    connectionName: str  # noqa: N815
    connectionType: int = CONNECTION_NAME  # noqa: N815
    runPriority: str = "normal"  # noqa: N815
    timeout: int = _DEFAULT_TIMEOUT
    inputs: str | None = None
    callbackUrl: str | None = None  # noqa: N815


def parse(body: bytes) -> RunRequest:
    try:
        return msgspec.json.decode(body, type=RunRequest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_payload(f"Error identified in the payload: {error}") from None


def check(request: RunRequest, definition: FlowDefinition, settings: Settings) -> None:
    """Refuses what Dataverse would not run; which status and code it has then is not documented, hence settings."""
    complaint = _complaint(request, settings)
    if complaint is not None:
        raise DataverseError(400, settings.invalid_run_code, complaint)
    if request.callbackUrl is not None:
        _check_callback(request.callbackUrl, settings)
    if request.inputs is not None:
        _check_inputs(request.inputs, definition, settings)


def _complaint(request: RunRequest, settings: Settings) -> str | None:
    mode = request.runMode if settings.run_mode_case_sensitive else request.runMode.lower()
    if mode not in {"attended", "unattended"}:
        return f"runMode '{request.runMode}' is neither 'attended' nor 'unattended'."
    if not request.connectionName:
        return "connectionName is empty."
    if request.connectionType not in {CONNECTION_NAME, CONNECTION_REFERENCE}:
        return f"connectionType {request.connectionType} is neither 1 nor 2."
    if not 1 <= request.timeout <= _LONGEST_TIMEOUT:
        return f"timeout {request.timeout} is not between 1 and {_LONGEST_TIMEOUT} seconds."
    return None


def _check_callback(url: str, settings: Settings) -> None:
    """HTTPS to a named host only: no address, no loopback."""
    if len(url) > _LONGEST_URL:
        raise DataverseError(400, _TOO_LONG, f"callbackUrl is longer than {_LONGEST_URL} characters.")
    parts = urlsplit(url)
    host = parts.hostname or ""
    if settings.allow_loopback_callbacks and parts.scheme in {"http", "https"} and is_loopback(host):
        return
    if parts.scheme != "https" or not host or is_loopback(host) or _is_address(host):
        message = "callbackUrl has to be an https URL with a DNS name that is neither local nor an address."
        raise DataverseError(400, settings.invalid_run_code, message)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _check_inputs(text: str, definition: FlowDefinition, settings: Settings) -> None:
    if len(text.encode()) > _LARGEST_INPUTS:
        message = f"inputs is larger than {_LARGEST_INPUTS} bytes."
        raise DataverseError(settings.inputs_too_large, settings.invalid_run_code, message)
    complaint = _inputs_complaint(text, definition, strict=settings.check_inputs)
    if complaint is not None:
        raise DataverseError(400, settings.invalid_run_code, complaint)


def _inputs_complaint(text: str, definition: FlowDefinition, *, strict: bool) -> str | None:
    try:
        inputs: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        return f"inputs is not the text of a JSON object: {error}"
    for name, value in inputs.items() if strict else ():
        if name not in definition.inputs:
            return f"The desktop flow has no input '{name}'."
        if not definition.inputs[name].accepts(value):
            return f"The input '{name}' is not a {definition.inputs[name]}."
    return None
