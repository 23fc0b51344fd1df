"""An earlier version meets rows of a newer layout: it guesses nothing, starts nothing, and spoils nothing for the newer one."""

import json
from collections.abc import Iterator

import pytest

from local.whole_table import Copy, WholeTable
from run_status.reading import get_run
from shared.run.ids import shard_of
from shared.storage.rows import LAYOUT
from tests.contract.conftest import MakeInstances
from tests.support.metered import Metered


@pytest.fixture
def table(metered: Metered, azurite: str) -> Iterator[WholeTable]:
    table = WholeTable(azurite, metered.app.settings.runs_table)
    yield table
    table.close()


def written_by(table: WholeTable, layout: int) -> None:
    """Every row, as a version with this layout would have it."""
    table.put_back([{**row, "layout": layout} for row in table.copied()])


def rows_of_shard(table: WholeTable, run_id: str) -> Copy:
    """Where all rows of the run stand."""
    return [row for row in table.copied() if row["PartitionKey"] == shard_of(run_id)]


def test_a_run_of_a_newer_layout_is_left_alone(metered: Metered, flow: str, table: WholeTable) -> None:
    """Reading it and repeating its start is 500, its callback 503, and the poller passes it over. The newer version goes on with it."""
    run = metered.started(flow, key="order")
    written_by(table, LAYOUT + 1)
    before = rows_of_shard(table, run["runId"])
    metered.end(run["sessionId"])
    read = metered.call(get_run, runId=run["runId"])
    repeated = metered.order(flow, key="order")
    told = metered.notified(run["sessionId"])
    metered.passes(1)
    left = rows_of_shard(table, run["runId"])
    written_by(table, LAYOUT)
    metered.passes(1)

    assert [(500, "RowUnreadable")] * 2 == [
        (each.status_code, json.loads(each.get_body())["error"]["code"]) for each in (read, repeated)
    ]
    assert 503 == told
    assert before == left
    assert 1 == len(metered.sessions(flow))
    assert "Succeeded" == metered.read(run["runId"])["status"]


def test_other_runs_go_on_beside_it(metered: Metered, flow: str, table: WholeTable) -> None:
    """What the earlier version writes itself it follows as ever."""
    metered.started(flow)
    written_by(table, LAYOUT + 1)
    run = metered.started(flow)
    metered.end(run["sessionId"])
    metered.passes(1)

    assert "Succeeded" == metered.read(run["runId"])["status"]


def test_a_run_that_waits_in_a_newer_layout_is_not_started(
    metered: Metered, flow: str, instances: MakeInstances, azurite: str
) -> None:
    """It waits on, and is started once by the newer version."""
    paused, going = instances(1, STARTS="paused")[0], instances(1)[0]
    run = paused.started(flow)
    table = WholeTable(azurite, going.app.settings.runs_table)
    written_by(table, LAYOUT + 1)
    going.queue_passes(3)
    meanwhile = len(going.sessions(flow))
    written_by(table, LAYOUT)
    going.queue_passes(3)
    table.close()

    assert (0, 1) == (meanwhile, len(going.sessions(flow)))
    assert going.only_session(flow) == going.read(run["runId"])["sessionId"]
