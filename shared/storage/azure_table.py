"""Table Storage by Microsoft's client. No SDK object and no SDK error leaves this module."""

from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from azure.core import PipelineClient
from azure.core.credentials import AzureNamedKeyCredential, AzureSasCredential
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError, ServiceRequestError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    AzureSasCredentialPolicy,
    BearerTokenCredentialPolicy,
    CustomHookPolicy,
    HTTPPolicy,
    SansIOHTTPPolicy,
)
from azure.core.pipeline.transport import HttpTransport, RequestsTransport
from azure.core.rest import HttpRequest
from azure.data.tables import TableClient
from requests.adapters import HTTPAdapter

from shared.identity import make_credential
from shared.plain_session import PlainSession
from shared.settings import Settings
from shared.storage import transaction
from shared.storage.clock import StorageClock
from shared.storage.shared_key import SharedKeyPolicy
from shared.storage.table import (
    Operation,
    Refusal,
    Row,
    StorageError,
    StorageUnavailableError,
    TransactionRefusedError,
    WriteUnsureError,
)
from shared.storage.transaction import AnswerUnreadableError, RefusedOperation

_CONNECTIONS = 64
_SCOPE = "https://storage.azure.com/.default"
# A storage that hangs is known by time alone. No answer is waited for longer than this, and a read asks once more (its
# connection may only have gone stale): so starts and callbacks still say 503 in time.
_CONNECT_SECONDS, _ANSWER_SECONDS = 3, 5
_READ_RETRIES: dict[str, Any] = {"retry_total": 3, "retry_read": 1, "retry_backoff_factor": 0.1}


class _TableMissingError(StorageUnavailableError):
    """The table does not exist yet."""


class AzureTable:
    """Rows by partition. SDK retries serve reads only: a repeated write could hide that the first one was done."""

    def __init__(self, client: TableClient, writer: PipelineClient[Any, Any]) -> None:
        """`writer` sends transactions to the client's account."""
        self._client = client
        self._writer = writer
        self._rows_url = f"{client.url}/{client.table_name}"

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

    def range(self, partition: str, low: str, high: str, *, page_size: int = 1000) -> Iterator[Row]:
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
        content_type, content = transaction.encoded(self._rows_url, partition, operations)
        headers = {"Content-Type": content_type, "Accept": "application/json", "DataServiceVersion": "3.0"}
        headers["x-ms-version"] = self._client.api_version
        request = HttpRequest("POST", f"{self._client.url}/$batch", headers=headers, content=content)
        try:
            answer = self._writer.send_request(request)
            if answer.status_code != HTTPStatus.ACCEPTED:
                raise _not_done(answer.status_code, f"Table Storage answered {answer.status_code}")
            done = transaction.decoded(answer.content, len(operations))
        except ServiceRequestError as problem:  # the request was never sent
            raise StorageUnavailableError(_told(problem)) from problem
        except AzureError as problem:
            raise WriteUnsureError(_told(problem)) from problem
        except AnswerUnreadableError as problem:
            raise WriteUnsureError(f"Table Storage: {problem}") from problem
        if isinstance(done, RefusedOperation):
            raise _refusal(done)
        return done


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
    hooks: dict[str, Any] = {
        "raw_request_hook": timekeeper.begun,
        "raw_response_hook": timekeeper.answered,
    }
    transport = transport or _pooled_transport()
    client = _client(settings, {**hooks, "transport": transport, "retry_total": 0})
    policies = [CustomHookPolicy(**hooks), _authentication(client.credential)]
    return AzureTable(client, PipelineClient(client.url, transport=transport, policies=policies))


def _client(settings: Settings, options: dict[str, Any]) -> TableClient:
    if settings.tables_connection_string is not None:
        return TableClient.from_connection_string(
            settings.tables_connection_string, settings.runs_table, **options
        )
    assert settings.tables_endpoint is not None
    credential = make_credential(settings.azure_client_id)
    return TableClient(settings.tables_endpoint, settings.runs_table, credential=credential, **options)


def _authentication(credential: Any) -> HTTPPolicy[Any, Any] | SansIOHTTPPolicy[Any, Any]:
    match credential:
        case AzureNamedKeyCredential():
            return SharedKeyPolicy(credential)
        case AzureSasCredential():
            return AzureSasCredentialPolicy(credential)
        case _:
            return BearerTokenCredentialPolicy(credential, _SCOPE)


def _pooled_transport() -> HttpTransport[Any, Any]:
    """Connections for as many threads as a worker has: the default pool of ten drops what is over."""
    # Here and nowhere else: a client that is given its transport does not hand its own time-outs on, and 300 s would hold.
    transport: HttpTransport[Any, Any] = RequestsTransport(
        session=PlainSession(HTTPAdapter(pool_maxsize=_CONNECTIONS, max_retries=0)),
        session_owner=False,
        connection_timeout=_CONNECT_SECONDS,
        read_timeout=_ANSWER_SECONDS,
    )
    return transport


def _row(entity: Any) -> Row:
    properties = {name: value for name, value in entity.items() if name not in {"PartitionKey", "RowKey"}}
    return Row(entity["RowKey"], properties, entity.metadata["etag"])


_REFUSALS: dict[int, Refusal] = {
    HTTPStatus.CONFLICT: Refusal.EXISTS,
    HTTPStatus.PRECONDITION_FAILED: Refusal.CHANGED,
    HTTPStatus.NOT_FOUND: Refusal.MISSING,
}


def _refusal(refused: RefusedOperation) -> StorageError:
    told = f"Table Storage: {refused.status} {refused.code}".rstrip()
    if refused.code == "TableNotFound":
        return _TableMissingError(told)
    if (kind := _REFUSALS.get(refused.status)) is not None:
        return TransactionRefusedError(kind, refused.index)
    return _not_done(refused.status, told)


def _not_done(status: int, told: str) -> StorageError:
    return StorageUnavailableError(told) if _refused(status) else WriteUnsureError(told)


def _refused(status: int) -> bool:
    """A 4xx means that nothing was written; 408 and 5xx leave it open."""
    return (
        HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        and status != HTTPStatus.REQUEST_TIMEOUT
    )


def _told(problem: AzureError) -> str:
    """What Table Storage said, without any row's content or key."""
    status = getattr(problem, "status_code", None)
    code = getattr(problem, "error_code", None)
    return f"Table Storage: {type(problem).__name__}" + (f" {status} {code or ''}".rstrip() if status else "")
