"""Every setting of Deskhand: its name, meaning, unit and default. Read from the environment once, when first needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

from shared import setting_values as parse
from shared.event_map import EventMap, event_map
from shared.setting_values import AuthMode, SigningKey

_LONGEST_BASE = 1800  # a callback URL must fit the 2,000 characters of flowsession.callbackurl


class SettingError(Exception):
    """A setting is missing or has a value that cannot be used. The sentence names it and never shows a secret."""


def setting[T](
    name: str, parser: Callable[[str], T], meaning: str, default: str | None = "", *, secret: bool = False
) -> T:
    """A field of Settings. `default` is text, as it would stand in the environment; None: it must be given."""
    about = {"name": name, "parse": parser, "meaning": meaning, "default": default}
    value: Any = field(metadata=about, repr=not secret)
    return value  # type: ignore[no-any-return]  # dataclasses.field is typed as what it stands for


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decides. Durations are timedeltas; the environment holds them in the unit of their name."""

    dataverse_url: str = setting(
        "DATAVERSE_URL", parse.url, "The Dataverse environment: https:// and its host.", default=None
    )
    tables_endpoint: str | None = setting(
        "TABLES_ENDPOINT",
        parse.optional(parse.url),
        "Table endpoint of the storage account, reached by identity. Either this or TABLES_CONNECTION_STRING.",
    )
    tables_connection_string: str | None = setting(
        "TABLES_CONNECTION_STRING",
        parse.optional(parse.text),
        "Connection string of the storage account, for a desk. Secret.",
        secret=True,
    )
    runs_table: str = setting(
        "RUNS_TABLE", parse.table_name, "Name of the table that holds the runs.", "deskhand"
    )
    signing_keys: tuple[SigningKey, ...] = setting(
        "SIGNING_KEYS",
        parse.signing_keys,
        "version:base64 pairs, comma-separated, each key 32 bytes or more. The first signs, all verify. Secret. "
        "Keep a replaced key for at least IDEMPOTENCY_DAYS.",
        default=None,
        secret=True,
    )
    public_base_url: str | None = setting(
        "PUBLIC_BASE_URL",
        parse.optional(parse.url),
        "Scheme and host under which callers and Dataverse reach this app. "
        "Without one that Dataverse accepts (https, DNS name) no callback is asked for and polling does it all.",
    )
    allow_loopback_callbacks: bool = setting(
        "ALLOW_LOOPBACK_CALLBACKS",
        parse.flag,
        "Hand out http callback URLs on this machine. For the local stack; refused on Azure.",
        "0",
    )
    webhook_hosts: frozenset[str] | None = setting(
        "WEBHOOK_HOSTS",
        parse.optional(parse.listed(parse.host_pattern)),
        "Hosts that webhooks may go to, separated by commas: names, or *.name for all below one. These may stand in a private network. "
        "Empty: every public address.",
    )
    webhook_allow_local: bool = setting(
        "WEBHOOK_ALLOW_LOCAL",
        parse.flag,
        "Let webhooks go to http://127.0.0.1:port as well. For the local stack; refused on Azure.",
        "0",
    )
    events: bool = setting(
        "EVENTS",
        parse.flag,
        "Write an event with what happens to a run, for subscriptions, webhooks and Event Grid. Without: a row less with each start and end.",
        "1",
    )
    event_grid_endpoint: str | None = setting(
        "EVENT_GRID_ENDPOINT",
        parse.optional(parse.topic),
        "Endpoint of an Event Grid custom topic (CloudEvents schema) that gets all events, by managed identity.",
    )
    event_map: EventMap = setting(
        "EVENT_MAP",
        event_map,
        "Which events start which flow: a JSON file of the app, by its path, or the JSON itself.",
    )
    event_origins: frozenset[str] | None = setting(
        "EVENT_ORIGINS",
        parse.optional(parse.listed(parse.origin)),
        "Senders of events that are told yes when they ask whether they may send, separated by commas. Empty: all are. "
        "It gives no right: each request needs its key or role.",
    )
    delivery_kept: timedelta = setting(
        "DELIVERY_DAYS",
        parse.duration("days", 1, 365),
        "How long it can be seen to whom an event was told, from the last try on, and which events of others could start nothing.",
        "30",
    )
    default_connection_reference: str | None = setting(
        "DEFAULT_CONNECTION_REFERENCE",
        parse.optional(parse.text),
        "Logical name of the connection reference for starts that name none.",
    )
    environment_id: str | None = setting(
        "POWER_PLATFORM_ENVIRONMENT_ID",
        parse.optional(parse.text),
        "Environment id, for links into the Power Automate portal. Without it links.portal is null.",
    )
    azure_client_id: str | None = setting(
        "AZURE_CLIENT_ID", parse.optional(parse.guid), "Client id of the user-assigned managed identity."
    )
    dataverse_client_id: str | None = setting(
        "DATAVERSE_CLIENT_ID",
        parse.optional(parse.guid),
        "Client id of an app registration that trusts the managed identity (federated credential), and that Dataverse is asked as in its place. "
        "With DATAVERSE_TENANT_ID.",
    )
    dataverse_tenant_id: str | None = setting(
        "DATAVERSE_TENANT_ID",
        parse.optional(parse.guid),
        "Tenant of that app registration.",
    )
    auth_mode: AuthMode = setting(
        "AUTH_MODE",
        parse.auth_mode,
        "How callers are told apart: keys (the host's function keys) or entra (Microsoft Entra ID through App Service authentication, and app roles).",
        "keys",
    )
    authentication_enabled: bool = setting(
        "WEBSITE_AUTH_ENABLED",
        parse.says_true,
        "Set by App Service while its authentication is on, never by hand. With AUTH_MODE=entra nothing is served to callers without it.",
    )
    allowed_flows: frozenset[str] | None = setting(
        "ALLOWED_FLOWS",
        parse.optional(parse.listed(parse.guid)),
        "Ids of the flows that may be started and are shown, comma-separated. Without it all are.",
    )
    allowed_connections: frozenset[str] | None = setting(
        "ALLOWED_CONNECTIONS",
        parse.optional(parse.listed(parse.text)),
        "Names and references of the connections that may be used, comma-separated, compared as a start gives them. Without it all may.",
    )
    input_check: str = setting(
        "INPUT_CHECK",
        parse.one_of("documented", "strict"),
        "documented: only the input types that Microsoft documents are checked; strict: objects and lists too.",
        "documented",
    )
    start_deadline: timedelta = setting(
        "START_DEADLINE_SECONDS",
        parse.duration("seconds", 5, 200),
        "Time within which a start is answered, Dataverse's time included.",
        "30",
    )
    start_unconfirmed_after: timedelta = setting(
        "START_UNCONFIRMED_AFTER_SECONDS",
        parse.duration("seconds", 5, 3600),
        "How long after its send window a start with a lost answer is looked for before it is Failed StartUnconfirmed. "
        "Below 150 (Dataverse's two-minute message limit and slack) an answer that is merely late can be missed.",
        "155",
    )
    late_start_watch: timedelta = setting(
        "LATE_START_WATCH_HOURS",
        parse.duration("hours", 0, 168),
        "How long a session that appears late is looked for after StartUnconfirmed.",
        "24",
    )
    sessions_created_by_us: bool = setting(
        "SESSIONS_CREATED_BY_US",
        parse.flag,
        "Look for lost starts among sessions created by our own application user only.",
        "1",
    )
    trust_outputs_column: bool = setting(
        "TRUST_OUTPUTS_COLUMN",
        parse.flag,
        "Believe the closing read when it shows no outputs file, and never ask for the outputs of such a run.",
        "1",
    )
    late_starts: str = setting(
        "LATE_STARTS",
        parse.one_of("report", "cancel"),
        "A session that appears after StartUnconfirmed: report it, or report and cancel it.",
        "report",
    )
    retry_throttled_runs: int = setting(
        "RETRY_THROTTLED_RUNS",
        parse.number(0, 10),
        "How often a run that ended with DesktopFlowsActionThrottled is followed by a new one (retryOf). The ended one does not change.",
        "0",
    )
    session_grace: timedelta = setting(
        "SESSION_GRACE_SECONDS",
        parse.duration("seconds", 0, 3600),
        "For so long after a start a missing session means 'not yet'.",
        "180",
    )
    queue_life: timedelta = setting(
        "QUEUE_LIFE_HOURS",
        parse.duration("hours", 1, 48),
        "How long Dataverse may keep a run in its queue.",
        "12",
    )
    cancel_deadline: timedelta = setting(
        "CANCEL_DEADLINE_SECONDS",
        parse.duration("seconds", 10, 86400),
        "Time within which a cancel settles; after it the run shows what Dataverse says, with CancelTimedOut.",
        "600",
    )
    idempotency: timedelta = setting(
        "IDEMPOTENCY_DAYS", parse.duration("days", 7, 90), "How long an Idempotency-Key is remembered.", "7"
    )
    retention: timedelta = setting(
        "RETENTION_DAYS",
        parse.duration("days", 0, 3650),
        "How long a run is kept after its start, once it has ended; 0: for ever. More than IDEMPOTENCY_DAYS.",
        "90",
    )
    starts: str = setting(
        "STARTS",
        parse.one_of("open", "paused"),
        "paused: no start is sent; polls, cancels and callbacks go on.",
        "open",
    )
    when_paused: str = setting(
        "WHEN_PAUSED",
        parse.one_of("queue", "refuse"),
        "What becomes of a start while starts are paused by STARTS or by an operator: it waits, or it is refused with 503.",
        "queue",
    )
    starts_a_minute: int = setting(
        "STARTS_PER_MINUTE",
        parse.number(1, 100),
        "How many starts a connection gets in any 60 seconds, all instances together. Dataverse allows 70; "
        "set it lower where cloud flows use the connection too.",
        "70",
    )
    queue_limit: int = setting(
        "QUEUE_LIMIT",
        parse.number(1, 100000),
        "How many runs may wait for one connection; a further start is refused with 429.",
        "1000",
    )
    dataverse_requests_a_day: int = setting(
        "DATAVERSE_REQUESTS_A_DAY",
        parse.number(0, 100_000_000),
        "What all instances may ask of Dataverse on a UTC day; 0: no limit. As it comes to its end, polls become rare (80 %), "
        "the catalogue answers from its cache only (90 %), callbacks are put off (95 %); starts and cancels go on.",
        "0",
    )
    poll_each_up_to: int = setting(
        "POLL_EACH_UP_TO",
        parse.number(0, 1000),
        "Up to so many open runs each pass of the poller reads every one, 500 with one request. Beyond, it asks what changed, and sweeps.",
        "500",
    )
    sweep_every: timedelta = setting(
        "SWEEP_MINUTES",
        parse.duration("minutes", 1, 1440),
        "How often a sweep looks at every open run, where they are more than that. Longer if it would take more than a quarter of "
        "DATAVERSE_REQUESTS_A_DAY.",
        "10",
    )
    worker_threads: int | None = setting(
        "PYTHON_THREADPOOL_THREAD_COUNT",
        parse.optional(parse.number(1, 1000)),
        "Threads of a worker: the host reads it too, and makes cores + 4 without it. Starts hold at most two fewer, "
        "half of these on one connection; what is over waits for its turn. 32 is what the local stack uses.",
    )
    catalogue_cache: timedelta = setting(
        "CATALOGUE_CACHE_SECONDS",
        parse.duration("seconds", 0, 3600),
        "How long flows, schemas and connection references are cached.",
        "60",
    )
    health_probe_every: timedelta = setting(
        "HEALTH_PROBE_SECONDS",
        parse.duration("seconds", 1, 86400),
        "A dependency that failed, or was not heard of for so long, is probed when health is asked; at most once in that time.",
        "300",
    )
    callback_budget: int = setting(
        "CALLBACK_VERIFICATIONS_PER_10_SECONDS",
        parse.number(1, 10000),
        "How many callbacks one instance verifies with Dataverse in ten seconds; beyond it they are answered 503.",
        "150",
    )

    def allows_flow(self, flow_id: str) -> bool:
        return self.allowed_flows is None or flow_id in self.allowed_flows

    def allows_connection(self, given: str) -> bool:
        """A reference stands for itself: that the connection behind it is allowed by name does not allow it."""
        return self.allowed_connections is None or given in self.allowed_connections


