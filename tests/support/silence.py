"""Where a secret or a payload may stand, as data, and ears for everything that the app says."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

import azure.functions as func

from shared.storage.shards import shard_names
from shared.storage.table import Table


class Secret(StrEnum):
    FUNCTION_KEY = "the function key"
    SIGNING_KEY = "the signing key"
    TOKEN = "the token for Dataverse"
    IDENTITY_HEADER = "the secret of the token endpoint"
    ACCOUNT_KEY = "the key of the connection string"
    IDEMPOTENCY_KEY = "the Idempotency-Key"
    CALLBACK_SIGNATURE = "a callback's signature"
    RESULT_SIGNATURE = "a result's signature"
    INPUT_NAME = "the name of an input"
    INPUT = "the value of an input"
    OUTPUT_NAME = "the name of an output"
    OUTPUT = "the value of an output"
    DATAVERSE_TEXT = "Dataverse's own words, which may repeat inputs"
    SUBSCRIBERS_ADDRESS = "the address of a subscription"
    SUBSCRIBERS_SECRET = "the secret of a subscription"
    RUNS_ADDRESS = "the webhookUrl of a run"
    UNSUBSCRIBING = "the signature that ends a subscription"
    NOISE = "what came in the place of an answer or of a body"


class Place(StrEnum):
    LOG = "log"
    BODY = "body of an answer"
    HEADER = "header of an answer"
    ROW = "row"
    TOLD = "what receivers of events are told"


MAY_STAND: dict[Secret, set[Place]] = {
    # Location and links.result: the signature is the right to read this one result without a key
    Secret.RESULT_SIGNATURE: {Place.BODY, Place.HEADER},
    # the flow's schemas; and a caller who misspells an input is told which
    Secret.INPUT_NAME: {Place.BODY},
    Secret.OUTPUT_NAME: {Place.BODY},
    # what /outputs and results are for
    Secret.OUTPUT: {Place.BODY},
    # errors pass Dataverse's words on to the caller, and a run keeps its error
    Secret.DATAVERSE_TEXT: {Place.BODY, Place.ROW},
}
"""By contract. A secret that is not listed stands nowhere."""

OF_SUBSCRIPTIONS: dict[Secret, set[Place]] = {
    # who sends needs these
    Secret.SUBSCRIBERS_ADDRESS: {Place.ROW},
    Secret.RUNS_ADDRESS: {Place.ROW},
    # shown once, when it is made or replaced
    Secret.SUBSCRIBERS_SECRET: {Place.ROW, Place.BODY},
    # Location: it is the right to end this one subscription without a key
    Secret.UNSUBSCRIBING: {Place.HEADER},
}
"""The same, where others are told of runs."""


class Lines(logging.Handler):
    """Every log record as the text that it becomes, traceback included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def rows(table: Table, *others: str) -> Iterator[str]:
    """Every row of a table, as text; of these partitions as well."""
    for partition in (*shard_names(), "report", *others):
        for row in table.range(partition, "", "~"):
            yield f"{row.key} {json.dumps(row.properties, default=str)}"


def bodies(answers: Iterable[func.HttpResponse]) -> Iterator[str]:
    yield from (answer.get_body().decode() for answer in answers)


def headers(answers: Iterable[func.HttpResponse]) -> Iterator[str]:
    yield from (json.dumps(dict(answer.headers)) for answer in answers)


def seen(secrets: Mapping[Secret, str], said: Mapping[Place, Iterable[str]]) -> dict[Secret, set[Place]]:
    """Which secret stands where."""
    found: dict[Secret, set[Place]] = {}
    for place, texts in said.items():
        whole = "\n".join(texts)
        assert whole, f"Nothing was heard: {place}"
        for secret in (each for each, text in secrets.items() if text in whole):
            found.setdefault(secret, set()).add(place)
    return found
