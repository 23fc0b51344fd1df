"""What must hold once it is quiet. Each judge's docstring is its claim; it reads the logs of the twins, and nothing of the code's.

A new invariant is a function in one of these modules and a line in `JUDGES`.
"""

from collections.abc import Callable, Iterator

from tests.simulation.evidence import Evidence, Violation
from tests.simulation.judges.keeping import (
    answers_are_of_the_contract,
    no_run_is_lost,
    rows_agree,
)
from tests.simulation.judges.lost_starts import (
    each_session_has_its_run,
    unconfirmed_is_not_hasty,
    unconfirmed_means_nothing_to_see,
    what_can_be_seen_is_found,
)
from tests.simulation.judges.pace import (
    a_pause_is_heeded,
    a_throttled_run_is_followed_once,
    the_pace_is_kept,
)
from tests.simulation.judges.starts import (
    a_promised_start_is_sent,
    one_key_one_run,
    one_request_one_session,
    refused_means_not_started,
    sent_in_time,
)
from tests.simulation.judges.telling import (
    everybody_is_told,
    no_start_follows_its_end,
    nothing_is_left_to_tell,
    only_what_happened_is_told,
    what_is_new_is_told_soon,
)
from tests.simulation.judges.timely import ends_are_seen_in_time
from tests.simulation.judges.truth import (
    cancels_settle,
    ended_is_absorbing,
    ends_are_told_once,
    status_is_what_dataverse_says,
)

type Judge = Callable[[Evidence], Iterator[Violation]]

JUDGES: tuple[Judge, ...] = (
    answers_are_of_the_contract,
    one_request_one_session,
    one_key_one_run,
    each_session_has_its_run,
    refused_means_not_started,
    unconfirmed_means_nothing_to_see,
    unconfirmed_is_not_hasty,
    what_can_be_seen_is_found,
    a_promised_start_is_sent,
    status_is_what_dataverse_says,
    ends_are_seen_in_time,
    ended_is_absorbing,
    ends_are_told_once,
    cancels_settle,
    no_run_is_lost,
    rows_agree,
    sent_in_time,
    the_pace_is_kept,
    a_pause_is_heeded,
    a_throttled_run_is_followed_once,
    everybody_is_told,
    what_is_new_is_told_soon,
    no_start_follows_its_end,
    only_what_happened_is_told,
    nothing_is_left_to_tell,
)
