"""The parts that a fire test reaches for."""

from collections import deque
from dataclasses import dataclass

from local.azurite import Azurite
from local.processes import Child
from tests.e2e.client import Client, eventually
from tests.e2e.dataverse import Dataverse


@dataclass(frozen=True, slots=True)
class House:
    azurite: Azurite
    hosts: tuple[Child, Child]
    """Two instances of one deployment. Dataverse calls back the first."""
    clients: tuple[Client, Client]
    """A caller of each host."""
    dataverse: Dataverse
    log: deque[str]

    def kill(self, host: Child) -> None:
        """At once, in the middle of whatever it does; it is back when this returns."""
        host.kill()
        host.start()
        host.first_line()

    def stop_tables(self) -> None:
        self.azurite.child.stop()

    def start_tables(self) -> None:
        self.azurite.child.start()
        self.azurite.wait_until_ready()

    def logs(self, sentence: str) -> None:
        """Waits until some part says so, from now on."""
        self.log.clear()
        eventually(lambda: any(sentence in line for line in list(self.log)), seconds=20)