def load(environ: Mapping[str, str]) -> Settings:
    """Raises SettingError, naming the setting, for the first one that cannot be used."""
    values = {each.name: _read(environ, dict(each.metadata)) for each in fields(Settings)}
    settings = Settings(**values)
    if (settings.tables_endpoint is None) == (settings.tables_connection_string is None):
        raise SettingError("Set exactly one of TABLES_ENDPOINT and TABLES_CONNECTION_STRING.")
    if settings.allow_loopback_callbacks and "WEBSITE_INSTANCE_ID" in environ:
        raise SettingError("ALLOW_LOOPBACK_CALLBACKS is for the local stack and must not be set on Azure.")
    if settings.webhook_allow_local and "WEBSITE_INSTANCE_ID" in environ:
        raise SettingError("WEBHOOK_ALLOW_LOCAL is for the local stack and must not be set on Azure.")
    if (settings.dataverse_client_id is None) != (settings.dataverse_tenant_id is None):
        raise SettingError("Set both of DATAVERSE_CLIENT_ID and DATAVERSE_TENANT_ID, or neither.")
    if settings.public_base_url is not None and len(settings.public_base_url) > _LONGEST_BASE:
        raise SettingError(f"PUBLIC_BASE_URL must not be longer than {_LONGEST_BASE} characters.")
    if timedelta() < settings.retention <= settings.idempotency:
        raise SettingError(
            "RETENTION_DAYS must be more than IDEMPOTENCY_DAYS, or 0: a key stands for a run that can be read."
        )
    return settings


def _read(environ: Mapping[str, str], about: dict[str, Any]) -> Any:
    text = environ.get(about["name"], "").strip() or about["default"]
    if text is None:
        raise SettingError(f"The setting {about['name']} is missing. {about['meaning']}")
    try:
        return about["parse"](text)
    except ValueError as problem:
        raise SettingError(f"The setting {about['name']} {problem}.") from None
