"""The environment that child processes are given: little of the machine's, so that all machines behave alike."""

import os

_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE")
_LOOPBACK = "127.0.0.1"


def for_child(**settings: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"NO_PROXY": _LOOPBACK, "TZ": "UTC"} | settings


def bypass_proxies() -> None:
    """Nothing that this process asks of 127.0.0.1 goes through a proxy."""
    hosts = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").split(",")
    if _LOOPBACK not in hosts:
        hosts.append(_LOOPBACK)
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(filter(None, hosts))
