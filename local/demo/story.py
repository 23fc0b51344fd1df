"""The steps of the demo. Each does one thing a user cares about and tells what really happened, or raises StoryError."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import requests
from standardwebhooks import Webhook, WebhookVerificationError

from local.demo.api import ENDED, Api
from local.receiver import Heard, receiving

_TEXT_IN, _TEXT_OUT = {"Invoice": "string", "Amount": "number"}, {"Booked": "string"}


class StoryError(Exception):
    """A step did not hold."""


def catalogue(api: Api) -> list[str]:
    """The catalogue: which flows there are, and what they want."""
    flows = _json(api.get("/flows"), 200)["value"]
    invoice = next(flow for flow in flows if flow["name"] == "Read invoice")
    schema = _json(api.get(f"/flows/{invoice['flowId']}/inputs"), 200)["properties"]
    wanted = ", ".join(f"{name}: {about['type']}" for name, about in schema.items())
    _expect(bool(schema), "the flow has no inputs")
    return [
        f"{len(flows)} published flows: {', '.join(flow['name'] for flow in flows)}",
        f"Read invoice takes {wanted}",
    ]


def by_callback(api: Api) -> list[str]:
    """A run with inputs, told of by Dataverse's callback."""
    flow = api.define_flow(
        name="Book invoice",
        inputs=_TEXT_IN,
        outputs=_TEXT_OUT,
        waitSeconds=0.3,
        runSeconds=0.7,
        ends="Succeeded",
        outputValues={"Booked": "4711"},
    )
    for _ in range(3):  # a pass of the poller may come just then, and be faster
        run = _started(api.start(flow, inputs={"Invoice": "A-1", "Amount": "12.50"}))
        ended = api.wait(run["runId"], *ENDED)
        if ended["history"][-1]["source"] == "callback":
            break
    outputs = _json(api.get(f"/runs/{run['runId']}/outputs"), 200)
    _expect(ended["status"] == "Succeeded", f"it is {ended['status']}")
    _expect(ended["history"][-1]["source"] == "callback", "no callback told of its end")
    _expect(outputs == {"Booked": "4711"}, f"its outputs are {outputs}")
    return [f"{_way(ended)}, outputs {outputs}"]


def by_poller(api: Api) -> list[str]:
    """The same when the callback never comes: the poller finds out."""
    flow = api.define_flow(name="Silent flow", waitSeconds=0, runSeconds=0.3, ends="Succeeded")
    api.fault("Callback", "skip")
    ended = api.wait(_started(api.start(flow))["runId"], *ENDED)
    _expect(ended["status"] == "Succeeded", f"it is {ended['status']}")
    _expect(ended["history"][-1]["source"] == "poller", "it was not the poller that told")
    return [_way(ended)]


def by_location(api: Api) -> list[str]:
    """A caller that only follows Location, without any key, as Power Automate does."""
    flow = api.define_flow(
        name="Quote",
        outputs=_TEXT_OUT,
        waitSeconds=0,
        runSeconds=0.5,
        ends="Succeeded",
        outputValues={"Booked": "yes"},
    )
    answer = api.start(flow)
    _started(answer)
    asked, location = 0, answer.headers["Location"]
    deadline = time.monotonic() + 30
    while (result := requests.get(location, timeout=30)).status_code == requests.codes.accepted:
        _expect(time.monotonic() < deadline, "it never ended")
        asked += 1
        location = result.headers["Location"]
        time.sleep(0.2)  # a real caller waits for the seconds of Retry-After
    body = _json(result, 200)
    _expect(body["outputs"] == {"Booked": "yes"}, f"the result was {body}")
    return [f"202 {asked} times, then 200: {body['run']['status']}, outputs {body['outputs']}"]


def cancel(api: Api) -> list[str]:
    """A run cancelled while it runs."""
    flow = api.define_flow(name="Endless", waitSeconds=0, runSeconds=None, ends="Succeeded")
    run_id = _started(api.start(flow))["runId"]
    api.wait(run_id, "Running")
    asked = _json(api.post(f"/runs/{run_id}/cancel"), 202, 200)
    ended = api.wait(run_id, *ENDED)
    _expect(ended["status"] == "Canceled", f"it is {ended['status']}")
    again = api.post(f"/runs/{run_id}/cancel")
    _expect(again.status_code == requests.codes.ok, f"the second cancel was answered {again.status_code}")
    return [f"{asked['status']}, then {_way(ended)}; a second cancel is answered 200 and asks nothing"]


