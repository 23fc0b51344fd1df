"""CancelDesktopFlowRun."""

from local.dataverse.errors import BUSINESS_ERROR, DataverseError
from local.dataverse.webapi.exchange import NO_CONTENT, Answer, Call
from local.dataverse.webapi.listing import check_version
from local.dataverse.webapi.session_reads import readable
from local.dataverse.webapi.session_table import FLOWSESSION
from local.dataverse.world import World


def cancel_desktop_flow_run(world: World, call: Call) -> Answer:
    """204 for a run that waits or runs; what an ended one answers is a setting."""
    session = readable(world, call, "prvWriteflowsession")
    check_version(call, session, FLOWSESSION, world.settings)
    if not session.ended:
        world.life.cancel(session)
    elif world.settings.cancel_after_end != "noop":
        status = int(world.settings.cancel_after_end)
        raise DataverseError(status, BUSINESS_ERROR, f"The desktop flow run {session.id} has already ended.")
    return NO_CONTENT
