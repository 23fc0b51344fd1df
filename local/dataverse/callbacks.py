"""Callbacks: the POST that tells of a session's end, and its retries. Source: "Work with desktop flows using code"."""

import asyncio
import ipaddress
import uuid
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec

from local.dataverse.clock import Clock
from local.dataverse.faults import Effect, FaultRule, Faults
from local.dataverse.operations import Operation
from local.dataverse.outcome import Ending
from local.dataverse.session import CallbackAttempt, Session
from local.dataverse.settings import Settings, Switchboard
from local.dataverse.status import Statuscode

_REQUEST_TIMEOUT = 408
_SERVER_ERROR = 500


class Callbacks:
    """Deliveries run in real time, beside the requests: the clock that tests move does not make a receiver faster."""

    def __init__(self, clock: Clock, switchboard: Switchboard, faults: Faults) -> None:
        self._clock = clock
        self._switchboard = switchboard
        self._faults = faults
        self._deliveries: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        for delivery in self._deliveries:
            delivery.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    def session_ended(self, session: Session, ending: Ending) -> None:
        url = session.order.callback_url
        if url is None or not _wanted(ending.statuscode, self._settings):
            return
        delivery = asyncio.get_running_loop().create_task(self._deliver(url, session, _body(session, ending)))
        self._deliveries.add(delivery)
        delivery.add_done_callback(self._deliveries.discard)

    @property
    def _settings(self) -> Settings:
        return self._switchboard.current

    async def _deliver(self, url: str, session: Session, body: dict[str, Any]) -> None:
        await asyncio.sleep(self._settings.callback_delay_seconds)
        fault = self._faults.strike(Operation.CALLBACK)
        effect = fault.do if fault else None
        if effect is Effect.SKIP:
            return
        if fault and effect is Effect.DELAY:
            await asyncio.sleep(fault.seconds or 0)
        if effect is Effect.FORGE:
            await self._attempt(url, session, _forged(body))
        await self._insist(url, session, body, fault)
        if effect is Effect.DUPLICATE:
            await self._insist(url, session, body)

    async def _insist(
        self, url: str, session: Session, body: dict[str, Any], fault: FaultRule | None = None
    ) -> None:
        """One attempt, and the retries that its answer calls for."""
        for _ in range(self._settings.callback_retries):
            answer = await self._attempt(url, session, body, fault)
            fault = None
            if not self._worth_retrying(answer):
                return
            await asyncio.sleep(self._settings.callback_retry_seconds)
        await self._attempt(url, session, body, fault)

    def _worth_retrying(self, answer: int | None) -> bool:
        if answer is None:
            return self._settings.callback_retry_unanswered
        return answer >= _SERVER_ERROR or answer == _REQUEST_TIMEOUT

    async def _attempt(
        self, url: str, session: Session, body: dict[str, Any], fault: FaultRule | None = None
    ) -> int | None:
        at = self._clock.now()
        answer = None
        if fault is None or fault.do is not Effect.DROP_CONNECTION:
            answer = await self._post(url, session, body)
        if fault is not None and fault.do is Effect.LOSE_RESPONSE:
            answer = None
        session.callbacks.append(CallbackAttempt(at, answer))
        return answer

    async def _post(self, url: str, session: Session, body: dict[str, Any]) -> int | None:
        if self._settings.callback_reach == "loopback" and not is_loopback(urlsplit(url).hostname or ""):
            return None
        headers = {
            "User-Agent": "EnterpriseConnectors/1.0",
            "Content-Type": "application/json; charset=utf-8",
            "x-ms-workflow-id": session.order.flow_id,
            "x-ms-run-id": session.id,
        }
        time = aiohttp.ClientTimeout(total=self._settings.callback_attempt_seconds)
        follow = self._settings.callback_redirects
        try:
            async with self._client.post(
                url, data=msgspec.json.encode(body), headers=headers, timeout=time, allow_redirects=follow
            ) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, ValueError):  # the last: an impossible port
            return None

    @property
    def _client(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession()
        return self._http


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _wanted(statuscode: Statuscode, settings: Settings) -> bool:
    if statuscode is Statuscode.SUCCEEDED:
        return settings.callback_on_success
    if statuscode is Statuscode.CANCELLED:
        return settings.callback_on_cancel
    if statuscode is Statuscode.TIMED_OUT:
        return settings.callback_on_timeout
    return settings.callback_on_failure


def _body(session: Session, ending: Ending) -> dict[str, Any]:
    return {
        "statuscode": ending.statuscode,
        "statecode": ending.statuscode.statecode,
        "startedon": session.startedon,
        "completedon": ending.at,
        "flowsessionid": session.id,
    }


def _forged(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"statuscode": Statuscode.SUCCEEDED, "flowsessionid": str(uuid.uuid4())}
