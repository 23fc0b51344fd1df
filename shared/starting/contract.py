"""How any start can be refused, whoever asks for it."""

from shared.http.operation import OF_DATAVERSE
from shared.http.problems import Code

START_CODES = OF_DATAVERSE | {
    Code.INVALID_IDEMPOTENCY_KEY,
    Code.CONNECTION_REQUIRED,
    Code.INVALID_INPUTS,
    Code.INVALID_WEBHOOK_URL,
    Code.IDEMPOTENCY_KEY_REUSED,
    Code.QUEUE_FULL,
    Code.STARTS_PAUSED,
    Code.FLOW_NOT_ALLOWED,
    Code.CONNECTION_NOT_ALLOWED,
    Code.FLOW_NOT_FOUND,
}
