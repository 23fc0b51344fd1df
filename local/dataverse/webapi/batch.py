"""$batch: many operations in one request."""

from dataclasses import replace
from urllib.parse import parse_qsl, unquote, urlsplit

from local.dataverse.operations import Operation
from local.dataverse.webapi.exchange import BASE_PATH, Answer, Call, error_answer
from local.dataverse.webapi.gateway import Gateway
from local.dataverse.webapi.multipart import ChangeSet, PartAnswer, PartRequest, read_batch, write_batch
from local.dataverse.world import World

BATCH_PATH = "$batch"
_LONGEST_URL = 65_536
_ERROR = 400


class Batch:
    """The parts are done in order; at the first error the rest is left undone, unless the caller prefers otherwise."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway

    async def request(self, call: Call) -> Answer:
        """A batch counts as its parts; one that is refused as a whole counts as one operation."""
        begun = False

        async def work() -> Answer:
            nonlocal begun
            known = replace(call, caller=await self._gateway.admit(call))
            parts = read_batch(call.headers.get("Content-Type", ""), call.body)
            begun = True
            return await self._done(known, parts)

        entry = self._gateway.note(Operation.BATCH, call, counted=False)
        try:
            return await self._gateway.under_faults(entry, work)
        finally:
            if not begun:
                self._world.journal.count(Operation.BATCH)

    async def _done(self, call: Call, parts: list[PartRequest | ChangeSet]) -> Answer:
        patient = "odata.continue-on-error" in call.headers.get("Prefer", "")
        done: list[PartAnswer | list[PartAnswer]] = []
        for part in parts:
            answered = await self._answered(call, part)
            done.append(answered)
            if _failed(answered) and not patient:
                break
        status = _ERROR if not patient and any(map(_failed, done)) else 200
        content_type, body = write_batch(done)
        return Answer(status, {"Content-Type": content_type, "OData-Version": "4.0"}, body)

    async def _answered(self, call: Call, part: PartRequest | ChangeSet) -> PartAnswer | list[PartAnswer]:
        """A change set answers as one: all of its answers, or the one that failed. What came before it is not undone."""
        if isinstance(part, PartRequest):
            return await self._part(call, part)
        answers: list[PartAnswer] = []
        for request in part.requests:
            answer = await self._part(call, request)
            if _failed(answer):
                return answer
            answers.append(answer)
        return answers

    async def _part(self, call: Call, part: PartRequest) -> PartAnswer:
        return PartAnswer(part.content_id, await self._answer(call, part))

    async def _answer(self, call: Call, part: PartRequest) -> Answer:
        if len(part.url) > _LONGEST_URL:
            return error_answer(414, "0x0", "The URL is too long.")
        try:
            aimed = _call(call, part)
        except ValueError:
            return error_answer(400, "0x0", f"'{part.url}' is not a URL.")
        return await self._gateway.part(aimed)


def _failed(part: PartAnswer | list[PartAnswer]) -> bool:
    return isinstance(part, PartAnswer) and part.answer.status >= _ERROR


def _call(batch: Call, part: PartRequest) -> Call:
    """A part's URL is absolute, or begins at the host, or at the service."""
    url = urlsplit(part.url)
    return Call(
        method=part.method,
        path=unquote(url.path).removeprefix(BASE_PATH),
        query=dict(parse_qsl(url.query, keep_blank_values=True)),
        headers=part.headers,
        body=part.body,
        origin=batch.origin,
        caller=batch.caller,
    )
