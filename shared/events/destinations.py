"""Who hears of an event: subscriptions, the address that a run named itself, and the Event Grid topic of the deployment."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from shared.run.events import Event, EventType
from shared.settings import Settings
from shared.storage.subscriptions import Everybody, Subscription
from shared.webhooks.signing import as_secret

GRID = "event-grid"
_OWN = "own-"


class Destination(msgspec.Struct, frozen=True):
    """Where deliveries of one queue go."""

    id: str
    subscription: Subscription | None = None
    """None: the addresses that runs named themselves, or the topic."""

    @property
    def is_grid(self) -> bool:
        return self.id == GRID

    @property
    def hears_starts(self) -> bool:
        """So that an end must not overtake one. Event Grid keeps no order."""
        return (
            not self.is_grid if self.subscription is None else EventType.STARTED in self.subscription.events
        )

    def url_of(self, event: Event) -> str | None:
        return event.webhook_url if self.subscription is None else self.subscription.url


def wanted_by(event: Event, subscriptions: Everybody, settings: Settings) -> Iterator[str]:
    """The ids of those who want it, or may want it: what nobody can read now is looked at when it is told."""
    yield from (each.subscription.id for each in subscriptions.readable if each.subscription.wants(event))
    yield from subscriptions.unreadable
    if event.webhook_url is not None:
        yield own_destination(event.webhook_url)
    if settings.event_grid_endpoint is not None:
        yield GRID


def own_destination(url: str) -> str:
    """One for each host: so one that is slow or dead holds up nobody else."""
    origin = urlsplit(url)
    return f"{_OWN}{hashlib.sha256(f'{origin.scheme}://{origin.netloc.lower()}'.encode()).hexdigest()[:32]}"


def is_own(destination: str) -> bool:
    return destination.startswith(_OWN)


def secrets_for(destination: Destination, settings: Settings, now: datetime) -> list[str]:
    """Those to sign with, the newest first."""
    if destination.subscription is not None:
        return destination.subscription.secrets_at(now)
    return run_secrets(settings)


def run_secrets(settings: Settings) -> list[str]:
    """For the addresses that runs name themselves: made from the signing keys, so that nothing has to be kept, and a replaced key
    is good for as long as it is configured.
    """
    return [as_secret(hmac.digest(key.secret, b"webhook", hashlib.sha256)) for key in settings.signing_keys]
