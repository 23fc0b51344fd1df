"""What /health shows."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from shared.http.operation import Answer, Operation
from shared.http.views import Time, View


class HealthState(StrEnum):
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


class DependencyView(View, frozen=True, kw_only=True):
    """One of the things that it needs."""

    status: HealthState
    last_success_at: Time | UnsetType | None = UNSET
    message: Annotated[
        str | UnsetType, Meta(description="What is wrong, and what to do; or how it works without.")
    ] = UNSET


class HealthView(View, frozen=True, kw_only=True):
    """Whether it can work."""

    status: HealthState
    dependencies: dict[str, DependencyView]


_HEALTHY = {"status": "healthy"}
_SEEN = _HEALTHY | {"lastSuccessAt": "2026-11-23T21:29:55.328000Z"}
_EXAMPLE = {
    "settings": _HEALTHY,
    "storage": _SEEN,
    "dataverse": _SEEN,
    "clock": _HEALTHY,
    "permissions": _HEALTHY,
    "callbacks": _HEALTHY,
}

OPERATIONS = {
    "health": Operation(
        summary="Get the health",
        told="From what the real work has met lately. No key, no secrets.",
        answers={
            HTTPStatus.OK: Answer("All is well.", HealthView, example=_HEALTHY | {"dependencies": _EXAMPLE}),
            HTTPStatus.SERVICE_UNAVAILABLE: Answer("Something is not.", HealthView),
        },
    ),
}
