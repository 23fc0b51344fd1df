"""Many sessions at once, for tests of scale. They stay as they are until somebody moves them."""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from local.dataverse.clock import Clock
from local.dataverse.life import Life
from local.dataverse.session import Connection, RunMode, RunOrder
from local.dataverse.settings import Duration

_CONNECTION = Connection(key="seeded", id="seeded")
_TIMEOUT = 10_800


class Seed(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    count: Annotated[int, Meta(ge=0, le=1_000_000)]
    statuscode: Annotated[int, Meta(ge=0)]
    flow_id: str
    callback_url_template: str | None = None
    """`{index}` counts from 0."""
    callback_urls: list[str] | None = None
    """One for each, instead of the template."""
    age_seconds: Duration = 0
    """How long ago the first was made."""
    spread_seconds: Duration = 0
    """How long it took until all were made, one after the other."""

    def __post_init__(self) -> None:
        if self.callback_urls is not None and len(self.callback_urls) != self.count:
            raise ValueError("callbackUrls must be as many as count says")

    def callback_url(self, index: int) -> str | None:
        if self.callback_urls is not None:
            return self.callback_urls[index]
        template = self.callback_url_template
        return template.replace("{index}", str(index)) if template else None


def seed(life: Life, clock: Clock, asked: Seed) -> list[str]:
    """The ids, in the order of the index. None is made later than now."""
    now = clock.now()
    return [
        life.record(_order(asked, index), asked.statuscode, min(_made(asked, index, now), now)).id
        for index in range(asked.count)
    ]


def _made(asked: Seed, index: int, now: datetime) -> datetime:
    return now + timedelta(seconds=asked.spread_seconds * index / asked.count - asked.age_seconds)


def _order(asked: Seed, index: int) -> RunOrder:
    return RunOrder(
        flow_id=asked.flow_id.lower(),
        connection=_CONNECTION,
        mode=RunMode.UNATTENDED,
        high_priority=False,
        timeout_seconds=_TIMEOUT,
        inputs=None,
        callback_url=asked.callback_url(index),
        client_request_id=None,
    )
