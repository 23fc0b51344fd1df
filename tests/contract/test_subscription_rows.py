"""Subscriptions in the table: a lost answer changes nothing, and what has ended does not come back."""

from copy import replace
from datetime import UTC, datetime

import pytest

from shared.run.events import EventType
from shared.storage.subscriptions import Secret, Subscription, Subscriptions
from shared.storage.table import Operation, Table, TransactionRefusedError, Verb
from tests.support.counting import CountingTransport

NOW = datetime(2026, 11, 23, 21, 30, tzinfo=UTC)
ONE = Subscription(
    id="0f7a7c39-6a9b-4a57-8f0e-6b0b6d6f9a11",
    url="https://hooks.contoso.com/in?code=hush",
    secrets=(Secret(text="whsec_hush"),),
    events=(EventType.SUCCEEDED,),
    created_at=NOW,
)
KEY = f"subscription|{ONE.id}"


@pytest.fixture
def subscriptions(table: Table) -> Subscriptions:
    return Subscriptions(table)


def test_lost_answers_are_recognised(subscriptions: Subscriptions, transport: CountingTransport) -> None:
    """Of one that is made, changed, ended: it was done, and nobody is told otherwise."""
    transport.lose_next_answer = True
    subscriptions.add(ONE)
    stored = subscriptions.get(ONE.id)
    assert stored is not None
    assert ONE == stored.subscription

    transport.answers_to_lose = 1
    assert subscriptions.change(stored, replace(ONE, disabled_at=NOW))
    assert not subscriptions.change(stored, ONE)

    transport.answers_to_lose = 1
    assert subscriptions.end(ONE.id, NOW)
    assert not subscriptions.end(ONE.id, NOW)


def test_what_has_ended_is_not_there_and_does_not_come_back(
    subscriptions: Subscriptions, table: Table
) -> None:
    """Also where the write that made it comes once more, late; and its secrets go at once."""
    subscriptions.add(ONE)
    made = table.get("subscriptions", KEY)
    assert made is not None

    assert subscriptions.end(ONE.id, NOW)

    assert subscriptions.get(ONE.id) is None
    assert [] == subscriptions.all()
    assert "hush" not in str(table.get("subscriptions", KEY))
    with pytest.raises(TransactionRefusedError):
        table.commit("subscriptions", [Operation(Verb.INSERT, made)])
    subscriptions.bury(ONE.id)
    assert table.get("subscriptions", KEY) is None
