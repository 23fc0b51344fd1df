"""Azure Table Storage, as little of it as is needed. No SDK object and no SDK error leaves this module.

StorageError
├── StorageUnavailableError    nothing was read; or nothing was written
├── WriteUnsureError           the write may have happened, or may still happen
└── TransactionRefusedError    nothing was written: one operation's condition did not hold
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import requests
from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError, ServiceRequestError
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.transport import HttpTransport, RequestsTransport
from azure.data.tables import TableClient, TableTransactionError, UpdateMode
from requests.adapters import HTTPAdapter

from shared.pulse import Pulse
from shared.settings import Settings

_CONNECTIONS = 64
_READ_RETRIES: dict[str, Any] = {"retry_total": 3, "retry_backoff_factor": 0.1}


class StorageError(Exception):
    """Table Storage did not do what was asked."""


class StorageUnavailableError(StorageError):
    """Table Storage cannot be reached, or refuses us."""


class WriteUnsureError(StorageError):
    """No answer, or one that does not tell whether the write was done."""


class _TableMissingError(StorageUnavailableError):
    """The table does not exist yet."""


class Refusal(StrEnum):
    EXISTS = "exists"
    CHANGED = "changed"
    MISSING = "missing"


class TransactionRefusedError(StorageError):
    """Operation `index` of a transaction (None: not told) did not hold; nothing of it was written."""

    def __init__(self, refusal: Refusal, index: int | None) -> None:
        super().__init__(f"Operation {index} of the transaction was refused: {refusal}.")
        self.refusal = refusal
        self.index = index


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    properties: dict[str, Any]
    etag: str = field(default="", compare=False)


class Verb(StrEnum):
    INSERT = "create"
    """Refused if the row exists."""
    REPLACE = "update"
    """Refused unless the row has this ETag."""
    PUT = "upsert"
    DELETE = "delete"
    """Refused if the row is missing."""


@dataclass(frozen=True, slots=True)
class Operation:
    verb: Verb
    row: Row


class Table:
    """Rows by partition. SDK retries serve reads only: a repeated write could hide that the first one was done."""

    def __init__(self, client: TableClient) -> None:
        self._client = client

    def get(self, partition: str, key: str) -> Row | None:
        try:
            return _row(self._client.get_entity(partition, key, **_READ_RETRIES))
        except ResourceNotFoundError:
            return None
        except AzureError as problem:
            raise StorageUnavailableError(_told(problem)) from problem

    def commit(self, partition: str, operations: Sequence[Operation]) -> tuple[str, ...]:
        """One transaction, one request. The new ETags in order ("" for a deleted row)."""
        try:
            return self._submit(partition, operations)
        except _TableMissingError:
            self._create_table()
            return self._submit(partition, operations)

    def range(self, partition: str, low: str, high: str, *, page_size: int = 1000) -> Iterator[Row]:
        """The partition's rows with low < RowKey < high, in order; pages are fetched as they are consumed."""
        condition = "PartitionKey eq @partition and RowKey gt @low and RowKey lt @high"
        parameters = {"partition": partition, "low": low, "high": high}
        try:
            for entity in self._client.query_entities(
                condition, parameters=parameters, results_per_page=page_size, **_READ_RETRIES
            ):
                yield _row(entity)
        except ResourceNotFoundError:
            return
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
        try:
            done = self._client.submit_transaction([_sdk_operation(partition, each) for each in operations])
        except (TableTransactionError, ResourceNotFoundError) as problem:
            raise _refusal(problem) from problem
        except ServiceRequestError as problem:  # the request was never sent
            raise StorageUnavailableError(_told(problem)) from problem
        except HttpResponseError as problem:
            kind = StorageUnavailableError if _refused(problem.status_code) else WriteUnsureError
            raise kind(_told(problem)) from problem
        except AzureError as problem:
            raise WriteUnsureError(_told(problem)) from problem
        return tuple(each.get("etag") or "" for each in done)


