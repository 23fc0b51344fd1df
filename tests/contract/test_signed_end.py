"""A subscription ends by the address that it was given, whatever has become of the key that signed it."""

import base64
from urllib.parse import parse_qs, urlsplit

import azure.functions as func

from shared.http.call import Call
from shared.http.serve import answered
from subscriptions.managing import subscribe, unsubscribe_signed
from tests.contract.conftest import MakeInstances
from tests.support.events import ENDS
from tests.support.metered import BASE, Metered


def keys(*versions: str) -> str:
    return ",".join(f"{each}:{base64.b64encode(each.encode() * 32).decode()}" for each in versions)


def made(app: Metered) -> str:
    """The signed address."""
    answer = app.call(subscribe, {"url": "https://hooks.contoso.com/in", "events": ENDS})
    assert answer.status_code == 201
    return str(answer.headers["Location"])


def ended(app: Metered, address: str, signature: str | None = None) -> int:
    parts = urlsplit(address)
    request = func.HttpRequest(
        method="DELETE",
        url=address,
        params={"sig": signature or parse_qs(parts.query)["sig"][0]},
        route_params={"subscriptionId": parts.path.rpartition("/")[2]},
        body=b"",
    )
    return int(answered(app.app, Call(request, BASE), unsubscribe_signed).status_code)


def test_it_outlives_the_key_that_signed_it(instances: MakeInstances) -> None:
    """The row knows what the address was; another signature of that key, or of no key, is none."""
    (before,), (after,) = instances(1, SIGNING_KEYS=keys("1")), instances(1, SIGNING_KEYS=keys("2"))
    address, other = made(before), made(before)
    stolen = parse_qs(urlsplit(other).query)["sig"][0]

    assert [404, 404] == [ended(after, address, stolen), ended(after, address, f"9-{'0' * 64}")]
    assert len(after.app.subscriptions.all()) == 2
    assert 204 == ended(after, address)
    assert [each.subscription.id for each in after.app.subscriptions.all()] == [
        urlsplit(other).path.rpartition("/")[2]
    ]


def test_a_forgery_costs_nothing(metered: Metered) -> None:
    """No request, as long as it does not name a key that is gone."""
    address = made(metered)

    assert (0, 0) == metered.cost(lambda: ended(metered, address, f"1-{'0' * 64}"))
    assert (0, 0) == metered.cost(lambda: ended(metered, address, "no signature"))
