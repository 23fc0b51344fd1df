"""What all tests share: one Azurite and one stack for the whole run, both started only when a test asks for them."""

from collections import deque
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

from local import azurite as local_azurite
from local import stack as local_stack
from local.stack import Stack

# A machine that is busy with the stack is no reason for a property to fail.
settings.register_profile("deskhand", deadline=None)
settings.load_profile("deskhand")

_logged: deque[str] = deque(maxlen=300)


@pytest.fixture(scope="session")
def azurite() -> Iterator[str]:
    """The connection string of an empty table store."""
    with local_azurite.running(_logged.append) as running:
        yield running.connection_string


@pytest.fixture(scope="session")
def stack(azurite: str) -> Iterator[Stack]:
    """The whole system; its timers run every second or two."""
    with local_stack.running(_logged.append, poll_seconds=1, tables=azurite) as running:
        yield running


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    _logged.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what the stack logged meanwhile."""
    report = yield
    if report.failed and _logged:
        report.sections.append(("Captured stack log", "\n".join(_logged)))
    return report
