"""Table Storage by Microsoft's client. No SDK object and no SDK error leaves this module."""

import re
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import msgspec
import requests
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.transport import HttpTransport, RequestsTransport
from azure.core.rest import HttpRequest
from azure.data.tables import TableClient

from shared.identity import make_credential
from shared.settings import Settings
from shared.storage.clock import StorageClock
from shared.storage.entities import decoded
from shared.storage.table import (
    Operation,
    Refusal,
    Row,
    StorageError,
    StorageUnavailableError,
    TransactionRefusedError,
    WriteUnsureError,
)
from shared.storage.transactions import Body, Part, body, entity_path, parts
from shared.tls import TrustingAdapter

_CONNECTIONS = 64
# A storage that hangs is known by time alone. No answer is waited for longer than this, and a read asks once more (its
# connection may only have gone stale): so starts and callbacks still say 503 in time.
_CONNECT_SECONDS, _ANSWER_SECONDS = 3, 5
_READ_RETRIES: dict[str, Any] = {"retry_total": 3, "retry_read": 1, "retry_backoff_factor": 0.1}
_HEADERS = {"Accept": "application/json;odata=minimalmetadata", "DataServiceVersion": "3.0"}
_CODE = re.compile(r'"code"\s*:\s*"(\w+)"')
_INDEX = re.compile(r'"value"\s*:\s*"(\d+):')


class _TableMissingError(StorageUnavailableError):
    """The table does not exist yet."""


class AzureTable:
    """Rows by partition. SDK retries serve reads only: a repeated write could hide that the first one was done.

    Requests go through the SDK's own pipeline: its authentication, its hooks, its transport. Bodies are written and read
    here: its models take half a millisecond of a core for each row of a transaction, and a tenth for each row that is read.
    """

    def __init__(self, client: TableClient) -> None:
        self._client = client
        self._base = client.url
        self._table = f"{client.url}/{client.table_name}"

    def get(self, partition: str, key: str) -> Row | None:
        try:
            answer = self._send("GET", f"{self._table}{entity_path(partition, key)}", **_READ_RETRIES)
            if answer.status_code == HTTPStatus.NOT_FOUND:
                return None
            return decoded(_document(answer))
        except AzureError as problem:
            raise StorageUnavailableError(_told(problem)) from problem

    def commit(self, partition: str, operations: Sequence[Operation]) -> tuple[str, ...]:
        try:
            return self._submit(partition, operations)
        except _TableMissingError:
            self._create_table()
            return self._submit(partition, operations)

    def range(self, partition: str, low: str, high: str, *, page_size: int = 1000) -> Iterator[Row]:
        condition = (
            f"PartitionKey eq {_text(partition)} and RowKey gt {_text(low)} and RowKey lt {_text(high)}"
        )
        asked: dict[str, str] | None = {"$filter": condition, "$top": str(page_size)}
        try:
            while asked is not None:
                answer = self._send("GET", f"{self._table}()?{urlencode(asked)}", **_READ_RETRIES)
                if answer.status_code == HTTPStatus.NOT_FOUND:
                    return
                yield from map(decoded, _document(answer)["value"])
                asked = _continued(asked, answer)
        except AzureError as problem:
            raise StorageUnavailableError(_told(problem)) from problem

    def _create_table(self) -> None:
        try:
            self._client.create_table()
        except HttpResponseError as problem:
            if problem.status_code != HTTPStatus.CONFLICT:  # else somebody else made it
                raise StorageUnavailableError(_told(problem)) from problem
        except AzureError as problem:
            raise StorageUnavailableError(_told(problem)) from problem

    def _submit(self, partition: str, operations: Sequence[Operation]) -> tuple[str, ...]:
        sent = body(self._table, partition, operations)
        try:
            answer = self._send("POST", f"{self._base}/$batch", sent)
            content = answer.read()
        except ServiceRequestError as problem:  # the request was never sent
            raise StorageUnavailableError(_told(problem)) from problem
        except AzureError as problem:
            raise WriteUnsureError(_told(problem)) from problem
        if answer.status_code != HTTPStatus.ACCEPTED:
            raise _failure(answer.status_code, content.decode(errors="replace"))
        done = parts(content)
        for part in done:
            if part.status >= HTTPStatus.MULTIPLE_CHOICES:
                raise _refusal(part)
        if len(done) != len(operations):
            raise WriteUnsureError(
                "Table Storage: the answer to a transaction does not tell of each of its rows"
            )
        return tuple(part.etag for part in done)

    def _send(self, method: str, url: str, sent: Body | None = None, **options: Any) -> Any:
        headers = {**_HEADERS, "x-ms-version": self._client.api_version}
        if sent is None:
            request = HttpRequest(method, url, headers=headers)
        else:
            headers["Content-Type"] = sent.content_type
            request = HttpRequest(method, url, headers=headers, content=sent.content)
        # Nothing public takes a body as it is. Streamed, for the pipeline would read the answer as JSON or XML.
        return self._client._client.send_request(request, stream=sent is not None, **options)  # noqa: SLF001


