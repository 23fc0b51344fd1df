"""Who may call what: the app's roles, and the one table of routes and roles. No I/O, no client library: indexing reads it."""

import os
from enum import StrEnum

import azure.functions as func

from shared.setting_values import AuthMode


class Role(StrEnum):
    """App roles of the app registration, assignable to users and to applications. infra/app-roles.json holds the same."""

    FLOWS_READ = "Flows.Read"
    """See what can be run, and with what."""
    RUNS_START = "Runs.Start"
    RUNS_READ = "Runs.Read"
    """Follow one's own runs."""
    RUNS_CANCEL = "Runs.Cancel"
    """Cancel the runs that one may see."""
    RUNS_READ_ALL = "Runs.ReadAll"
    """See everybody's runs."""
    STARTS_PAUSE = "Starts.Pause"
    """Hold starts back, and let them go on."""
    SUBSCRIPTIONS_MANAGE = "Subscriptions.Manage"
    """Have others told of the runs that one may see."""
    EVENTS_MANAGE = "Events.Manage"
    """See the events that were refused, and remove them."""


type Rule = tuple[Role, ...] | None
"""Any one of these roles opens the route. None: neither a key nor a role is asked for."""

_OPEN: Rule = None
_FLOWS: Rule = (Role.FLOWS_READ,)
_TOLD: Rule = (Role.SUBSCRIPTIONS_MANAGE,)
_OPERATOR: Rule = (Role.STARTS_PAUSE, Role.EVENTS_MANAGE)
_RUNS: Rule = (Role.RUNS_READ, Role.RUNS_READ_ALL)

ACCESS: dict[str, Rule] = {
    "list_flows": _FLOWS,
    "get_flow": _FLOWS,
    "get_flow_inputs": _FLOWS,
    "get_flow_outputs": _FLOWS,
    "list_connection_references": _FLOWS,
    "list_flow_choices": _FLOWS,
    "list_connection_choices": _FLOWS,
    "get_start_schema": _FLOWS,
    "get_result_schema": _FLOWS,
    "get_outputs_schema": _FLOWS,
    "trigger_run": (Role.RUNS_START,),
    "start_runs": (Role.RUNS_START,),
    "start_run": (Role.RUNS_START,),
    "resubmit_run": (Role.RUNS_START,),
    "list_runs": _RUNS,
    "get_run": _RUNS,
    "get_run_result": _RUNS,
    "get_run_outputs": _RUNS,
    "get_flow_run_outputs": _RUNS,
    "cancel_run": (Role.RUNS_CANCEL,),
    "cancel_runs": (Role.RUNS_CANCEL,),
    "list_pauses": (Role.STARTS_PAUSE,),
    "pause_starts": (Role.STARTS_PAUSE,),
    "resume_starts": (Role.STARTS_PAUSE,),
    "subscribe": _TOLD,
    "list_subscriptions": _TOLD,
    "get_subscription": _TOLD,
    "unsubscribe": _TOLD,
    "rotate_secret": _TOLD,
    "enable_subscription": _TOLD,
    "ping_subscription": _TOLD,
    "list_deliveries": _TOLD,
    "redeliver": _TOLD,
    "list_run_deliveries": _RUNS,
    "redeliver_run_events": _TOLD,
    "get_webhook_secrets": _TOLD,
    "receive_events": (Role.RUNS_START,),
    "list_dead_events": (Role.EVENTS_MANAGE,),
    "remove_dead_event": (Role.EVENTS_MANAGE,),
    "get_preflight": _OPERATOR,
    "get_api_description": tuple(Role),
    "get_signed_result": _OPEN,  # the signature is the right to read it
    "unsubscribe_signed": _OPEN,  # the signature is the right to end this one
    "callback_handler": _OPEN,  # Dataverse has no key; the signature is its right to call
    "greet_sender": _OPEN,  # senders ask before they have shown any right; it starts nothing
    "health": _OPEN,  # monitors have no key; it shows no secret
}
"""By function name. A function without a row cannot be indexed."""


def host_level(rule: Rule) -> func.AuthLevel:
    """What the host asks for before it calls us. A mode that is not understood keeps the keys; each call then says so."""
    by_roles = os.environ.get("AUTH_MODE", "").strip() == AuthMode.ENTRA
    return func.AuthLevel.ANONYMOUS if rule is None or by_roles else func.AuthLevel.FUNCTION
