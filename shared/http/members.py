"""The members of a JSON body, read one by one; everything that is wrong with them is told at once."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from itertools import islice
from typing import Any

from shared.http.problems import MOST_DETAILS, Code, ProblemError
from shared.run.model import ErrorDetail


class Members:
    """A null member counts as absent. `close` raises ProblemError 400 with one detail for each fault."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._given = {name: value for name, value in body.items() if value is not None}
        self._unread = set(body)
        self._faults: list[ErrorDetail] = []

    def text(self, name: str, longest: int) -> str | None:
        value = self._take(name)
        if value is None or (isinstance(value, str) and 0 < len(value) <= longest):
            return value
        self._fault(name, f"must be a text of 1 to {longest} characters")
        return None

    def word[E: StrEnum](self, name: str, words: type[E]) -> E | None:
        value = self._take(name)
        if value is None or value in list(words):
            return None if value is None else words(value)
        self._fault(name, f"must be one of: {', '.join(words)}")
        return None

    def whole_number(self, name: str, low: int, high: int) -> int | None:
        value = self._take(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None or (type(value) is int and low <= value <= high):
            return value
        self._fault(name, f"must be a whole number from {low} to {high}")
        return None

    def object(self, name: str) -> dict[str, Any] | None:
        value = self._take(name)
        if value is None or isinstance(value, dict):
            return value
        self._fault(name, "must be a JSON object")
        return None

    def require(self, name: str) -> None:
        if name not in self._given:
            self._faults.append(ErrorDetail(code="Required", target=name, message=f"{name} is required."))

    def at_most_one(self, *names: str) -> None:
        given = [name for name in names if name in self._given]
        if len(given) > 1:
            self._fault(given[1], f"and {given[0]} exclude each other")

    def close(self) -> None:
        unknown = (
            ErrorDetail(code="Unknown", target=name[:200], message="There is no such member.")
            for name in sorted(self._unread)
        )
        faults = (*self._faults, *islice(unknown, MOST_DETAILS))
        if faults:
            raise ProblemError(
                HTTPStatus.BAD_REQUEST,
                Code.INVALID_REQUEST,
                "The body has members that cannot be used; each is named in the details.",
                faults[0].target,
                faults,
            )

    def _take(self, name: str) -> Any:
        self._unread.discard(name)
        return self._given.get(name)

    def _fault(self, name: str, expected: str) -> None:
        self._faults.append(ErrorDetail(code="Invalid", target=name, message=f"{name} {expected}."))
