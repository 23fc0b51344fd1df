"""Stand-ins for the messages that host and worker exchange.

The worker library builds its answers from whatever namespace of message classes its host hands in and reads requests by
attribute, so plain objects do as well as generated protobuf classes. This module is that namespace; the names are those
of the worker protocol (FunctionRpc.proto).
"""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any


class TypedData:
    """One value of one kind: http, json, bytes, string; none at all where nothing was given."""

    __slots__ = ("kind", "value")

    def __init__(self, **data: Any) -> None:
        self.kind: str | None = next(iter(data), None)
        self.value: Any = data.get(self.kind) if self.kind else None

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's name
        return self.kind

    def __getattr__(self, kind: str) -> Any:
        if kind == self.kind:
            return self.value
        raise AttributeError(kind)


class ParameterBinding:
    __slots__ = ("data", "name")

    def __init__(self, name: str, data: TypedData | None) -> None:
        self.name = name
        self.data = data

    def WhichOneof(self, _group: str) -> str:  # noqa: N802 - protobuf's name
        return "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcHttp:
    """A request on its way in (method, url, params, query) or an answer on its way out (status_code, cookies)."""

    headers: dict[str, str]
    body: TypedData
    method: str = ""
    url: str = ""
    params: dict[str, str] | None = None
    query: dict[str, str] | None = None
    status_code: str = ""
    cookies: list["RpcHttpCookie"] | None = None
    enable_content_negotiation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcHttpCookie:
    class SameSite:
        Lax, Strict, ExplicitNone = "Lax", "Strict", "None"

    name: str
    value: str
    domain: "NullableString | None"
    path: "NullableString | None"
    expires: "NullableTimestamp | None"
    secure: "NullableBool | None"
    http_only: "NullableBool | None"
    same_site: str | None
    max_age: "NullableDouble | None"


# "None" is no name that a class body could give.
setattr(RpcHttpCookie.SameSite, "None", None)


@dataclass(frozen=True, slots=True)
class NullableString:
    value: str


@dataclass(frozen=True, slots=True)
class NullableBool:
    value: bool


@dataclass(frozen=True, slots=True)
class NullableDouble:
    value: float


@dataclass(frozen=True, slots=True)
class Timestamp:
    seconds: int


@dataclass(frozen=True, slots=True)
class NullableTimestamp:
    value: Timestamp


@dataclass(frozen=True, slots=True)
class RpcException:
    message: str
    stack_trace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResult:
    Failure = 0
    Success = 1

    status: int
    exception: RpcException | None = None


class BindingInfo(SimpleNamespace):
    undefined = 0
    out = 1
    inout = 2


class FunctionLoadResponse(SimpleNamespace): ...


class FunctionMetadataResponse(SimpleNamespace): ...


class InvocationResponse(SimpleNamespace): ...


class RpcFunctionMetadata(SimpleNamespace): ...


class RpcRetryOptions(SimpleNamespace): ...


class WorkerInitResponse(SimpleNamespace): ...


class WorkerMetadata(SimpleNamespace): ...
