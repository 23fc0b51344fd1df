"""What every answer is made of: Structs whose JSON it is, and the one shape of an error."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

Time = Annotated[datetime, Meta(tz=True)]


class View(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is answered, as it is answered."""


class DetailView(View, frozen=True, kw_only=True):
    """One part of an error."""

    code: str
    target: str
    message: str


class ErrorView(View, frozen=True, kw_only=True):
    """What went wrong."""

    code: str
    message: str
    target: str | UnsetType = UNSET
    details: list[DetailView] | UnsetType = UNSET


class ErrorAnswer(View, frozen=True, kw_only=True):
    """What is answered when something cannot be done."""

    error: ErrorView
