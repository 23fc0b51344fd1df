"""What every request goes through: it is written down, may be struck by a fault, shows its token, and is done."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from local.dataverse.access import admitted
from local.dataverse.errors import (
    NO_RECORD,
    TOO_MANY_REQUESTS,
    UNEXPECTED,
    DataverseError,
    UnauthorizedError,
)
from local.dataverse.faults import Effect, FaultRule
from local.dataverse.journal import Entry
from local.dataverse.operations import Operation
from local.dataverse.webapi.exchange import Answer, Call, error_answer
from local.dataverse.webapi.routes import Task, task_of
from local.dataverse.world import World

_CODES = {403: "0x80040220", 404: NO_RECORD, 429: TOO_MANY_REQUESTS}
_UNAUTHORIZED = 401
_TENANT = "common"

type Work = Callable[[], Awaitable[Answer]]


class NoAnswerError(Exception):
    """The connection is to be closed without an answer."""


class Gateway:
    def __init__(self, world: World) -> None:
        self._world = world

    async def request(self, call: Call) -> Answer:
        """A request that travels alone."""
        task = task_of(call)

        async def work() -> Answer:
            caller = await self.admit(call)
            return self._done(task, caller)

        return await self.under_faults(self.note(task.operation, call), work)

    async def part(self, call: Call) -> Answer:
        """A part of a batch: the batch has shown the token."""
        task = task_of(call)

        async def work() -> Answer:
            return self._done(task, call.caller)

        return await self.under_faults(self.note(task.operation, call), work)

    def note(self, operation: Operation, call: Call, *, counted: bool = True) -> Entry:
        query = "&".join(f"{name}={value}" for name, value in call.query.items())
        trace = call.headers.get("traceparent")
        entry = Entry(self._world.clock.now(), operation, call.method, call.path, query, trace)
        return self._world.journal.write(entry, counted=counted)

    async def admit(self, call: Call) -> str:
        """The id of the user who asks. Once per HTTP request. Raises UnauthorizedError or DataverseError."""
        world = self._world
        if world.settings.latency_milliseconds:
            await asyncio.sleep(world.settings.latency_milliseconds / 1000)
        application = world.tokens.verify(call.headers.get("Authorization"), call.origin)
        return admitted(world, application).id

    async def under_faults(self, entry: Entry, work: Work) -> Answer:
        """Raises NoAnswerError where a fault closes the connection."""
        fault = self._world.faults.strike(entry.operation)
        if fault is None:
            answer = await self._answered(work)
        else:
            entry.fault = fault.do
            answer = await self._struck(fault, work)
        entry.status = answer.status
        return answer

    async def _struck(self, fault: FaultRule, work: Work) -> Answer:
        match fault.do:
            case Effect.DROP_CONNECTION:
                raise NoAnswerError
            case Effect.LOSE_RESPONSE:
                await self._answered(work)
                raise NoAnswerError
            case Effect.STATUS:
                return self._injected(fault)
            case Effect.DELAY:
                await asyncio.sleep(fault.seconds or 0)
        return await self._answered(work)

    async def _answered(self, work: Work) -> Answer:
        try:
            return await work()
        except DataverseError as error:
            return error_answer(error.status, error.code, error.message, error.headers)
        except UnauthorizedError:
            return unauthorized(self._world.origin)

    def _done(self, task: Task, caller: str) -> Answer:
        self._world.clock.catch_up()
        return task.handler(self._world, replace(task.call, caller=caller))

    def _injected(self, fault: FaultRule) -> Answer:
        status = fault.status or _UNAUTHORIZED
        if status == _UNAUTHORIZED and fault.code is None:
            return unauthorized(self._world.origin)
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        code = _CODES.get(status, UNEXPECTED) if fault.code is None else fault.code
        return error_answer(status, code, "A fault rule of the simulator asked for this answer.", headers)


def unauthorized(origin: str) -> Answer:
    """401 without a body, as Dataverse answers a token that it does not accept."""
    authority = f"https://login.microsoftonline.com/{_TENANT}/oauth2/authorize"
    challenge = f"Bearer authorization_uri={authority}, resource_id={origin}/"
    return Answer(_UNAUTHORIZED, {"WWW-Authenticate": challenge})
