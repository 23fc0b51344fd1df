"""What this thread works for: stands in each line that is written meanwhile, and goes on to Dataverse.

One invocation of a function, or the part of one that is about a single run. Pools of threads hand it on (`shared.wiring.thread_pool`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import replace

import msgspec


class Work(msgspec.Struct, frozen=True, kw_only=True):
    function: str = ""
    invocation_id: str | None = None
    """The host's."""
    request_id: str | None = None
    """Ours: the caller is told it as x-ms-request-id."""
    traceparent: str | None = None
    """The caller's, by W3C Trace Context."""
    run_id: str | None = None


current: ContextVar[Work] = ContextVar("current", default=Work())  # noqa: B039 - it is frozen


def trace_headers() -> dict[str, str]:
    """For a request to others. Handed on as it is: no span of our own is recorded."""
    traceparent = current.get().traceparent
    return {} if traceparent is None else {"traceparent": traceparent}


def trace_id(traceparent: str | None) -> str | None:
    return None if traceparent is None else traceparent.split("-")[1]


@contextmanager
def working(work: Work) -> Iterator[None]:
    held = current.set(work)
    try:
        yield
    finally:
        current.reset(held)


@contextmanager
def about(run_id: str, traceparent: str | None) -> Iterator[None]:
    """For what is done in a run's name, perhaps long after the call that started it."""
    with working(replace(current.get(), run_id=run_id, traceparent=traceparent)):
        yield
