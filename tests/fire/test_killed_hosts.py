"""Functions hosts killed in the middle of starts, polls, cancels and callbacks, and started again."""

import time

from tests.fire.crowd import Crowd
from tests.fire.house import House
from tests.fire.judge import judge


def test_a_host_may_die_at_any_moment(fire: House, crowd: Crowd) -> None:
    """Two hosts are killed in turn while orders come in at both: nothing is started twice, nothing is lost."""
    quick, slow = fire.dataverse.flow(runSeconds=0.3), fire.dataverse.flow(runSeconds=2)
    failing = fire.dataverse.flow(ends="Failed", error={"code": "MachineGone", "message": "It is gone."})
    fire.dataverse.switch(latencyMilliseconds=60)

    with crowd.at_work(quick, slow, failing, most=110):
        for moment, host in zip((0.9, 0.4, 0.7, 0.2), 2 * fire.hosts, strict=True):
            time.sleep(moment)
            fire.kill(host)

    runs = judge(fire.clients[0], fire.dataverse, crowd.answers, quick, slow, failing)
    assert any(answer.status is None for answer in crowd.answers), "no call was cut off"
    assert {"Succeeded", "Failed", "Canceled"} == {run["status"] for run in runs}
