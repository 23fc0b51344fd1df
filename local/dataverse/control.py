"""The control API under /simulator, for whoever tests. It needs no token, and what it is asked is not written down."""

import gc
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from msgspec import Meta

from local.dataverse.faults import FaultRule
from local.dataverse.flows import FlowDefinition
from local.dataverse.odata.literals import guid
from local.dataverse.outcome import Outcome
from local.dataverse.seeding import Seed, seed
from local.dataverse.session import RunFailure, Session, StoredFile
from local.dataverse.settings import Duration, Settings
from local.dataverse.status import Statuscode
from local.dataverse.webapi.session_table import FLOWSESSION
from local.dataverse.words import sentence
from local.dataverse.world import World


class ControlError(Exception):
    """A control request that cannot be carried out; its sentence says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a machine, or a test in its place, makes of a session."""

    statuscode: Annotated[int, Meta(ge=0)]
    errorcode: str | None = None
    errormessage: str | None = None
    outputs: dict[str, Any] | None = None
    unlisted_seconds: Duration | None = msgspec.field(name="unlistedSeconds", default=None)


class Moves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of many sessions."""

    ids: list[str]
    statuscode: Annotated[int, Meta(ge=0)]


class Advance(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    advance_seconds: Duration


class Control:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/simulator", self.index),
            web.get("/simulator/requests", self.requests),
            web.delete("/simulator/requests", self.forget_requests),
            web.get("/simulator/faults", self.faults),
            web.post("/simulator/faults", self.add_fault),
            web.delete("/simulator/faults", self.remove_faults),
            web.get("/simulator/sessions", self.sessions),
            web.patch("/simulator/sessions", self.move_sessions),
            web.post("/simulator/sessions:seed", self.seed),
            web.get("/simulator/sessions/{id}", self.session),
            web.patch("/simulator/sessions/{id}", self.move_session),
            web.delete("/simulator/sessions/{id}", self.purge_session),
            web.put("/simulator/flows/{id}", self.define_flow),
            web.get("/simulator/settings", self.settings),
            web.patch("/simulator/settings", self.change_settings),
            web.get("/simulator/clock", self.clock),
            web.post("/simulator/clock", self.advance_clock),
        ]

    @property
    def middleware(self) -> Middleware:
        """Sentences instead of stack traces, and whatever is due by now has happened."""

        @web.middleware
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not request.path.startswith("/simulator"):
                return await handler(request)
            self._world.clock.catch_up()
            try:
                return await handler(request)
            except ControlError as error:
                return _json({"error": str(error)}, error.status)
            except web.HTTPException as error:
                return _json({"error": f"{request.method} {request.path}: {error.reason}."}, error.status)

        return answer

    async def index(self, _request: web.Request) -> web.Response:
        asks = [f"{route.method} {route.path}" for route in self.routes()]
        return _json({"value": asks, "documentation": "docs/simulator.md"})

    async def requests(self, _request: web.Request) -> web.Response:
        return _json(self._world.journal.shown())

    async def forget_requests(self, _request: web.Request) -> web.Response:
        self._world.journal.clear()
        return web.Response(status=204)

    async def faults(self, _request: web.Request) -> web.Response:
        return _json({"value": self._world.faults.shown()})

    async def add_fault(self, request: web.Request) -> web.Response:
        rule = await _body(request, FaultRule)
        self._world.faults.add(rule)
        return _json(rule, status=201)

    async def remove_faults(self, _request: web.Request) -> web.Response:
        self._world.faults.clear()
        return web.Response(status=204)

    async def sessions(self, _request: web.Request) -> web.Response:
        return _json({"value": [_shown(session) for session in self._world.sessions]})

    async def session(self, request: web.Request) -> web.Response:
        return _json(_shown(self._session(request)))

    async def move_session(self, request: web.Request) -> web.Response:
        move = await _body(request, Move)
        session = self._session(request)
        known = session.failure
        failure = RunFailure(move.errorcode or known.code, move.errormessage or known.message)
        outputs = None if move.outputs is None else StoredFile(msgspec.json.encode(move.outputs))
        self._world.life.move(session, Outcome(Statuscode(move.statuscode), failure, outputs))
        if move.unlisted_seconds is not None:
            session.unlisted_until = self._world.clock.now() + timedelta(seconds=move.unlisted_seconds)
        return _json(_shown(session))

    async def move_sessions(self, request: web.Request) -> web.Response:
        moves = await _body(request, Moves)
        sessions = [self._found(each) for each in moves.ids]
        for session in sessions:
            self._world.life.move(session, Outcome(Statuscode(moves.statuscode), session.failure))
        return _json({"moved": len(sessions)})

    async def purge_session(self, request: web.Request) -> web.Response:
        self._world.life.purge(self._session(request))
        return web.Response(status=204)

    async def seed(self, request: web.Request) -> web.Response:
        ids = seed(self._world.life, self._world.clock, await _body(request, Seed))
        gc.freeze()  # they stay: a look for garbage among them would take as long as dozens of requests
        return _json({"ids": ids}, status=201)

    async def define_flow(self, request: web.Request) -> web.Response:
        flow_id = _id(request)
        definition = await _body(request, FlowDefinition)
        self._world.catalogue.define(flow_id, definition)
        return _json({"flowId": flow_id} | msgspec.to_builtins(definition))

    async def settings(self, _request: web.Request) -> web.Response:
        return _json(self._world.settings)

    async def change_settings(self, request: web.Request) -> web.Response:
        changes = await _body(request, dict[str, Any])
        try:
            self._world.switchboard.change(changes)
        except msgspec.ValidationError as error:
            raise ControlError(400, sentence(error, Settings)) from None
        self._world.life.machines.serve_all()
        return _json(self._world.settings)

    async def clock(self, _request: web.Request) -> web.Response:
        clock = self._world.clock
        return _json({"now": clock.now(), "advancedSeconds": clock.ahead.total_seconds()})

    async def advance_clock(self, request: web.Request) -> web.Response:
        advance = await _body(request, Advance)
        self._world.clock.advance(timedelta(seconds=advance.advance_seconds))
        return await self.clock(request)

    def _session(self, request: web.Request) -> Session:
        return self._found(_id(request))

    def _found(self, session_id: str) -> Session:
        session = self._world.sessions.find(session_id)
        if session is None:
            raise ControlError(404, f"There is no session '{session_id}'.")
        return session


async def _body[T](request: web.Request, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.read(), type=shape)
    except msgspec.DecodeError as error:
        raise ControlError(400, sentence(error, shape)) from None


def _id(request: web.Request) -> str:
    try:
        return guid(request.match_info["id"])
    except ValueError:
        raise ControlError(400, f"'{request.match_info['id']}' is not a GUID.") from None


def _shown(session: Session) -> dict[str, Any]:
    attempts = {"callbacks": [attempt.shown() for attempt in session.callbacks]}
    return FLOWSESSION.shown(session, FLOWSESSION.columns.values()) | attempts


def _json(shown: Any, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(shown), status=status, content_type="application/json")
