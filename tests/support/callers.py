"""Callers to test with."""

from shared.http.access import Role
from shared.http.caller import Caller

ALICE = Caller(
    id="tenant:alice", name="alice@contoso.com", roles=frozenset({Role.RUNS_START, Role.RUNS_READ})
)
BOB = Caller(id="tenant:bob", name="bob@contoso.com", roles=ALICE.roles | {Role.RUNS_CANCEL})
OPERATOR = Caller(
    id="tenant:operator", name="operator", roles=frozenset({Role.RUNS_READ_ALL, Role.RUNS_CANCEL})
)
