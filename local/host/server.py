"""The HTTP front: finds the function, asks for the key, invokes, answers.

Answers that the host makes itself have an empty body.
"""

import json
import logging
from dataclasses import dataclass
from http import HTTPMethod, HTTPStatus

from aiohttp import web

from local.host import engine, http
from local.host.authentication import TOKENS_PATH, Authentication
from local.host.engine import Function, InvocationError, TraceContext
from local.host.keys import AuthLevel, Keys
from local.host.messages import TypedData
from local.host.routes import RouteTable
from local.host.timers import Timers

_ADMIN = "/admin/"
_ADMIN_FUNCTION = "/admin/functions/"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    function: Function
    level: AuthLevel


@dataclass(frozen=True, slots=True)
class Front:
    routes: RouteTable[Endpoint]
    timers: Timers
    keys: Keys
    body_limit: int
    """Bytes."""
    timeout: float | None
    """Seconds that an invocation may take."""
    authentication: Authentication | None
    """None where it is off, as it is unless the platform's setting says otherwise."""

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if path.startswith(_ADMIN):
            return _empty(self._administer(request, path))
        if path == TOKENS_PATH and self.authentication is not None:
            return await _token(request, self.authentication)
        found = self.routes.find(request.method, path)
        if found is None:
            return _empty(HTTPStatus.NOT_FOUND)
        endpoint, route = found
        headers, query = self._headers(request), http.query_of(request)
        if not self.keys.allow(endpoint.level, _presented_key(headers, query)):
            return _empty(HTTPStatus.UNAUTHORIZED)
        try:
            body = await http.read_body(request, self.body_limit)
        except http.BodyTooLargeError:
            return _empty(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        data = http.incoming(request, headers, query, route, body)
        return await self._invoke(endpoint.function, data, http.trace_of(headers))

    def _headers(self, request: web.BaseRequest) -> dict[str, str]:
        headers = http.headers_of(request)
        return headers if self.authentication is None else self.authentication.passed_on(headers)

    async def _invoke(self, function: Function, data: TypedData, trace: TraceContext) -> web.StreamResponse:
        try:
            return http.outgoing(await engine.invoke(function, data, self.timeout, trace))
        except (InvocationError, ValueError) as failure:
            log.error("%s failed: %s", function.name, failure)
            return _empty(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _administer(self, request: web.BaseRequest, path: str) -> HTTPStatus:
        key = _presented_key(http.headers_of(request), http.query_of(request))
        if not self.keys.allow(AuthLevel.ADMIN, key):
            return HTTPStatus.UNAUTHORIZED
        name = path.removeprefix(_ADMIN_FUNCTION)
        if request.method == HTTPMethod.POST and path != name and self.timers.run_now(name):
            return HTTPStatus.ACCEPTED
        return HTTPStatus.NOT_FOUND


def _presented_key(headers: dict[str, str], query: dict[str, str]) -> str:
    """The header wins where both are there."""
    return headers.get("x-functions-key") or query.get("code", "")


async def _token(request: web.BaseRequest, authentication: Authentication) -> web.Response:
    try:
        return web.json_response(authentication.issue(json.loads(await request.read())))
    except (ValueError, TypeError, AttributeError) as problem:
        return web.Response(status=HTTPStatus.BAD_REQUEST, text=str(problem))


def _empty(status: HTTPStatus) -> web.Response:
    return web.Response(status=status)
