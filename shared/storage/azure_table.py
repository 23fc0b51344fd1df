"""Table Storage by Microsoft's client. No SDK object and no SDK error leaves this module."""

from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.transport import HttpTransport, RequestsTransport
from azure.data.tables import TableClient, TableTransactionError, UpdateMode

from shared.identity import make_credential
from shared.plain_session import PlainSession
from shared.settings import Settings
from shared.storage.clock import StorageClock
from shared.storage.table import (
    LARGEST_ANSWER,
    Operation,
    Refusal,
    Row,
    StorageError,
    StorageUnavailableError,
    TransactionRefusedError,
    Verb,
    WriteUnsureError,
)
from shared.tls import TrustingAdapter

_CONNECTIONS = 128
# A storage that hangs is known by time alone. No answer is waited for longer than this, and a read asks once more (its
# connection may only have gone stale): so starts and callbacks still say 503 in time.
_CONNECT_SECONDS, _ANSWER_SECONDS = 3, 5
_READ_RETRIES: dict[str, Any] = {"retry_total": 3, "retry_read": 1, "retry_backoff_factor": 0.1}


class _TableMissingError(StorageUnavailableError):
    """The table does not exist yet."""


class AzureTable:
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
        try:
            return self._submit(partition, operations)
        except _TableMissingError:
            self._create_table()
            return self._submit(partition, operations)

    def range(self, partition: str, low: str, high: str, *, page_size: int = LARGEST_ANSWER) -> Iterator[Row]:
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
            done = self._done(partition, operations)
        except _REFUSED as problem:
            raise _refusal(problem, operations) from problem
        except ServiceRequestError as problem:  # the request was never sent
            raise StorageUnavailableError(_told(problem)) from problem
        except HttpResponseError as problem:
            kind = StorageUnavailableError if _refused(problem.status_code) else WriteUnsureError
            raise kind(_told(problem)) from problem
        except AzureError as problem:
            raise WriteUnsureError(_told(problem)) from problem
        return tuple(each.get("etag") or "" for each in done)

    def _done(self, partition: str, operations: Sequence[Operation]) -> Sequence[Any]:
        """A row that is written by itself needs no transaction: a third of the work. Of a deletion the client swallows a refusal."""
        sent = [_sdk_operation(partition, each) for each in operations]
        if len(sent) > 1:
            return self._client.submit_transaction(sent)
        entity, options = sent[0][1], dict(*sent[0][2:])
        match operations[0].verb:
            case Verb.INSERT:
                return [self._client.create_entity(entity)]
            case Verb.REPLACE:
                return [self._client.update_entity(entity, **options)]
            case Verb.PUT:
                return [self._client.upsert_entity(entity, **options)]
            case Verb.DELETE:
                return self._client.submit_transaction(sent)


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
    """Connections for a worker's threads, for as many beside them, and for a reader of each shard: what is over would be dropped."""
    # Here and nowhere else: a client that is given its transport does not hand its own time-outs on, and 300 s would hold.
    transport: HttpTransport[Any, Any] = RequestsTransport(
        session=PlainSession(TrustingAdapter(_CONNECTIONS)),
        session_owner=False,
        connection_timeout=_CONNECT_SECONDS,
        read_timeout=_ANSWER_SECONDS,
    )
    return transport


def _row(entity: Any) -> Row:
    properties = {name: value for name, value in entity.items() if name not in {"PartitionKey", "RowKey"}}
    return Row(entity["RowKey"], properties, entity.metadata["etag"])


def _sdk_operation(partition: str, operation: Operation) -> Any:
    row = operation.row
    entity = {"PartitionKey": partition, "RowKey": row.key, **row.properties}
    unchanged = {"etag": row.etag, "match_condition": MatchConditions.IfNotModified}
    match operation.verb:
        case Verb.INSERT:
            return (operation.verb.value, entity)
        case Verb.REPLACE:
            return (operation.verb.value, entity, {"mode": UpdateMode.REPLACE, **unchanged})
        case Verb.PUT:
            return (operation.verb.value, entity, {"mode": UpdateMode.REPLACE})
        case Verb.DELETE:
            return (operation.verb.value, entity, unchanged if row.etag else {})


_REFUSED = (TableTransactionError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError)


def _refusal(problem: HttpResponseError, operations: Sequence[Operation]) -> StorageError:
    # Of a row that is inserted by itself the client reads no code, but there is nothing else that could be missing.
    inserted = len(operations) == 1 and operations[0].verb is Verb.INSERT
    missing = problem.status_code == HTTPStatus.NOT_FOUND
    if getattr(problem, "error_code", None) == "TableNotFound" or (inserted and missing):
        return _TableMissingError(_told(problem))
    kinds: dict[int | None, Refusal] = {
        HTTPStatus.CONFLICT: Refusal.EXISTS,
        HTTPStatus.PRECONDITION_FAILED: Refusal.CHANGED,
        HTTPStatus.NOT_FOUND: Refusal.MISSING,
    }
    if (kind := kinds.get(problem.status_code)) is not None:
        return TransactionRefusedError(kind, 0 if len(operations) == 1 else getattr(problem, "index", None))
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
