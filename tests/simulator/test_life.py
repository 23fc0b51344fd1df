"""The life of a session: waiting, running, and each way to end."""

import uuid

import pytest

from tests.simulator.client import Simulator

HOUR = 3600


def test_a_session_waits_then_runs_then_ends(dataverse: Simulator) -> None:
    """3, then 2 with startedon, then 4 with completedon; each at its time."""
    session = dataverse.started(dataverse.flow(waitSeconds=600, runSeconds=600))

    waiting = dataverse.session(session)
    dataverse.advance(601)
    running = dataverse.session(session)
    dataverse.advance(600)
    ended = dataverse.session(session)

    assert (waiting["statuscode"], waiting["startedon"], waiting["completedon"]) == (3, None, None)
    assert (running["statuscode"], running["completedon"]) == (2, None)
    assert running["startedon"] > waiting["createdon"]
    assert (ended["statuscode"], ended["statecode"]) == (4, 0)
    assert ended["completedon"] > ended["startedon"] == running["startedon"]


def test_each_change_moves_modifiedon_and_the_version(dataverse: Simulator) -> None:
    """The time of change never goes back, and no two states share an ETag."""
    session = dataverse.started(dataverse.flow(waitSeconds=600, runSeconds=600))
    states = [dataverse.session(session)]
    for _ in range(2):
        dataverse.advance(601)
        states.append(dataverse.session(session))

    changes = [state["modifiedon"] for state in states]
    assert changes == sorted(set(changes))
    assert len({state["@odata.etag"] for state in states}) == 3


def test_a_jump_in_time_lets_everything_happen_at_its_own_moment(dataverse: Simulator) -> None:
    """A run of ten minutes lasts ten minutes, though the clock was moved by a day."""
    session = dataverse.started(dataverse.flow(waitSeconds=60, runSeconds=600))

    dataverse.advance(24 * HOUR)
    row = dataverse.session(session)

    assert row["statuscode"] == 4
    assert row["runexecutionduration"] == pytest.approx(600_000, abs=1000)


@pytest.mark.parametrize(
    ("ends", "statuscode", "statecode"),
    [
        ("Succeeded", 4, 0),
        ("Skipped", 5, 0),
        ("Cancelled", 7, 0),
        ("Failed", 8, 0),
        ("Faulted", 9, 0),
        ("TimedOut", 10, 0),
        ("Aborted", 11, 0),
        ("Ignored", 12, 0),
        ("Deleted", 13, 1),
        ("Terminated", 14, 1),
    ],
)
def test_a_flow_ends_as_it_was_defined(
    dataverse: Simulator, ends: str, statuscode: int, statecode: int
) -> None:
    """Every end can be had; statecode is 1 for three odd codes only."""
    error = {"code": "MachineNotFound", "message": "It is gone."}
    session = dataverse.started(dataverse.flow(runSeconds=0, ends=ends, error=error))

    row = dataverse.session(session)

    assert (row["statuscode"], row["statecode"]) == (statuscode, statecode)
    assert (row["errorcode"], row["errormessage"]) == ("MachineNotFound", "It is gone.")
    assert row["completedon"] is not None


def test_inferred_ends_may_lack_completedon(dataverse: Simulator) -> None:
    """Whether codes 5, 11, 12, 13 and 14 set it is a setting; 4 always does."""
    dataverse.settings(completedonOnInferredEnds=False)

    skipped = dataverse.session(dataverse.started(dataverse.flow(runSeconds=0, ends="Skipped")))
    succeeded = dataverse.session(dataverse.started(dataverse.flow(runSeconds=0)))

    assert skipped["completedon"] is None
    assert succeeded["completedon"] is not None


def test_the_timeout_counts_from_the_creation(dataverse: Simulator) -> None:
    """A run that waited half its time has half of it left, and ends as 10 with the documented code."""
    session = dataverse.started(dataverse.flow(waitSeconds=60), timeout=100)

    dataverse.advance(90)
    assert dataverse.session(session)["statuscode"] == 2
    dataverse.advance(11)
    row = dataverse.session(session)
    assert (row["statuscode"], row["errorcode"]) == (10, "DesktopFlowsActionTimeout")


def test_the_timeout_can_count_from_the_start(dataverse: Simulator) -> None:
    """By setting, the queue does not eat it."""
    dataverse.settings(timeoutFrom="start")
    session = dataverse.started(dataverse.flow(waitSeconds=60), timeout=100)

    dataverse.advance(110)
    assert dataverse.session(session)["statuscode"] == 2
    dataverse.advance(51)
    assert dataverse.session(session)["statuscode"] == 10


@pytest.mark.parametrize("statuscode", [8, 10])
def test_a_session_that_waits_too_long_leaves_the_queue(dataverse: Simulator, statuscode: int) -> None:
    """After twelve hours without a machine it ends with NoCandidateMachine; as 8 or as 10 is a setting."""
    dataverse.settings(queueExpiryStatuscode=statuscode)
    session = dataverse.started(dataverse.flow(waitSeconds=20 * HOUR), timeout=24 * HOUR)

    dataverse.advance(12 * HOUR - 60)
    assert dataverse.session(session)["statuscode"] == 3
    dataverse.advance(61)
    row = dataverse.session(session)
    assert (row["statuscode"], row["errorcode"]) == (statuscode, "NoCandidateMachine")