class _Timekeeper:
    """Tells the storage clock when each request was begun, and what time its answer bore."""

    def __init__(self, clock: StorageClock) -> None:
        self._clock = clock

    def begun(self, request: PipelineRequest[Any]) -> None:
        request.context["begun"] = self._clock.monotonic()

    def answered(self, response: PipelineResponse[Any, Any]) -> None:
        answer = response.http_response
        if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            self._clock.pulse.success(self._clock.now())
        if date := answer.headers.get("Date"):
            self._clock.told(parsedate_to_datetime(date), response.context["begun"])


def open_table(
    settings: Settings, clock: StorageClock, transport: HttpTransport[Any, Any] | None = None
) -> AzureTable:
    """No I/O: the table is made when the first write finds it missing."""
    timekeeper = _Timekeeper(clock)
    options: dict[str, Any] = {
        "transport": transport or _pooled_transport(),
        "retry_total": 0,
        "raw_request_hook": timekeeper.begun,
        "raw_response_hook": timekeeper.answered,
    }
    if settings.tables_connection_string is not None:
        return AzureTable(
            TableClient.from_connection_string(
                settings.tables_connection_string, settings.runs_table, **options
            )
        )
    assert settings.tables_endpoint is not None
    credential = make_credential(settings.azure_client_id)
    return AzureTable(
        TableClient(settings.tables_endpoint, settings.runs_table, credential=credential, **options)
    )


def _pooled_transport() -> HttpTransport[Any, Any]:
    """Connections for as many threads as a worker has: the default pool of ten drops what is over."""
    session = requests.Session()
    session.mount("https://", TrustingAdapter(_CONNECTIONS))
    session.mount("http://", TrustingAdapter(_CONNECTIONS))
    # Here and nowhere else: a client that is given its transport does not hand its own time-outs on, and 300 s would hold.
    transport: HttpTransport[Any, Any] = RequestsTransport(
        session=session,
        session_owner=False,
        connection_timeout=_CONNECT_SECONDS,
        read_timeout=_ANSWER_SECONDS,
    )
    return transport


def _document(answer: Any) -> dict[str, Any]:
    """A row, or a page of them. Raises AzureError, StorageUnavailableError."""
    content = answer.read()
    if answer.status_code != HTTPStatus.OK:
        raise StorageUnavailableError(_answered(answer.status_code, content.decode(errors="replace")))
    try:
        document: dict[str, Any] = msgspec.json.decode(content)
    except msgspec.DecodeError as problem:
        raise StorageUnavailableError("Table Storage: the answer cannot be read") from problem
    return document


def _continued(asked: dict[str, str], answer: Any) -> dict[str, str] | None:
    """The question for the next page. Only its own headers tell whether there is one."""
    told = {
        name: answer.headers[f"x-ms-continuation-{name}"]
        for name in ("NextPartitionKey", "NextRowKey")
        if f"x-ms-continuation-{name}" in answer.headers
    }
    return asked | told if told else None


def _text(value: str) -> str:
    """A literal of a filter."""
    return "'" + value.replace("'", "''") + "'"


def _refusal(part: Part) -> StorageError:
    """Why a transaction was not done. The number of the operation that did not hold stands before its message."""
    failure = _failure(part.status, part.text)
    if isinstance(failure, _TableMissingError):
        return failure
    kinds: dict[int, Refusal] = {
        HTTPStatus.CONFLICT: Refusal.EXISTS,
        HTTPStatus.PRECONDITION_FAILED: Refusal.CHANGED,
        HTTPStatus.NOT_FOUND: Refusal.MISSING,
    }
    if (kind := kinds.get(part.status)) is not None:
        index = _INDEX.search(part.text)
        return TransactionRefusedError(kind, int(index[1]) if index else None)
    return failure


def _failure(status: int, text: str) -> StorageError:
    told = _answered(status, text)
    if told.endswith("TableNotFound"):
        return _TableMissingError(told)
    return StorageUnavailableError(told) if _refused(status) else WriteUnsureError(told)


def _answered(status: int, text: str) -> str:
    """Status and error code, without any row's content or key."""
    code = _CODE.search(text)
    return f"Table Storage: {status} {code[1] if code else ''}".rstrip()


def _refused(status: int) -> bool:
    """A 4xx means that nothing was written; 408 and 5xx leave it open."""
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return False
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


def _told(problem: AzureError) -> str:
    status = getattr(problem, "status_code", None)
    code = getattr(problem, "error_code", None)
    return f"Table Storage: {type(problem).__name__}" + (f" {status} {code or ''}".rstrip() if status else "")
