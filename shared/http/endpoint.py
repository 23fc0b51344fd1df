"""The way from an HTTP route to its use case: registered when the app is indexed, loaded when it is first called."""

from collections.abc import Callable

import azure.functions as func

from shared.cold_start import once
from shared.http.access import ACCESS, Rule, host_level
from shared.http.use_case import UseCase

type Load = Callable[[], UseCase]
type Serve = Callable[[func.HttpRequest, UseCase, Rule], func.HttpResponse]
type Handler = Callable[[func.HttpRequest], func.HttpResponse]


def endpoint(bp: func.Blueprint, method: str, route: str) -> Callable[[Load], Handler]:
    """Serves what the decorated function loads, under that function's name and the row that ACCESS has for it."""

    def register(load: Load) -> Handler:
        name = load.__name__
        rule = ACCESS[name]

        @once
        def served() -> tuple[Serve, UseCase]:
            from shared.http.serve import serve  # noqa: PLC0415 - indexing the app loads no client library

            return serve, load()

        def handle(req: func.HttpRequest) -> func.HttpResponse:
            serve, use_case = served()
            return serve(req, use_case, rule)

        handle.__name__ = name
        bp.function_name(name)(bp.route(route, methods=[method], auth_level=host_level(rule))(handle))
        return handle

    return register