def failure(api: Api) -> list[str]:
    """A run that fails, and the error that a user sees."""
    error = {
        "code": "SessionExistsForTheUserWhenUnattended",
        "message": "The connection's user has a session on the machine already.",
    }
    flow = api.define_flow(name="Unlucky", waitSeconds=0, runSeconds=0.3, ends="Failed", error=error)
    ended = api.wait(_started(api.start(flow))["runId"], *ENDED)
    _expect(ended["status"] == "Failed", f"it is {ended['status']}")
    _expect(ended["error"]["code"] == error["code"], f"its error is {ended['error']}")
    return [f"Failed, {ended['error']['code']}: {ended['error']['message']}"]


def lost_answer(api: Api) -> list[str]:
    """Dataverse starts the flow, and its answer is lost: nothing is started twice."""
    flow = api.define_flow(name="Only once", waitSeconds=0, runSeconds=0.5, ends="Succeeded")
    api.fault("Callback", "skip")
    api.fault("RunDesktopFlow", "lose-response")
    api.forget()
    key = str(uuid.uuid4())
    first = _started(api.start(flow, key=key))
    again = api.start(flow, key=key)
    ended = api.wait(first["runId"], *ENDED, seconds=60)
    sessions, starts = api.sessions(flow), api.asked().get("RunDesktopFlow", 0)
    _expect(_started(again)["runId"] == first["runId"], "the same key gave another run")
    _expect(again.headers.get("Idempotency-Replayed") == "true", "the second answer was no replay")
    _expect((len(sessions), starts) == (1, 1), f"{starts} starts were sent, {len(sessions)} sessions exist")
    _expect(ended["status"] == "Succeeded", f"it is {ended['status']}")
    return [
        f"202 {first['status']} although nothing was heard; the same key again: the same run",
        f"1 start sent, 1 session in Dataverse, found by the poller: {_way(ended)}",
    ]


def forgery(api: Api) -> list[str]:
    """A forged callback is refused, and a genuine one with a false body changes nothing."""
    flow = api.define_flow(name="Target", waitSeconds=0, runSeconds=None, ends="Succeeded")
    run = api.wait(_started(api.start(flow))["runId"], "Running")
    session = api.sessions(flow)[0]
    lie = {"statuscode": 4, "statecode": 0, "flowsessionid": session["flowsessionid"]}
    genuine = session["callbackurl"]
    api.forget()
    forged = requests.post(genuine[:-8] + "deadbeef", json=lie, timeout=30)
    _expect(forged.status_code == requests.codes.not_found, f"the forgery was answered {forged.status_code}")
    liar = requests.post(genuine, json=lie, timeout=30)
    _expect(liar.status_code == requests.codes.unavailable, f"the false body was answered {liar.status_code}")
    after = api.run(run["runId"])
    _expect(after["status"] == "Running", f"the run is {after['status']}")
    api.move(session["flowsessionid"], statuscode=4)
    ended = api.wait(run["runId"], *ENDED)
    _expect(ended["status"] == "Succeeded", f"the run is {ended['status']}")
    return [
        f"forged signature: {forged.status_code}; false body: {liar.status_code}, and the run stays Running until Dataverse says otherwise"
    ]


def missing_privilege(api: Api) -> list[str]:
    """A missing Owner privilege is named, and is never taken for a deleted run."""
    flow = api.define_flow(name="Not mine", waitSeconds=0, runSeconds=None, ends="Succeeded")
    run_id = _started(api.start(flow))["runId"]
    api.switch(accessLevel="User")
    try:
        refused = _json(api.post(f"/runs/{run_id}/cancel"), 403)["error"]
        hidden = _until(lambda: (run := api.run(run_id))["statusReason"] == "StatusNotPermitted" and run)
    finally:
        api.switch(accessLevel="Owner")
    shown = _until(lambda: (run := api.run(run_id))["statusReason"] is None and run)
    api.post(f"/runs/{run_id}/cancel")
    return [
        f"cancel: 403 {refused['code']}: {refused['message'].split('. ')[0]}.",
        f"the run stays {hidden['status']} ({hidden['statusReason']}); once the role is given it is {shown['status']} again",
    ]


