"""/events: events of others that start flows, the handshakes by which their senders are let in, and what could start nothing."""

import azure.functions as func

from shared.http.endpoint import endpoint
from shared.http.use_case import Greeting, UseCase

bp = func.Blueprint()


def _greeting() -> Greeting:
    from events_in.handshake import validated

    return validated


@endpoint(bp, "POST", "events", _greeting)
def receive_events() -> UseCase:
    from events_in import receiving

    return receiving.receive_events


@endpoint(bp, "OPTIONS", "events")
def greet_sender() -> UseCase:
    from events_in import handshake

    return handshake.greet_sender


@endpoint(bp, "GET", "events/dead")
def list_dead_events() -> UseCase:
    from events_in import dead

    return dead.list_dead_events


@endpoint(bp, "DELETE", "events/dead/{deadEventId}")
def remove_dead_event() -> UseCase:
    from events_in import dead

    return dead.remove_dead_event
