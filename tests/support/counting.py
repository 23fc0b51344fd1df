"""Transports that count, refuse bad queries and lose answers."""

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter

from shared.plain_session import PlainSession


class CountingTransport(RequestsTransport):  # type: ignore[misc]  # azure.core loads it lazily, as Any
    """Table Storage requests, counted. A query without a partition fails the test: in Azure it would scan the table.

    Storage's clock is moved along with ours: `ahead` is added to the Date of each answer.
    """

    def __init__(self) -> None:
        super().__init__(session=PlainSession(HTTPAdapter()))
        self.requests: list[str] = []
        self.lose_next_answer = False
        self.answers_to_lose = 0
        """Counts the writes down; the answer to the last of them is lost."""
        self.ahead: Callable[[], timedelta] = timedelta
        self.lose_answers = False
        """All of them, until told otherwise."""
        self.before_send: Callable[[], None] = lambda: None
        self.unreachable: str | None = None
        """Requests that have this in their URL do not get there."""

    def send(self, request: Any, **kwargs: Any) -> Any:
        self._check(request)
        self.requests.append(f"{request.method} {urlsplit(request.url).path}")
        self.before_send()
        if self.unreachable is not None and self.unreachable in request.url:
            raise ServiceRequestError("It did not get there.")
        response = super().send(request, **kwargs)
        if self.answers_to_lose and request.method != "GET":
            self.answers_to_lose -= 1
            self.lose_next_answer = self.answers_to_lose == 0
        if self.lose_next_answer or self.lose_answers:
            self.lose_next_answer = False
            response.internal_response.close()
            raise ServiceResponseError("The answer was lost.")
        date = parsedate_to_datetime(response.headers["Date"]) + self.ahead()
        response.headers["Date"] = format_datetime(date, usegmt=True)
        return response

    @staticmethod
    def _check(request: Any) -> None:
        parts = urlsplit(request.url)
        is_query = request.method == "GET" and parts.path.endswith("()")
        if is_query and "PartitionKey eq" not in parse_qs(parts.query).get("$filter", [""])[0]:
            raise AssertionError(f"A query without a partition: {parts.query}")


class CountingAdapter(HTTPAdapter):
    """Dataverse requests, counted into a list that all threads share."""

    def __init__(self, counted: list[str]) -> None:
        super().__init__(max_retries=0)
        self._counted = counted

    def send(self, request: Any, **kwargs: Any) -> Any:  # type: ignore[override]  # as in requests' own subclasses
        self._counted.append(f"{request.method} {urlsplit(request.url).path}")
        return super().send(request, **kwargs)
