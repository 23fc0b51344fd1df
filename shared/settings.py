"""Every setting of Deskhand: its name, meaning, unit and default. Read from the environment once, when first needed."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from shared.run.ids import parse_guid

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SMALLEST_KEY = 32
_LONGEST_BASE = 1800  # a callback URL must fit the 2,000 characters of flowsession.callbackurl


class SettingError(Exception):
    """A setting is missing or has a value that cannot be used. The sentence names it and never shows a secret."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    version: str
    secret: bytes = field(repr=False)


def setting[T](name: str, parse: Callable[[str], T], meaning: str, default: str | None = "") -> T:
    """A field of Settings. `default` is text, as it would stand in the environment; None: it must be given."""
    value: Any = field(metadata={"name": name, "parse": parse, "meaning": meaning, "default": default})
    return value  # type: ignore[no-any-return]  # dataclasses.field is typed as what it stands for


def _url(text: str) -> str:
    parts = urlsplit(text)
    if (
        parts.scheme not in {"https", "http"}
        or not parts.hostname
        or parts.username
        or parts.query
        or parts.fragment
    ):
        raise ValueError("must be a URL such as https://contoso.crm4.dynamics.com")
    if parts.path.strip("/"):
        raise ValueError("must be scheme and host only, without a path")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("must begin with https://")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _optional[T](parse: Callable[[str], T]) -> Callable[[str], T | None]:
    return lambda text: parse(text) if text else None


def _number(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return parse


def _duration(unit: str, low: int, high: int) -> Callable[[str], timedelta]:
    number = _number(low, high)
    return lambda text: timedelta(**{unit: number(text)})


def _flag(text: str) -> bool:
    known = {"1": True, "true": True, "0": False, "false": False, "": False}
    if text.lower() not in known:
        raise ValueError("must be 1, true, 0 or false")
    return known[text.lower()]


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of: {', '.join(words)}")
        return text

    return parse


def _text(text: str) -> str:
    return text


def _guid(text: str) -> str:
    guid = parse_guid(text)
    if guid is None:
        raise ValueError("must be a GUID")
    return guid


def _table_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,62}", text):
        raise ValueError("must be 3 to 63 letters and digits, beginning with a letter")
    return text


def _signing_keys(text: str) -> tuple[SigningKey, ...]:
    keys = tuple(_signing_key(part.strip()) for part in text.split(","))
    if len({key.version for key in keys}) != len(keys):
        raise ValueError("names a version twice")
    return keys


