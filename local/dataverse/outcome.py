"""How a run ends: its code, its error, its outputs."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from local.dataverse.flows import FlowDefinition
from local.dataverse.session import NO_FAILURE, RunFailure, RunOrder, StoredFile
from local.dataverse.status import Statuscode


@dataclass(frozen=True, slots=True)
class Outcome:
    statuscode: Statuscode
    failure: RunFailure = NO_FAILURE
    outputs: StoredFile | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """What a callback tells of an end."""

    statuscode: Statuscode
    at: datetime


CANCELLED = Outcome(Statuscode.CANCELLED)
TIMED_OUT = Outcome(
    Statuscode.TIMED_OUT,
    RunFailure("DesktopFlowsActionTimeout", "The desktop flow didn't complete within the time allowed."),
)
THROTTLED = Outcome(
    Statuscode.FAILED,
    RunFailure("DesktopFlowsActionThrottled", "The connection was given too many runs within a minute."),
)


def queue_expired(statuscode: int) -> Outcome:
    failure = RunFailure("NoCandidateMachine", "No machine could take the run within the life of the queue.")
    return Outcome(Statuscode(statuscode), failure)


def as_defined(definition: FlowDefinition, order: RunOrder) -> Outcome:
    """The end that the flow's definition asks for. Only a run that succeeds leaves outputs."""
    error = definition.error
    failure = RunFailure(error.code, error.message) if error else NO_FAILURE
    succeeded = definition.ending is Statuscode.SUCCEEDED
    return Outcome(definition.ending, failure, _outputs(definition, order) if succeeded else None)


def _outputs(definition: FlowDefinition, order: RunOrder) -> StoredFile | None:
    repeated = msgspec.json.decode(order.inputs) if definition.echo and order.inputs else {}
    values = repeated | (definition.output_values or {})
    if not values and not definition.echo and definition.output_values is None:
        return None
    return StoredFile(msgspec.json.encode(values))
