"""Requests and answers as the host passes them between the wire and a function.

What is peculiar here is the real host's: header names in lower case, repeated headers and query parameters joined with
commas, query parameters without a value left out, and a body read only where Content-Length announces one, so that a
chunked request arrives empty.
"""

import re
import secrets
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import CIMultiDict

from local.host.engine import TraceContext
from local.host.messages import RpcHttp, RpcHttpCookie, TypedData

_TRACE_PARENT = re.compile("00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})")


class BodyTooLargeError(Exception):
    """Content-Length announces more than this host takes."""


async def read_body(request: web.BaseRequest, limit: int) -> bytes:
    """The body, at most so many bytes. Raises BodyTooLargeError before anything of it is read."""
    length = request.content_length or 0
    if length == 0:
        return b""
    if length > limit:
        raise BodyTooLargeError
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return await request.content.read()


def query_of(request: web.BaseRequest) -> dict[str, str]:
    pairs = parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)
    return {name: value for name, value in _joined(pairs).items() if value}


def headers_of(request: web.BaseRequest) -> dict[str, str]:
    return _joined((name.lower(), value) for name, value in request.headers.items())


def incoming(
    request: web.BaseRequest,
    headers: dict[str, str],
    query: dict[str, str],
    route: dict[str, str],
    body: bytes,
) -> TypedData:
    return TypedData(
        http=RpcHttp(
            method=request.method,
            url=f"{request.scheme}://{request.host}{request.path_qs}",
            headers=headers,
            params=route,
            query=query,
            body=TypedData(bytes=body) if body else TypedData(),
        )
    )


def trace_of(headers: dict[str, str]) -> TraceContext:
    """The caller's trace continued by a span of ours, or a new one."""
    found = _TRACE_PARENT.fullmatch(headers.get("traceparent", ""))
    trace, flags = found.groups() if found else (secrets.token_hex(16), "00")
    return TraceContext(f"00-{trace}-{secrets.token_hex(8)}-{flags}", headers.get("tracestate", ""))


def outgoing(returned: TypedData | None) -> web.Response:
    """Header names are unique, the last value wins; only cookies may repeat."""
    if returned is None:
        return web.Response(status=HTTPStatus.NO_CONTENT)
    if returned.kind != "http":
        return web.Response(text=str(returned.value))
    http: RpcHttp = returned.value
    headers: CIMultiDict[str] = CIMultiDict()
    for name, value in http.headers.items():
        headers[name] = value
    response = web.Response(status=int(http.status_code), headers=headers, body=http.body.value)
    for cookie in http.cookies or ():
        _set_cookie(response, cookie)
    return response


def _set_cookie(response: web.Response, cookie: RpcHttpCookie) -> None:
    response.set_cookie(
        cookie.name,
        cookie.value,
        domain=cookie.domain.value if cookie.domain and cookie.domain.value else None,
        path=cookie.path.value if cookie.path and cookie.path.value else "/",
        max_age=int(cookie.max_age.value) if cookie.max_age else None,
        secure=bool(cookie.secure and cookie.secure.value) or None,
        httponly=bool(cookie.http_only and cookie.http_only.value) or None,
        samesite=cookie.same_site,
    )


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined
