"""Everything that one simulated environment consists of, wired together."""

import random
from collections.abc import Callable

from local.dataverse.callbacks import Callbacks
from local.dataverse.catalogue import Catalogue
from local.dataverse.clock import Clock, LoopTime, RealTime
from local.dataverse.connections import MadeConnection
from local.dataverse.directory import Directory
from local.dataverse.faults import Faults
from local.dataverse.journal import Journal
from local.dataverse.life import Life
from local.dataverse.outcome import Ending
from local.dataverse.session import Session
from local.dataverse.sessions import SessionTable
from local.dataverse.settings import Settings, Switchboard
from local.dataverse.throttle import ConnectionThrottle
from local.dataverse.tokens import TokenIssuer

ORGANIZATION_ID = "9d2f6a83-c417-4e58-b0a9-f15e3c7d8b26"


class World:
    def __init__(
        self,
        dice: random.Random | None = None,
        real: RealTime | None = None,
        notify: Callable[[Session, Ending], None] | None = None,
    ) -> None:
        """`dice` decide ids, and which requests a fault with a probability hits. `notify`: instead of sending callbacks."""
        dice = dice or random.Random()  # noqa: S311  # neither is a secret
        real = real or LoopTime()
        self.origin = ""
        """Scheme, host and port, known once the server listens. Tokens are meant for it."""
        self.clock = Clock(real)
        self.switchboard = Switchboard()
        self.tokens = TokenIssuer(lambda: real.now().timestamp())
        self.journal = Journal()
        self.faults = Faults(dice)
        self.sessions = SessionTable()
        self.catalogue = Catalogue(self.clock)
        self.directory = Directory(self.clock)
        self.connections: dict[str, MadeConnection] = {}
        """By id."""
        self.throttle = ConnectionThrottle()
        self.callbacks = Callbacks(self.clock, self.switchboard, self.faults)
        self.life = Life(
            self.clock,
            self.switchboard,
            self.sessions,
            self.catalogue,
            notify or self.callbacks.session_ended,
            dice=dice,
        )

    @property
    def settings(self) -> Settings:
        return self.switchboard.current
