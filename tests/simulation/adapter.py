"""The transport that an instance's HTTP client is given: requests become calls of the one Dataverse, answers become responses."""

import io
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, override
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from local.dataverse.webapi.batch import BATCH_PATH
from local.dataverse.webapi.exchange import BASE_PATH, Answer, Call
from tests.simulation.dataverse import ORIGIN, Environment, Sent
from tests.simulation.receivers import TOPIC, Receivers, published
from tests.simulation.scheduler import Process
from tests.simulation.weather import DATAVERSE_READ, DATAVERSE_WRITE, Fault
from tests.simulation.wire import LostError, TimedOutError


class Adapter(HTTPAdapter):
    """What `requests` sends with. The request is on its way as soon as it comes here: nothing waits before."""

    def __init__(
        self, environment: Environment, process: Process, clock: Callable[[], datetime], receivers: Receivers
    ) -> None:
        super().__init__(max_retries=0)
        self._receivers = receivers
        self._environment = environment
        self._process = process
        self._clock = clock

    @override
    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        environment = self._environment
        _, patience = options["timeout"]
        if urlsplit(request.url or "").netloc == TOPIC:
            status = published(self._receivers, self._process, request, patience)
            return _response(request, Answer(status, {}, b""))
        call = _call(request)
        is_write = call.method == "POST" and call.path != BATCH_PATH
        asked = f"{call.method} {call.path}{_shortened(call.query)}"
        fault = environment.weather.strike(DATAVERSE_WRITE if is_write else DATAVERSE_READ, asked)
        admitted = fault is not Fault.TOKEN_REFUSED
        sent = Sent(environment.scheduler.now, environment.scheduler.running, self._clock(), admitted)
        shown = f" [{fault}]" if fault else ""
        environment.scheduler.note(f"dataverse {asked}{shown}")
        if fault is Fault.UNREACHABLE:
            raise _not_connected(request)
        if call.path.endswith("RunDesktopFlow"):
            environment.sent.append(sent)

        def work() -> Answer:
            told = environment.answer_in_stead(fault)
            return told or environment.answer_afterwards(fault, environment.work(call, sent))

        try:
            answer = environment.wire.ask(self._process, environment.wire.fate(fault), work, patience)
        except TimedOutError:
            raise requests.ReadTimeout("Read timed out.") from None
        except LostError:
            raise requests.ConnectionError(ProtocolError("Connection aborted.")) from None
        environment.scheduler.note(f"dataverse answered {answer.status}")
        return _response(request, answer)


class _Body(io.BytesIO):
    """As urllib3 gives it: bytes, as they are read."""

    def read1(self, size: int | None = -1, /, *, decode_content: bool = False) -> bytes:  # urllib3's own name
        return super().read1(-1 if size is None else size)

    def release_conn(self) -> None:
        """There is no connection."""


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response.raw = _Body(answer.body)
    response.url = request.url or ""
    response.request = request
    return response


def _call(request: requests.PreparedRequest) -> Call:
    parts = urlsplit(request.url or "")
    body = request.body or b""
    headers: Mapping[str, str] = request.headers
    return Call(
        method=request.method or "",
        path=unquote(str(parts.path)).removeprefix(BASE_PATH),
        query=dict(parse_qsl(str(parts.query), keep_blank_values=True)),
        headers=headers,
        body=body if isinstance(body, bytes) else body.encode(),
        origin=ORIGIN,
    )


def _not_connected(request: requests.PreparedRequest) -> requests.ConnectionError:
    refused = NewConnectionError(None, "Connection refused.")  # type: ignore[arg-type]  # there is no connection to name
    return requests.ConnectionError(MaxRetryError(None, request.url, refused))  # type: ignore[arg-type]  # nor a pool


def _shortened(query: Mapping[str, str]) -> str:
    return f" {query['$filter'][:90]}" if "$filter" in query else ""
