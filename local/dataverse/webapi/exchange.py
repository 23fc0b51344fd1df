"""A request and its answer, whether they travel alone or as parts of a batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from local.dataverse.settings import APPLICATION_USER_ID

BASE_PATH = "/api/data/v9.2/"


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str
    """What follows BASE_PATH, without the query."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Looked up in any letter case."""
    body: bytes
    origin: str
    """Scheme, host and port of this environment."""
    key: str = ""
    """The row that the path names."""
    column: str = ""
    """The column that the path names."""
    caller: str = APPLICATION_USER_ID
    """Whose token came with it, once that has been looked at: a user's id."""

    @property
    def context(self) -> str:
        return f"{self.origin}{BASE_PATH}$metadata"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def json_answer(shown: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    content = {"Content-Type": "application/json; odata.metadata=minimal", "OData-Version": "4.0"}
    return Answer(status, content | dict(headers or {}), msgspec.json.encode(shown))


def error_answer(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    return json_answer({"error": {"code": code, "message": message}}, status, headers)


NO_CONTENT = Answer(204, {"OData-Version": "4.0"})
