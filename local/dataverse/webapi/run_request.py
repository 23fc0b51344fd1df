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


class RunRequest(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    run_mode: str
    connection_name: str
    connection_type: int = CONNECTION_NAME
    run_priority: str = "normal"
    timeout: int = _DEFAULT_TIMEOUT
    inputs: str | None = None
    callback_url: str | None = None


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
    if request.callback_url is not None:
        _check_callback(request.callback_url, settings)
    if request.inputs is not None:
        _check_inputs(request.inputs, definition, settings)


def _complaint(request: RunRequest, settings: Settings) -> str | None:
    mode = request.run_mode if settings.run_mode_case_sensitive else request.run_mode.lower()
    if mode not in {"attended", "unattended"}:
        return f"runMode '{request.run_mode}' is neither 'attended' nor 'unattended'."
    if not request.connection_name:
        return "connectionName is empty."
    if request.connection_type not in {CONNECTION_NAME, CONNECTION_REFERENCE}:
        return f"connectionType {request.connection_type} is neither 1 nor 2."
    if not 1 <= request.timeout <= _LONGEST_TIMEOUT:
        return f"timeout {request.timeout} is not between 1 and {_LONGEST_TIMEOUT} seconds."
    return None


def _check_callback(url: str, settings: Settings) -> None:
    if len(url) > _LONGEST_URL:
        raise DataverseError(400, _TOO_LONG, f"callbackUrl is longer than {_LONGEST_URL} characters.")
    if not _callable(url, settings):
        message = "callbackUrl has to be an https URL with a DNS name that is neither local nor an address."
        raise DataverseError(400, settings.invalid_run_code, message)


def _callable(url: str, settings: Settings) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.hostname or ""
    if is_loopback(host):
        return settings.allow_loopback_callbacks and parts.scheme in {"http", "https"}
    return parts.scheme == "https" and host != "" and not _is_address(host)


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
