"""A webhook goes to public addresses only, or to hosts that the operator names, whatever spelling is tried."""

from copy import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.problems import ProblemError
from shared.settings import load
from shared.webhooks.guard import checked_url, may_be_reached
from tests.unit.test_settings import GOOD

SETTINGS = load(GOOD)
LOCAL = replace(SETTINGS, webhook_allow_local=True)
LISTED = replace(SETTINGS, webhook_hosts=frozenset({"hooks.contoso.com", "*.internal.contoso.com"}))

CLOSED = [
    IPv4Network(net) for net in ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16")
]
CLOSED += [
    IPv4Network(net)
    for net in ("172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4")
]


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.contoso.com",
        "https://hooks.contoso.com:8443/a/b?code=x&y=1",
        "https://prod-01.westeurope.logic.azure.com:443/workflows/abc/triggers/manual/paths/invoke?sig=x",
        "https://8.8.8.8/x",
        "https://[2606:4700::1111]/x",
        "https://xn--bcher-kva.example.org/",
    ],
)
def test_a_public_address_is_taken(url: str) -> None:
    """As it was given."""
    assert url == checked_url(url, SETTINGS)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.contoso.com",
        "ftp://hooks.contoso.com",
        "//hooks.contoso.com",
        "hooks.contoso.com",
        "https://",
        "https:///x",
        "https://user@hooks.contoso.com",
        "https://user:word@hooks.contoso.com",
        "https://@hooks.contoso.com",
        "https://hooks.contoso.com@127.0.0.1",
        "https://hooks.contoso.com#x",
        "https://hooks.contoso.com#",
        "https://hooks.contoso.com/a?b=c#",
        "https://hooks.contoso.com/x y",
        "https://hooks.contoso.com/\r\nHost: x",
        "https://hooks.contoso.com\\@127.0.0.1/",
        "https://hooks.contoso.com:0/",
        "https://hooks.contoso.com:65536/",
        "https://hooks.contoso.com:x/",
        "https://b\u00fccher.example.org/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://a.localhost/",
        "https://printer.local/",
        "https://intranet/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1/",
        "https://127.0.0.1./",
        "https://10.1.2.3/",
        "https://169.254.169.254/metadata/instance",
        "https://168.63.129.16/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[::]/",
        "https://[fd00:ec2::254]/",
        "https://[fe80::1]/",
        "https://[fec0::a9fe:a9fe]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[::127.0.0.1]/",
        "http://127.0.0.1:7071/x",
        "https://a.b/" + "x" * 2048,
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    """400 InvalidWebhookUrl; the URL itself, which may be a secret, is not repeated."""
    with pytest.raises(ProblemError) as refused:
        checked_url(url, SETTINGS)

    assert (400, "InvalidWebhookUrl") == (refused.value.code.status, refused.value.code)
    assert url == "https://" or url not in refused.value.message


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("http://127.0.0.1:7071/x?y", True),
        ("http://127.0.0.1:1", True),
        ("http://127.0.0.1/x", False),
        ("http://127.0.0.1:7071#x", False),
        ("http://127.0.0.1:7071@8.8.8.8/", False),
        ("http://localhost:7071/x", False),
        ("http://[::1]:7071/x", False),
        ("https://127.0.0.1:7071/x", False),
        ("http://127.0.0.2:7071/x", False),
        ("http://192.168.0.1:7071/x", False),
    ],
)
def test_on_the_local_stack_this_machine_is_admitted_and_nothing_else(url: str, taken: bool) -> None:
    """http://127.0.0.1 with a port, exactly."""
    if taken:
        assert url == checked_url(url, LOCAL)
    else:
        with pytest.raises(ProblemError):
            checked_url(url, LOCAL)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://hooks.contoso.com/x", True),
        ("https://HOOKS.contoso.com./x", True),
        ("https://a.b.internal.contoso.com/x", True),
        ("https://internal.contoso.com/x", False),
        ("https://xinternal.contoso.com/x", False),
        ("https://hooks.contoso.com.evil.example/x", False),
        ("https://example.org/x", False),
        ("https://8.8.8.8/x", False),
    ],
)
def test_where_hosts_are_listed_only_these_are_taken(url: str, taken: bool) -> None:
    """By name, or below one."""
    if taken:
        assert url == checked_url(url, LISTED)
    else:
        with pytest.raises(ProblemError):
            checked_url(url, LISTED)


def test_a_list_of_nothing_allows_nothing() -> None:
    """As with what may be started: a list that was emptied opens nothing."""
    with pytest.raises(ProblemError):
        checked_url("https://hooks.contoso.com/x", load(GOOD | {"WEBHOOK_HOSTS": ","}))


def test_every_address_of_a_name_counts() -> None:
    """One that is not public is enough; none is none."""
    public, private = ip_address("8.8.8.8"), ip_address("10.0.0.1")

    assert may_be_reached([public], listed=False)
    assert not may_be_reached([public, private], listed=False)
    assert not may_be_reached([], listed=True)
    assert may_be_reached([public, private], listed=True)
    assert not may_be_reached([ip_address("169.254.169.254")], listed=True)
    assert not may_be_reached([ip_address("127.0.0.1")], listed=True)


@given(st.ip_addresses(v=4))
def test_no_form_of_a_closed_address_is_reached(address: IPv4Address) -> None:
    """Written as IPv4, mapped, translated or tunnelled."""
    closed = any(address in net for net in CLOSED)
    mapped = IPv6Address(f"::ffff:{address}")
    tunnels = [
        IPv6Address(f"64:ff9b::{address}"),
        IPv6Address(int(IPv6Address("2002::")) | int(address) << 80),
    ]

    if closed:
        assert not may_be_reached([address], listed=False)
    assert may_be_reached([address], listed=False) == may_be_reached([mapped], listed=False)
    assert not any(may_be_reached([each], listed=True) for each in tunnels)
