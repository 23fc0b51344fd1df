"""The simulator's switches: each default is our best reading of Dataverse, each switch a doubt about it.

`docs/simulator.md` lists them with the doubt that each stands for.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=1)]
Duration = Annotated[float, Meta(ge=0, le=10 * 366 * 86_400)]
"""Seconds, at most about ten years."""

APPLICATION_USER_ID = "5b1c8f0a-3d5e-4f7b-9a64-2c7d9e8b1f30"
ENVIRONMENT_ID = "2b7e1f64-90c3-4d8a-b5f1-7a60c9e3d812"
OTHER_USER_ID = "c3a9e2d4-71b6-4c58-8e0f-6d42b5a7f918"


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """All settings in force at one moment. On the wire their names are camel case."""

    # Who asks, and what they may
    application_user: bool = True
    access_level: Literal["Owner", "User"] = "Owner"
    read_workflow: bool = True
    flows_shared: bool = True
    unbound_references: list[str] = []
    missing_privileges: list[str] = []
    privilege_depths: dict[str, Literal["Basic", "Local", "Deep", "Global"]] = {}
    environment_id: str | None = ENVIRONMENT_ID
    token_life_seconds: Annotated[int, Meta(ge=0)] = 3600

    # Starting a run
    accept_any_connection: bool = True
    connection_status: str = "Connected"
    connections_of_references: dict[str, str] = {}
    connection_rate_limit: Count | None = 70
    rate_limit_outcome: Literal["refuse", "fail-run"] = "refuse"
    check_inputs: bool = True
    inputs_too_large: Literal[400, 413] = 413
    invalid_run_code: str = "0x80040265"
    run_mode_case_sensitive: bool = False
    allow_loopback_callbacks: bool = False
    license_check: (
        Literal["ValidLicenseCoverage", "LicensingCheckFailed", "AttendedNoLicense", "UnattendedNoAddon"]
        | None
    ) = "ValidLicenseCoverage"

    # The row
    created_by_caller: bool = True
    callbackurl_stored: bool = True
    callbackurl_filterable: bool = True
    client_request_id_stored: bool = False
    inputs_stored: bool = True
    modifiedon_moves: bool = True
    optional_columns: bool = True
    whole_seconds: bool = True
    startedon_is: Literal["execution", "request"] = "execution"
    completedon_on_inferred_ends: bool = True
    unreadable_seconds: Duration = 0
    hidden_from_lists_seconds: Duration = 0

    # Queue, machines, time
    queued_statuscode: Annotated[int, Meta(ge=0, le=14)] = 3
    queue_life_seconds: Duration = 12 * 3600
    queue_expiry_statuscode: Literal[8, 10] = 8
    queue_limit: Count | None = None
    machines_per_connection: Count | None = None
    timeout_from: Literal["creation", "start"] = "creation"

    # Cancelling
    cancel_delay_seconds: Duration = 0
    cancel_after_end: Literal["noop", "400", "412"] = "noop"

    # Callbacks
    callback_on_success: bool = True
    callback_on_cancel: bool = True
    callback_on_failure: bool = True
    callback_on_timeout: bool = True
    callback_delay_seconds: Duration = 0
    callback_ahead_seconds: Duration = 0
    callback_retries: Annotated[int, Meta(ge=0, le=10)] = 3
    callback_retry_seconds: Duration = 1
    callback_retry_unanswered: bool = True
    callback_attempt_seconds: Annotated[float, Meta(gt=0, le=3600)] = 30
    callback_redirects: bool = False
    callback_reach: Literal["loopback", "anywhere"] = "loopback"

    # Reading
    memo_missing: Literal["204", "200-empty", "404", "empty-schema"] = "204"
    file_missing: Literal["404", "204"] = "404"
    optimistic_concurrency: bool = True
    wildcards_in_eq: bool = False
    guid_order: Literal["text", "sqlserver"] = "text"
    largest_page: Annotated[int, Meta(ge=1, le=5000)] = 5000
    latency_milliseconds: Annotated[float, Meta(ge=0, le=3_600_000)] = 0


class Switchboard:
    """Holds the settings in force; whoever depends on one asks each time."""

    def __init__(self) -> None:
        self.current = Settings()

    def change(self, changes: dict[str, Any]) -> None:
        """All of the changes or none. Raises msgspec.ValidationError, which names the setting."""
        in_force: dict[str, Any] = msgspec.to_builtins(self.current)
        self.current = msgspec.convert(in_force | changes, Settings)
