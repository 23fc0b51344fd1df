"""How a check says what it found."""

from collections.abc import Iterable, Iterator

from msgspec import UNSET

from preflight.contract import CheckView, Outcome

type Findings = Iterator[CheckView]


def passed(name: str, message: str) -> CheckView:
    return CheckView(name=name, outcome=Outcome.PASSED, message=message)


def failed(name: str, message: str, remedy: str) -> CheckView:
    return CheckView(name=name, outcome=Outcome.FAILED, message=message, remedy=remedy)


def unknown(name: str, message: str, remedy: str) -> CheckView:
    return CheckView(name=name, outcome=Outcome.UNKNOWN, message=message, remedy=remedy)


def skipped(name: str, message: str, remedy: str | None = None) -> CheckView:
    return CheckView(
        name=name, outcome=Outcome.SKIPPED, message=message, remedy=UNSET if remedy is None else remedy
    )


def whole(checks: Iterable[CheckView]) -> Outcome:
    return Outcome.FAILED if any(each.outcome is Outcome.FAILED for each in checks) else Outcome.PASSED
