"""Several of the same in one request: each is done, or refused, by itself."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from shared.clock import Deadline
from shared.http.answers import error_view
from shared.http.problems import Code, ProblemError
from shared.http.run_view import RunView
from shared.http.serve import EXPECTED, told
from shared.http.views import ErrorView, View
from shared.log.line import Line
from shared.log.names import Name
from shared.wiring import Deskhand

log = logging.getLogger("deskhand.http")

MOST_AT_ONCE = 100
_SIDE_BY_SIDE = 8
_BEGIN_WITHIN_SECONDS = 60.0
"""The platform closes a request after 230 s, and a start may take 30: what has not begun by then is left to another request."""


class ItemAnswer(View, frozen=True, kw_only=True):
    """What became of one of several."""

    status: Annotated[int, Meta(description="As the answer would have had it, had this one come alone.")]
    replayed: Annotated[
        bool, Meta(description="Whether an earlier request with its key started the run.")
    ] = False
    run: RunView | UnsetType = UNSET
    error: ErrorView | UnsetType = UNSET


class ItemAnswers(View, frozen=True, kw_only=True):
    """In the order in which they were asked for."""

    value: list[ItemAnswer]


def each[T](app: Deskhand, asked: Sequence[T], do: Callable[[T], ItemAnswer]) -> ItemAnswers:
    """Side by side; an error of one is told in its place."""
    deadline = app.clock.deadline(_BEGIN_WITHIN_SECONDS)
    with app.new_pool(_SIDE_BY_SIDE, "several") as pool:
        return ItemAnswers(value=list(pool.map(partial(_done, do, deadline), asked)))


def _done[T](do: Callable[[T], ItemAnswer], deadline: Deadline, asked: T) -> ItemAnswer:
    try:
        if deadline.remaining <= 0:
            raise ProblemError(
                Code.NOT_TRIED, "There was no time left for this one, and nothing was done. Send it again."
            )
        return do(asked)
    except EXPECTED as error:
        problem = told(error)
        log.info(Line(Name.ITEM_REFUSED, str(problem), code=problem.code))
        return ItemAnswer(status=problem.code.status, error=error_view(problem))
