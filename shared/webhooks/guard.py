"""Where a webhook may go. A caller chooses the address, so it must not lead into the network that we stand in.

Two looks: at the URL when it is given, and at the addresses behind its name when something is sent; the connection is made to an
address that was looked at, so a name that changes its mind in between changes nothing.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from shared.http.problems import Code, ProblemError
from shared.settings import Settings

LONGEST_URL = 2048
# Compiled when they are first used: few starts of a worker ever need them.
_PRINTABLE = r"[\x21-\x7e]+"
_NAME = r"(?i)(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
"""At least two labels, the last of which begins with a letter: no other spelling of an address passes for a name."""
_LOCAL = r"http://127\.0\.0\.1:[1-9][0-9]{0,4}(?:[/?][^#]*)?"
_OF_THIS_MACHINE = (".localhost", ".localdomain", ".local")

# The platform's own, reachable from every virtual machine. https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
_AZURE = ip_address("168.63.129.16")
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
"""An IPv4 address within an IPv6 one, whatever it is."""

type Address = IPv4Address | IPv6Address


def checked_url(url: str, settings: Settings) -> str:
    """The URL, if it may be told. No I/O. Raises ProblemError 400 InvalidWebhookUrl."""
    if settings.webhook_allow_local and re.fullmatch(_LOCAL, url) and len(url) <= LONGEST_URL:
        return url
    fault = _fault(url, settings)
    if fault is not None:
        raise ProblemError(Code.INVALID_WEBHOOK_URL, f"The URL {fault}.", "url")
    return url


def is_local(url: str) -> bool:
    """Admitted by WEBHOOK_ALLOW_LOCAL only."""
    return url.startswith("http://")


def may_be_reached(addresses: Iterable[Address], *, listed: bool) -> bool:
    """All that a name stands for. `listed`: the operator names this host, so it may stand in a private network."""
    found = list(addresses)
    return bool(found) and all(_may_be_reached(each, listed=listed) for each in found)


def is_listed(host: str, hosts: Iterable[str]) -> bool:
    """By its own name, or below one that is written *.name."""
    name = host.lower().rstrip(".")
    return any(name == each or (each.startswith("*.") and name.endswith(each[1:])) for each in hosts)


def _fault(url: str, settings: Settings) -> str | None:
    if len(url) > LONGEST_URL:
        return f"is longer than {LONGEST_URL} characters"
    if not re.fullmatch(_PRINTABLE, url) or "\\" in url:
        return "has characters that an address has none of"
    if "#" in url:  # an empty fragment is gone once it is split
        return "must have no fragment"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "is none"
    return _fault_of(parts, settings)


def _fault_of(parts: SplitResult, settings: Settings) -> str | None:
    if parts.scheme != "https":
        return "must begin with https://"
    if "@" in parts.netloc:
        return "must not hold a user or a password"
    if parts.port == 0:
        return "must have a port that there is"
    return _fault_of_host((parts.hostname or "").rstrip("."), settings)


def _fault_of_host(host: str, settings: Settings) -> str | None:
    if settings.webhook_hosts is not None:
        listed = is_listed(host, settings.webhook_hosts)
        return None if listed else "names a host that WEBHOOK_HOSTS does not allow"
    address = _literal(host)
    if address is not None:
        return None if _may_be_reached(address, listed=False) else "names an address that is not public"
    named = re.fullmatch(_NAME, host) and not host.lower().endswith(_OF_THIS_MACHINE)
    return None if named else "must name a host by a public DNS name or address"


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _may_be_reached(address: Address, *, listed: bool) -> bool:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _may_be_reached(address.ipv4_mapped, listed=listed)
        if address.sixtofour or address.teredo or any(address in net for net in _TRANSLATED):
            return False
    if address == _AZURE or address.is_loopback or address.is_link_local or address.is_multicast:
        return False
    if address.is_unspecified or address.is_reserved:
        return False
    if isinstance(address, IPv6Address) and address.is_site_local:  # private once, and never public
        return listed
    return listed or address.is_global
