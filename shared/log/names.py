"""The names of all lines. They are what queries and alerts ask for: a name stays what it is, its sentence may change."""

from enum import StrEnum


class Name(StrEnum):
    """docs/log.md has each with its meaning, and what to do about it."""

    # calls
    CALL = "call"
    """An HTTP call was answered: function, status, code where it is an error, milliseconds."""
    ITEM_REFUSED = "item.refused"
    """One of several that came in one call."""
    SETTING_INVALID = "setting.invalid"

    # a run's life
    RUN_CREATED = "run.created"
    RUN_STARTED = "run.started"
    RUN_ENDED = "run.ended"
    RUN_OVERDUE = "run.overdue"
    RUN_BEHIND = "run.behind"
    """What Dataverse shows could not be applied now."""
    RUN_MISSING = "run.missing"
    STATUSCODE_UNKNOWN = "statuscode.unknown"

    # starts
    START_SENT = "start.sent"
    """Outcome of each request that may have started a flow."""
    START_UNSURE = "start.unsure"
    START_FOUND = "start.found"
    START_LATE = "start.late"
    START_UNCONFIRMED = "start.unconfirmed"
    START_UNSETTLED = "start.unsettled"
    START_UNPROVEN = "start.unproven"
    START_UNRECORDED = "start.unrecorded"
    REFUSAL_UNRECORDED = "refusal.unrecorded"
    SESSION_CLAIMED = "session.claimed"
    INPUTS_UNCHECKED = "inputs.unchecked"
    INPUTS_UNREADABLE = "inputs.unreadable"
    KEY_EXPIRED = "key.expired"
    CONNECTIONS_UNKNOWN = "connections.unknown"
    FLOW_UNKNOWN = "flow.unknown"

    # the queue, and what holds starts back
    QUEUE_LATE = "queue.late"
    QUEUE_UNREAD = "queue.unread"
    QUEUE_GIVEN_UP = "queue.given_up"
    QUEUE_UNMARKED = "queue.unmarked"
    QUEUE_STANDS = "queue.stands"
    """How many wait, and for how long."""
    TURN_PUT_OFF = "turn.put_off"
    GATE_UNREAD = "gate.unread"
    PERMIT_UNTAKEN = "permit.untaken"
    PERMIT_UNREADABLE = "permit.unreadable"
    PAUSED = "paused"
    THROTTLED = "throttled"
    """A pause that Dataverse has asked for."""
    CROWDED = "crowded"
    PAUSE_UNTOLD = "pause.untold"
    ALLOWANCE_UNTOLD = "allowance.untold"
    RETRY_STARTED = "retry.started"
    RETRY_PUT_OFF = "retry.put_off"
    RETRY_IMPOSSIBLE = "retry.impossible"

    # cancels
    CANCEL_REFUSED = "cancel.refused"
    CANCEL_PUT_OFF = "cancel.put_off"

    # callbacks
    CALLBACKS = "callbacks"
    """How many, by what became of them."""
    CALLBACK_PUT_OFF = "callback.put_off"

    # Dataverse
    DATAVERSE_ASKED = "dataverse.asked"
    """How many requests, by purpose."""
    DATAVERSE_REFUSED = "dataverse.refused"
    SESSION_HIDDEN = "session.hidden"
    SESSION_UNREAD = "session.unread"
    SESSION_UNREADABLE = "session.unreadable"
    SESSION_ORPHANED = "session.orphaned"
    """OrphanSession."""
    SESSIONS_GONE = "sessions.gone"
    """MassDisappearance."""

    # the poller
    POLL_DONE = "poll.done"
    """Its heartbeat: a line for each pass, whatever is open."""
    POLL_GIVEN_UP = "poll.given_up"
    POLL_CUT_SHORT = "poll.cut_short"
    CHANGES_UNAPPLIED = "changes.unapplied"
    SWEEP_DONE = "sweep.done"
    OLD_REMOVED = "old.removed"
    OLD_KEPT = "old.kept"

    # rows
    ROW_UNREADABLE = "row.unreadable"

    # events told
    EVENTS_TOLD = "events.told"
    """How many tries, by what became of them."""
    EVENTS_UNPLACED = "events.unplaced"
    EVENT_PUT_OFF = "event.put_off"
    EVENT_DEAD = "event.dead"
    EVENT_TOLD_TWICE = "event.told_twice"
    EVENT_UNRECORDED = "event.unrecorded"
    DESTINATION_PUT_OFF = "destination.put_off"
    SUBSCRIPTION_MADE = "subscription.made"
    SUBSCRIPTION_ENDED = "subscription.ended"
    SUBSCRIPTION_DISABLED = "subscription.disabled"

    # events received
    EVENTS_RECEIVED = "events.received"
    """How many, by what became of them."""
    EVENT_UNWANTED = "event.unwanted"
    EVENT_REFUSED = "event.refused"