def pause(api: Api) -> list[str]:
    """An operator stops a flow: what comes meanwhile waits with its inputs, and is started in its order once it may."""
    flow = api.define_flow(name="Month end", waitSeconds=0, runSeconds=0.3, ends="Succeeded", echo=True)
    made = _json(api.post("/pauses", {"scope": "flow", "flowId": flow, "reason": "Books are closed"}), 201)
    runs = [_started(api.start(flow)) for _ in range(2)]
    runs.append(_started(api.start(flow, runPriority="high")))
    _expect({run["statusReason"] for run in runs} == {"QueuedForConnection"}, "a start did not wait")
    _expect(not api.sessions(flow), "a start was sent to Dataverse although its flow is stopped")
    lifted = api.delete(f"/pauses/{made['pauseId']}").status_code
    ended = [api.wait(run["runId"], *ENDED) for run in runs]
    _expect({run["status"] for run in ended} == {"Succeeded"}, "not all of them succeeded")
    first = api.sessions(flow)[0]["flowsessionid"]
    _expect(first == ended[2]["sessionId"], "the one of high priority was not the first")
    return [
        f"{len(runs)} starts: 202 {runs[0]['status']} ({runs[0]['statusReason']}), and 0 requests to Dataverse",
        f"lifted ({lifted}): {_way(ended[2])}, high priority first, then the others",
    ]


def told(api: Api) -> list[str]:
    """Others are told of an end: a subscriber gets a signed message, checks it, and unsubscribes without a key."""
    flow = api.define_flow(name="Payroll", waitSeconds=0, runSeconds=0.3, ends="Succeeded")
    with receiving() as receiver:
        made = api.post("/subscriptions", {"url": receiver.url, "events": ["run.succeeded"], "flowId": flow})
        secret = _json(made, 201)["secret"]
        run_id = _started(api.start(flow))["runId"]
        heard = receiver.next(seconds=30)
        gone = requests.delete(made.headers["Location"], timeout=30).status_code
    if heard is None:
        raise StoryError("Nothing was heard.")
    changed = Heard(heard.headers, heard.body.replace(b"Succeeded", b"Failed"))
    _expect(_is_genuine(secret, heard), "the signature is not ours")
    _expect(not _is_genuine(secret, changed), "a message that was changed passed for genuine")
    message = json.loads(heard.body)
    _expect(message["data"]["runId"] == run_id, f"it was told of {message['data']['runId']}")
    _expect(gone == requests.codes.no_content, f"unsubscribing was answered {gone}")
    return [
        f"{message['type']}, {len(heard.body)} bytes: genuine by its signature, and with one word changed no longer",
        f"unsubscribed by the signed address: {gone}",
    ]


def event(api: Api) -> list[str]:
    """Another system tells of something, and a flow runs: a CloudEvent, sent twice, as such senders do."""
    flow = api.define_flow(name="Ship order", waitSeconds=0, runSeconds=0.3, ends="Succeeded")
    order = {"flowId": flow, "connectionReference": "contoso_FinanceDesk", "runMode": "unattended"}
    told = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "/shop",
        "type": "deskhand.run.requested",
    }
    asked = api.handshake("shop.contoso.com")
    _expect(asked.headers.get("WebHook-Allowed-Origin") == "*", f"it may not send: {asked.status_code}")
    first, second = (_json(api.send_event(told | {"data": order}), 200)["value"][0] for _ in range(2))
    _expect(first["runId"] == second["runId"], "the same event gave another run")
    lone = _json(api.send_event(told | {"data": {"flowId": flow}}), 400)["error"]
    ended = api.wait(first["runId"], *ENDED)
    _expect(ended["status"] == "Succeeded", f"it is {ended['status']}")
    _expect(len(api.sessions(flow)) == 1, "it was started more than once")
    return [
        f"{first['became']}, then {second['became']}: one run, {_way(ended)}",
        f"an event without an order: 400 {lone['code']}: {lone['details'][0]['message']}",
    ]


STEPS: tuple[Callable[[Api], list[str]], ...] = (
    catalogue,
    by_callback,
    by_poller,
    by_location,
    cancel,
    failure,
    lost_answer,
    forgery,
    missing_privilege,
    pause,
    told,
    event,
)


def _json(answer: requests.Response, *expected: int) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    _expect(
        answer.status_code in expected,
        f"{answer.request.method} {answer.request.path_url}: {answer.status_code} {body}",
    )
    return body


def _started(answer: requests.Response) -> dict[str, Any]:
    return _json(answer, 202)


def _way(run: dict[str, Any]) -> str:
    """The statuses that the run has gone through, and who told of each."""
    return " -> ".join(f"{entry['status']} ({entry['source']})" for entry in run["history"])


def _is_genuine(secret: str, heard: Heard) -> bool:
    """By a library that is not ours."""
    try:
        Webhook(secret).verify(heard.body, heard.headers)
    except WebhookVerificationError:
        return False
    return True


def _until(met: Callable[[], dict[str, Any] | bool], seconds: float = 20) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if isinstance(found := met(), dict):
            return found
        time.sleep(0.2)
    raise StoryError("What was waited for did not happen.")


def _expect(held: object, otherwise: str) -> None:
    if not held:
        raise StoryError(f"It did not hold: {otherwise}")
