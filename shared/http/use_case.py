"""What stands behind a route: a function of the app and of one call."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import azure.functions as func

if TYPE_CHECKING:
    from shared.http.call import Call
    from shared.wiring import Deskhand

type UseCase = Callable[[Deskhand, Call], func.HttpResponse]
type Greeting = Callable[[Call], func.HttpResponse | None]
"""Answers what anybody may ask, before it is looked at who calls; None for everything else. It has nothing but the request."""