def _signing_key(part: str) -> SigningKey:
    version, _, encoded = part.partition(":")
    if not re.fullmatch(r"[a-z0-9]{1,16}", version):
        raise ValueError("must be a list of version:key, the version being 1 to 16 small letters and digits")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise ValueError(f"holds a key (version {version}) that is not base64") from None
    if len(secret) < _SMALLEST_KEY:
        raise ValueError(f"holds a key (version {version}) of fewer than {_SMALLEST_KEY} bytes")
    return SigningKey(version, secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decides. Durations are timedeltas; the environment holds them in the unit of their name."""

    dataverse_url: str = setting(
        "DATAVERSE_URL", _url, "The Dataverse environment: https:// and its host.", default=None
    )
    tables_endpoint: str | None = setting(
        "TABLES_ENDPOINT",
        _optional(_url),
        "Table endpoint of the storage account, reached by identity. Either this or TABLES_CONNECTION_STRING.",
    )
    tables_connection_string: str | None = setting(
        "TABLES_CONNECTION_STRING",
        _optional(_text),
        "Connection string of the storage account, for a desk. Secret.",
    )
    runs_table: str = setting("RUNS_TABLE", _table_name, "Name of the table that holds the runs.", "deskhand")
    signing_keys: tuple[SigningKey, ...] = setting(
        "SIGNING_KEYS",
        _signing_keys,
        "version:base64 pairs, comma-separated, each key 32 bytes or more. The first signs, all verify. Secret. "
        "Keep a replaced key for at least IDEMPOTENCY_DAYS.",
        default=None,
    )
    public_base_url: str | None = setting(
        "PUBLIC_BASE_URL",
        _optional(_url),
        "Scheme and host under which callers and Dataverse reach this app. "
        "Without one that Dataverse accepts (https, DNS name) no callback is asked for and polling does it all.",
    )
    allow_loopback_callbacks: bool = setting(
        "ALLOW_LOOPBACK_CALLBACKS",
        _flag,
        "Hand out http callback URLs on this machine. For the local stack; refused on Azure.",
        "0",
    )
    default_connection_reference: str | None = setting(
        "DEFAULT_CONNECTION_REFERENCE",
        _optional(_text),
        "Logical name of the connection reference for starts that name none.",
    )
    environment_id: str | None = setting(
        "POWER_PLATFORM_ENVIRONMENT_ID",
        _optional(_text),
        "Environment id, for links into the Power Automate portal. Without it links.portal is null.",
    )
    azure_client_id: str | None = setting(
        "AZURE_CLIENT_ID", _optional(_guid), "Client id of the user-assigned managed identity."
    )
    auth_mode: str = setting(
        "AUTH_MODE", _one_of("keys"), "How callers are told apart: keys (the host's function keys).", "keys"
    )
    input_check: str = setting(
        "INPUT_CHECK",
        _one_of("documented", "strict"),
        "documented: only the input types that Microsoft documents are checked; strict: objects and lists too.",
        "documented",
    )
    start_deadline: timedelta = setting(
        "START_DEADLINE_SECONDS",
        _duration("seconds", 5, 200),
        "Time within which a start is answered, Dataverse's time included.",
        "30",
    )
    start_unconfirmed_after: timedelta = setting(
        "START_UNCONFIRMED_AFTER_SECONDS",
        _duration("seconds", 5, 3600),
        "How long after its send window a start with a lost answer is looked for before it is Failed StartUnconfirmed. "
        "Below 150 (Dataverse's two-minute message limit and slack) an answer that is merely late can be missed.",
        "155",
    )
    late_start_watch: timedelta = setting(
        "LATE_START_WATCH_HOURS",
        _duration("hours", 0, 168),
        "How long a session that appears late is looked for after StartUnconfirmed.",
        "24",
    )
    sessions_created_by_us: bool = setting(
        "SESSIONS_CREATED_BY_US",
        _flag,
        "Look for lost starts among sessions created by our own application user only.",
        "1",
    )
    trust_outputs_column: bool = setting(
        "TRUST_OUTPUTS_COLUMN",
        _flag,
        "Believe the closing read when it shows no outputs file, and never ask for the outputs of such a run.",
        "1",
    )
    session_grace: timedelta = setting(
        "SESSION_GRACE_SECONDS",
        _duration("seconds", 0, 3600),
        "For so long after a start a missing session means 'not yet'.",
        "180",
    )
    queue_life: timedelta = setting(
        "QUEUE_LIFE_HOURS", _duration("hours", 1, 48), "How long Dataverse may keep a run in its queue.", "12"
    )
    cancel_deadline: timedelta = setting(
        "CANCEL_DEADLINE_SECONDS",
        _duration("seconds", 10, 86400),
        "Time within which a cancel settles; after it the run shows what Dataverse says, with CancelTimedOut.",
        "600",
    )
    idempotency: timedelta = setting(
        "IDEMPOTENCY_DAYS", _duration("days", 7, 90), "How long an Idempotency-Key is remembered.", "7"
    )
    catalogue_cache: timedelta = setting(
        "CATALOGUE_CACHE_SECONDS",
        _duration("seconds", 0, 3600),
        "How long flows, schemas and connection references are cached.",
        "60",
    )
    health_probe_every: timedelta = setting(
        "HEALTH_PROBE_SECONDS",
        _duration("seconds", 1, 86400),
        "A dependency whose last success is older than this is probed when health is asked.",
        "300",
    )
    callback_budget: int = setting(
        "CALLBACK_VERIFICATIONS_PER_10_SECONDS",
        _number(1, 10000),
        "How many callbacks one instance verifies with Dataverse in ten seconds; beyond it they are answered 503.",
        "150",
    )


def load(environ: Mapping[str, str]) -> Settings:
    """Raises SettingError, naming the setting, for the first one that cannot be used."""
    values = {each.name: _read(environ, dict(each.metadata)) for each in fields(Settings)}
    settings = Settings(**values)
    if (settings.tables_endpoint is None) == (settings.tables_connection_string is None):
        raise SettingError("Set exactly one of TABLES_ENDPOINT and TABLES_CONNECTION_STRING.")
    if settings.allow_loopback_callbacks and "WEBSITE_INSTANCE_ID" in environ:
        raise SettingError("ALLOW_LOOPBACK_CALLBACKS is for the local stack and must not be set on Azure.")
    if settings.public_base_url is not None and len(settings.public_base_url) > _LONGEST_BASE:
        raise SettingError(f"PUBLIC_BASE_URL must not be longer than {_LONGEST_BASE} characters.")
    return settings


def callback_base(settings: Settings) -> str | None:
    """The base for callback URLs: only one that Dataverse accepts (https, port 443, a DNS name), or loopback where allowed."""
    base = settings.public_base_url
    if (
        base is None
        or _accepted_by_dataverse(base)
        or (settings.allow_loopback_callbacks and _is_loopback(base))
    ):
        return base
    return None


def _accepted_by_dataverse(base: str) -> bool:
    parts = urlsplit(base)
    host = parts.hostname or ""
    return parts.scheme == "https" and parts.port in {None, 443} and "." in host and not _is_ip(host)


def _is_loopback(base: str) -> bool:
    return urlsplit(base).hostname in _LOOPBACK


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _read(environ: Mapping[str, str], about: dict[str, Any]) -> Any:
    text = environ.get(about["name"], "").strip() or about["default"]
    if text is None:
        raise SettingError(f"The setting {about['name']} is missing. {about['meaning']}")
    try:
        return about["parse"](text)
    except ValueError as problem:
        raise SettingError(f"The setting {about['name']} {problem}.") from None
