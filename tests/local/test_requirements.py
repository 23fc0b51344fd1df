"""requirements.txt pins what is deployed, all of it and nothing else."""

from collections.abc import Iterator
from importlib.metadata import distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local import places

DIRECT = {"azure-functions", "azure-identity", "azure-data-tables", "requests", "msgspec", "jmespath"}


def pinned() -> dict[str, str]:
    lines = (places.CHECKOUT / "requirements.txt").read_text().splitlines()
    pins = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pins}


def needed(name: str, extras: set[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """What one distribution needs on this machine."""
    for each in map(Requirement, distribution(name).requires or ()):
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras | {""}):
            yield canonicalize_name(each.name), frozenset(each.extras)


def installed() -> dict[str, str]:
    """The direct dependencies and, by what each says that it needs, everything below them."""
    waiting: list[tuple[str, frozenset[str]]] = [(name, frozenset()) for name in DIRECT]
    seen = set(waiting)
    for name, extras in waiting:
        new = set(needed(name, set(extras))) - seen
        seen |= new
        waiting += new
    return {name: distribution(name).version for name, _ in seen}


def test_what_is_deployed_is_pinned_as_it_is_installed() -> None:
    """Every installed runtime distribution stands there with its version, and no other does."""
    assert pinned() == installed()
