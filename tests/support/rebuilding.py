"""infra.rebuild as an operator gives it, over a real table and the simulated Dataverse; and what it says."""

from collections.abc import Mapping
from copy import replace
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from infra.rebuild.cli import main
from local.whole_table import WholeTable
from shared.callbacks import callback_url
from shared.clock import SYSTEM_CLOCK
from shared.run.model import CallbackClaim
from tests.support.metered import BASE, Metered
from tests.support.runs import a_run

CONNECTION = "desk"
OPEN = "runs were missing and have not ended"
ENDED = "runs were missing and have ended"
DO_NOT = "Do NOT let starts go on"
BROUGHT = "runs did not know their session"
OTHERS = "sessions bear the callback URL of a run that has another one"
SHUT = "runs had been ended as not started before their session was found"
THERE = "runs are there, and know their session"


@dataclass
class Scene:
    app: Metered
    table: WholeTable
    environ: Mapping[str, str]
    flow: str
    capsys: pytest.CaptureFixture[str]

    def rebuilt(self, *arguments: str, code: int = 0, **settings: str) -> str:
        """What the command says; its progress is not looked at."""
        since = (SYSTEM_CLOCK.now() - timedelta(hours=1)).isoformat()
        self.capsys.readouterr()
        given = arguments if "--since" in arguments else ("--since", since, *arguments)
        assert code == main(given, {**self.environ, **settings})
        told = self.capsys.readouterr()
        return told.err if code in {1, 2} else told.out

    def statuses(self, *runs: dict[str, Any]) -> list[str]:
        return [self.app.read(run["runId"])["status"] for run in runs]

    def sent(self) -> int:
        """Starts that this app has sent."""
        return sum("RunDesktopFlow" in each for each in self.app.dataverse)

    def url(self, *, base: str = BASE, run_id: str | None = None) -> str:
        """Of a run that was never started, or of the one whose id is given."""
        named = a_run(callback=CallbackClaim(base=base, key_version="1"))
        named = replace(named, id=run_id or named.id)
        url = callback_url(self.app.app.signatures, named)
        assert url is not None
        return url


def counted(told: str) -> dict[str, int]:
    """By the first words of each line."""
    rows = (line.split(None, 1) for line in told.splitlines() if line[:4] == "    ")
    return {text.split(":")[0]: int(number.replace(",", "")) for number, text in rows}
