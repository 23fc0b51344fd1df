"""A scene of its own for each test: a table, keys, and an app."""

import base64
import secrets
from collections.abc import Iterator

import pytest

from local.stack import Stack
from local.whole_table import WholeTable
from tests.contract.conftest import MakeInstances
from tests.support.metered import BASE, Metered
from tests.support.rebuilding import (
    Scene,
)


@pytest.fixture
def keys() -> str:
    """Of one test alone: nothing that another one has started is signed with it."""
    return f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}"


@pytest.fixture
def scene(
    instances: MakeInstances, keys: str, azurite: str, stack: Stack, capsys: pytest.CaptureFixture[str]
) -> Iterator[Scene]:
    (app,) = instances(1, SIGNING_KEYS=keys)
    name = app.app.settings.runs_table
    environ = {**stack.settings, "SIGNING_KEYS": keys, "RUNS_TABLE": name, "PUBLIC_BASE_URL": BASE}
    table = WholeTable(azurite, name)
    yield Scene(app, table, environ, app.define(), capsys)
    app.switch(accessLevel="Owner", privilegeDepths={}, missingPrivileges=[])
    table.close()


@pytest.fixture
def paused(instances: MakeInstances, keys: str) -> Metered:
    """Another instance, which lets every start wait."""
    return instances(1, SIGNING_KEYS=keys, STARTS="paused")[0]
