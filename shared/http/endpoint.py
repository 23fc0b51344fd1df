"""The way from an HTTP route to its use case: registered when the app is indexed, loaded when it is first called."""

from collections.abc import Callable

import azure.functions as func

from shared.cold_start import once
from shared.http.access import ACCESS, host_level
from shared.http.use_case import Greeting, UseCase

type Load = Callable[[], UseCase]
type Handler = Callable[[func.HttpRequest, func.Context], func.HttpResponse]

LOADS: dict[str, Load] = {}
"""How the use case of each function is loaded, by the function's name: for those who look at the app as a whole."""


def endpoint(
    bp: func.Blueprint, method: str, route: str, greeting: Callable[[], Greeting] | None = None
) -> Callable[[Load], Handler]:
    """Serves what the decorated function loads, under that function's name and the row that ACCESS has for it.

    `greeting` loads what is answered to those whom the host has let in before roles are looked at.
    """

    def register(load: Load) -> Handler:
        name = load.__name__
        rule = ACCESS[name]
        LOADS[name] = load

        @once
        def served() -> Handler:
            from shared.http.serve import server  # noqa: PLC0415 - indexing the app loads no client library

            return server(name, load(), rule, None if greeting is None else greeting())

        def handle(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
            return served()(req, context)

        handle.__name__ = name
        bp.function_name(name)(bp.route(route, methods=[method], auth_level=host_level(rule))(handle))
        return handle

    return register
