"""The simulator as an HTTP server on 127.0.0.1."""

import uuid

from aiohttp import web

from local.dataverse import connectivity
from local.dataverse.control import Control
from local.dataverse.operations import Operation
from local.dataverse.webapi.batch import BATCH_PATH, Batch
from local.dataverse.webapi.exchange import BASE_PATH, Answer, Call, error_answer, json_answer
from local.dataverse.webapi.gateway import Gateway, NoAnswerError
from local.dataverse.world import World

HOST = "127.0.0.1"
TOKEN_PATH = "/msi/token"  # noqa: S105  # a path
_API_VERSION = "2019-08-01"
_LARGEST_BODY = 64 * 1024 * 1024
_LONGEST_LINE = 65_536
_LONGEST_URL = 32_768


class Server:
    def __init__(self, world: World) -> None:
        self.world = world
        self._gateway = Gateway(world)
        self._batch = Batch(world, self._gateway)
        self._connectivity = connectivity.Connectivity(world, self._gateway)
        control = Control(world)
        app = web.Application(middlewares=[control.middleware], client_max_size=_LARGEST_BODY)
        app.add_routes(control.routes())
        app.add_routes([web.get(TOKEN_PATH, self._token), web.route("*", BASE_PATH + "{path:.*}", self._api)])
        app.add_routes([web.put(connectivity.PATH, self._connect)])
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handle_signals=False,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
            shutdown_timeout=1,
        )

    async def start(self, port: int) -> None:
        """Binds, and only then knows its own address."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        await site.start()
        self.world.origin = f"http://{HOST}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self.world.callbacks.close()
        await self._runner.cleanup()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        self.world.journal.count_http_request()
        try:
            call = await self._call(request, request.match_info["path"])
            answer = await self._answer(call, len(request.raw_path))
        except web.HTTPRequestEntityTooLarge:
            answer = error_answer(413, "0x0", "The request is too large.")
        except NoAnswerError:
            return _close_without_answer(request)
        headers = {"x-ms-service-request-id": str(uuid.uuid4())} | dict(answer.headers)
        return web.Response(status=answer.status, headers=headers, body=answer.body)

    async def _answer(self, call: Call, url_length: int) -> Answer:
        if url_length > _LONGEST_URL:
            return error_answer(414, "0x0", "The URL is too long.")
        if call.path == BATCH_PATH and call.method == "POST":
            return await self._batch.request(call)
        return await self._gateway.request(call)

    async def _call(self, request: web.Request, path: str) -> Call:
        return Call(
            method=request.method,
            path=path,
            query=request.query,
            headers=request.headers,
            body=await request.read(),
            origin=self.world.origin,
        )

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        try:
            answer = await self._connectivity.put(request)
        except NoAnswerError:
            return _close_without_answer(request)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        """App Service's managed identity endpoint."""
        entry = self._gateway.note(Operation.TOKEN, await self._call(request, TOKEN_PATH))

        async def work() -> Answer:
            return self._issued(request)

        try:
            answer = await self._gateway.under_faults(entry, work)
        except NoAnswerError:
            return _close_without_answer(request)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    def _issued(self, request: web.Request) -> Answer:
        if request.headers.get("X-IDENTITY-HEADER") != self.world.tokens.identity_header:
            return json_answer({"error": "unauthorized_client"}, 401)
        resource = request.query.get("resource")
        if request.query.get("api-version") != _API_VERSION or not resource:
            return json_answer({"error": "invalid_request"}, 400)
        life = self.world.settings.token_life_seconds
        return json_answer(self.world.tokens.issue(resource, life, request.query.get("client_id")))


def _close_without_answer(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
