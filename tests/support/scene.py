"""A run whose session is known and running, to be lied about."""

from dataclasses import dataclass
from typing import Any

from tests.support.metered import Metered


@dataclass(frozen=True)
class Scene:
    metered: Metered
    run_id: str
    session: str

    @property
    def shown(self) -> dict[str, Any]:
        return self.metered.read(self.run_id)


def a_scene(metered: Metered) -> Scene:
    run = metered.started(metered.define())
    metered.passes(1)
    return Scene(metered, run["runId"], run["sessionId"])
