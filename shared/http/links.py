"""Every URL that we give: absolute, built when answering."""

from shared.http.call import Call
from shared.run.model import Run
from shared.signatures import Purpose, Signatures


def run_url(call: Call, run_id: str) -> str:
    return f"{call.base}/api/runs/{run_id}"


def result_url(call: Call, signatures: Signatures, run_id: str, *, fail_on_error: bool = False) -> str:
    """The signed URL of a run's result: whoever holds it may read this one result, without a key."""
    url = f"{call.base}/api/results/{run_id}?sig={signatures.sign(Purpose.RESULT, run_id)}"
    return f"{url}&failOnError=true" if fail_on_error else url


def portal_url(environment_id: str | None, run: Run) -> str | None:
    if environment_id is None or run.session_id is None:
        return None
    return f"https://make.powerautomate.com/manage/environments/{environment_id}/uiflows/{run.flow_id}/runs/{run.session_id}"
