"""The names under which requests are counted and faults are set."""

from enum import StrEnum


class Operation(StrEnum):
    RUN_DESKTOP_FLOW = "RunDesktopFlow"
    CANCEL_DESKTOP_FLOW_RUN = "CancelDesktopFlowRun"
    RETRIEVE_SESSION = "RetrieveSession"
    LIST_SESSIONS = "ListSessions"
    DELETE_SESSION = "DeleteSession"
    RETRIEVE_INPUTS = "RetrieveInputs"
    RETRIEVE_OUTPUTS = "RetrieveOutputs"
    LIST_FLOWS = "ListFlows"
    RETRIEVE_FLOW = "RetrieveFlow"
    RETRIEVE_SCHEMA = "RetrieveSchema"
    LIST_CONNECTION_REFERENCES = "ListConnectionReferences"
    WHO_AM_I = "WhoAmI"
    BATCH = "Batch"
    TOKEN = "Token"  # noqa: S105  # the name of an operation
    CALLBACK = "Callback"
    OTHER = "Other"
    """A request for something that is not there."""