def test_machines_that_are_limited_make_runs_queue(dataverse: Simulator) -> None:
    """One machine carries one run at a time: the next begins when it ends, high priority first."""
    dataverse.settings(machinesPerConnection=1)
    flow, connection = dataverse.flow(), str(uuid.uuid4())
    first, second = (dataverse.started(flow, connectionName=connection) for _ in range(2))
    urgent = dataverse.started(flow, connectionName=connection, runPriority="high")

    def codes() -> list[int]:
        return [dataverse.session(each)["statuscode"] for each in (first, second, urgent)]

    assert codes() == [2, 3, 3]
    dataverse.move(first, 4)
    assert codes() == [4, 3, 2]
    dataverse.cancel(urgent)
    assert codes() == [4, 2, 7]


def test_machines_that_are_added_take_the_next_runs(dataverse: Simulator) -> None:
    """A change of the setting works at once."""
    dataverse.settings(machinesPerConnection=1)
    flow, connection = dataverse.flow(), str(uuid.uuid4())
    sessions = [dataverse.started(flow, connectionName=connection) for _ in range(3)]
    dataverse.settings(machinesPerConnection=2)

    assert [dataverse.session(each)["statuscode"] for each in sessions] == [2, 2, 3]


def test_outputs_are_the_values_of_the_definition(dataverse: Simulator) -> None:
    """The file holds them as one flat JSON object, and the row a file id."""
    session = dataverse.started(dataverse.flow(runSeconds=0, outputValues={"Total": 3, "By": "Zoë"}))

    assert dataverse.get(f"flowsessions({session})/outputs/$value").json() == {"Total": 3, "By": "Zoë"}
    assert dataverse.session(session)["outputs"] is not None


def test_an_echo_repeats_the_inputs(dataverse: Simulator) -> None:
    """Whatever went in comes out."""
    flow = dataverse.flow(runSeconds=0, inputs={"Name": "string"}, echo=True)
    session = dataverse.started(flow, inputs='{"Name": "Ada"}')

    assert dataverse.get(f"flowsessions({session})/outputs/$value").json() == {"Name": "Ada"}


def test_a_failed_run_leaves_no_outputs(dataverse: Simulator) -> None:
    """Values are written when a run succeeds, not otherwise."""
    flow = dataverse.flow(runSeconds=0, ends="Failed", outputValues={"Total": 3})

    assert dataverse.session(dataverse.started(flow))["outputs"] is None


def test_startedon_can_be_the_moment_of_the_request(dataverse: Simulator) -> None:
    """What the column follows is not documented."""
    dataverse.settings(startedonIs="request")
    session = dataverse.started(dataverse.flow(waitSeconds=60))
    dataverse.advance(61)

    row = dataverse.session(session)

    assert row["startedon"] == row["createdon"]


def test_times_are_whole_seconds_unless_asked_otherwise(dataverse: Simulator) -> None:
    """Dataverse shows seconds; a finer clock is a setting."""
    flow = dataverse.flow()
    coarse = dataverse.session(dataverse.started(flow))["createdon"]
    dataverse.settings(wholeSeconds=False)
    fine = dataverse.session(dataverse.started(flow))["createdon"]

    assert len(coarse) == len("2026-01-01T00:00:00Z") < len(fine)


def test_what_a_queued_session_shows_is_a_setting(dataverse: Simulator) -> None:
    """3 is likely, not documented."""
    dataverse.settings(queuedStatuscode=0)

    assert dataverse.session(dataverse.started(dataverse.flow(waitSeconds=60)))["statuscode"] == 0


def test_a_cancel_ends_a_run_at_once(dataverse: Simulator) -> None:
    """204, then 7 with completedon; waiting or running makes no difference."""
    for wait in (0, 600):
        session = dataverse.started(dataverse.flow(waitSeconds=wait))
        assert dataverse.cancel(session).status_code == 204
        row = dataverse.session(session)
        assert (row["statuscode"], row["completedon"] is None) == (7, False)


def test_a_cancel_can_take_its_time(dataverse: Simulator) -> None:
    """By setting, 204 means accepted, and 7 follows."""
    dataverse.settings(cancelDelaySeconds=30)
    session = dataverse.started(dataverse.flow())

    dataverse.cancel(session)
    assert dataverse.session(session)["statuscode"] == 2
    dataverse.advance(31)
    assert dataverse.session(session)["statuscode"] == 7


@pytest.mark.parametrize(("setting", "status"), [("noop", 204), ("400", 400), ("412", 412)])
def test_what_a_cancel_after_the_end_answers_is_a_setting(
    dataverse: Simulator, setting: str, status: int
) -> None:
    """Whatever it answers, the end stays as it is."""
    dataverse.settings(cancelAfterEnd=setting)
    session = dataverse.started(dataverse.flow(runSeconds=0))

    assert dataverse.cancel(session).status_code == status
    assert dataverse.session(session)["statuscode"] == 4


def test_cancelling_nothing_is_404(dataverse: Simulator) -> None:
    """The record does not exist."""
    assert dataverse.cancel(str(uuid.uuid4())).status_code == 404
