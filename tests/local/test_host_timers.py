import time

import pytest
import requests

from local import functions
from local.functions import FunctionsHost
from tests.local.conftest import SETTINGS, TOY
from tests.local.eventually import eventually


def administer(toy: FunctionsHost, path: str, key: str, method: str = "POST") -> tuple[int, bytes]:
    url = toy.base.removesuffix("/api") + path
    answer = requests.request(method, url, headers={"x-functions-key": key}, json={"input": ""}, timeout=10)
    return answer.status_code, answer.content


def ticks(log: list[str]) -> list[str]:
    return [line.rsplit(maxsplit=1)[1] for line in log if "tick" in line]


def test_a_timer_follows_its_schedule_and_never_overlaps_itself() -> None:
    """A timer due every second whose runs take longer runs one after another; `%NAME%` stands for an app setting."""
    log: list[str] = []
    settings = SETTINGS | {"TICK_SCHEDULE": "* * * * * *", "TICK_SECONDS": "1.2"}
    with functions.running(TOY, settings, log.append):
        eventually(lambda: ticks(log).count("ended") >= 2, seconds=8)
    assert ticks(log)[:4] == ["began", "ended", "began", "ended"]


def test_a_run_that_has_begun_may_end_before_the_host_stops() -> None:
    """A host that is told to stop lets a running timer finish, and begins no other run."""
    log: list[str] = []
    settings = SETTINGS | {"TICK_SCHEDULE": "* * * * * *", "TICK_SECONDS": "1.2"}
    with functions.running(TOY, settings, log.append):
        eventually(lambda: "began" in ticks(log))
        began = time.monotonic()
    assert ticks(log) == ["began", "ended"]
    assert time.monotonic() - began < 5


def test_an_administrator_runs_a_timer_at_once(toy: FunctionsHost, toy_log: list[str]) -> None:
    """POST /admin/functions/NAME with the master key answers 202 and starts a run, months before it is due."""
    toy_log.clear()
    assert administer(toy, "/admin/functions/yearly", toy.master_key) == (202, b"")
    eventually(lambda: any("yearly past_due=False" in line for line in toy_log))


@pytest.mark.parametrize(
    ("method", "path", "key", "status"),
    [
        ("POST", "/admin/functions/yearly", "default", 401),
        ("POST", "/admin/functions/yearly", "wrong", 401),
        ("POST", "/admin/functions/unknown", "default", 401),
        ("POST", "/admin/functions/unknown", "master", 404),
        ("POST", "/admin/functions/echo", "master", 404),
        ("GET", "/admin/functions/yearly", "master", 404),
        ("POST", "/admin/yearly", "master", 404),
    ],
)
def test_what_administration_refuses(
    toy: FunctionsHost, method: str, path: str, key: str, status: int
) -> None:
    """Only the master key opens /admin, and only a timer can be run."""
    keys = {"default": toy.key, "master": toy.master_key, "wrong": "wrong"}
    assert administer(toy, path, keys[key], method) == (status, b"")