class StorageClock:
    """How far this instance's clock is from Table Storage's, read off the Date header of whatever is answered."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.ahead_seconds: float | None = None
        """Positive: our clock is ahead. Exact to about a second. None before the first answer."""
        self.pulse = Pulse()

    def note(self, response: PipelineResponse[Any, Any]) -> None:
        now = self._now()
        answered = response.http_response
        if answered.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            self.pulse.success(now)
        date = answered.headers.get("Date")
        if date:
            told = parsedate_to_datetime(date)
            told = told if told.tzinfo else told.replace(tzinfo=UTC)
            self.ahead_seconds = (now - told).total_seconds()


def open_table(
    settings: Settings, credential: Any, clock: StorageClock, transport: HttpTransport[Any, Any]
) -> Table:
    """No I/O: the table is made when the first write finds it missing."""
    options: dict[str, Any] = {
        "transport": transport,
        "retry_total": 0,
        "connection_timeout": 3,
        "read_timeout": 10,
        "raw_response_hook": clock.note,
    }
    if settings.tables_connection_string is not None:
        return Table(
            TableClient.from_connection_string(
                settings.tables_connection_string, settings.runs_table, **options
            )
        )
    assert settings.tables_endpoint is not None
    return Table(TableClient(settings.tables_endpoint, settings.runs_table, credential=credential, **options))


def pooled_transport() -> HttpTransport[Any, Any]:
    """Connections for as many threads as a worker has: the default pool of ten drops what is over."""
    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_maxsize=_CONNECTIONS, max_retries=0))
    session.mount("http://", HTTPAdapter(pool_maxsize=_CONNECTIONS, max_retries=0))
    transport: HttpTransport[Any, Any] = RequestsTransport(session=session, session_owner=False)
    return transport


def _row(entity: Any) -> Row:
    properties = {name: value for name, value in entity.items() if name not in {"PartitionKey", "RowKey"}}
    return Row(entity["RowKey"], properties, entity.metadata["etag"])


def _sdk_operation(partition: str, operation: Operation) -> Any:
    row = operation.row
    entity = {"PartitionKey": partition, "RowKey": row.key, **row.properties}
    match operation.verb:
        case Verb.REPLACE:
            conditions = {"etag": row.etag, "match_condition": MatchConditions.IfNotModified}
            return (operation.verb.value, entity, {"mode": UpdateMode.REPLACE, **conditions})
        case Verb.PUT:
            return (operation.verb.value, entity, {"mode": UpdateMode.REPLACE})
        case Verb.INSERT | Verb.DELETE:
            return (operation.verb.value, entity)


def _refusal(problem: HttpResponseError) -> StorageError:
    if getattr(problem, "error_code", None) == "TableNotFound":
        return _TableMissingError(_told(problem))
    kinds: dict[int | None, Refusal] = {
        HTTPStatus.CONFLICT: Refusal.EXISTS,
        HTTPStatus.PRECONDITION_FAILED: Refusal.CHANGED,
        HTTPStatus.NOT_FOUND: Refusal.MISSING,
    }
    if (kind := kinds.get(problem.status_code)) is not None:
        return TransactionRefusedError(kind, getattr(problem, "index", None))
    return (
        StorageUnavailableError(_told(problem))
        if _refused(problem.status_code)
        else WriteUnsureError(_told(problem))
    )


def _refused(status: int | None) -> bool:
    """A 4xx means that nothing was written; 408 and 5xx leave it open."""
    if status is None or status == HTTPStatus.REQUEST_TIMEOUT:
        return False
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


def _told(problem: AzureError) -> str:
    """What Table Storage said, without any row's content or key."""
    status = getattr(problem, "status_code", None)
    code = getattr(problem, "error_code", None)
    return f"Table Storage: {type(problem).__name__}" + (f" {status} {code or ''}".rstrip() if status else "")
