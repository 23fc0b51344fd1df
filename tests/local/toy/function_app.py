"""A small application that shows what its host does."""

import json
import logging
import os
import sys
import time
from pathlib import Path
from threading import Barrier

import azure.functions as func

THREADS = 32

app = func.FunctionApp()
log = logging.getLogger("toy")
meeting = Barrier(THREADS)


@app.route("echo/{name?}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
def echo(req: func.HttpRequest) -> func.HttpResponse:
    seen = {
        "method": req.method,
        "url": req.url,
        "headers": dict(req.headers),
        "query": dict(req.params),
        "route": dict(req.route_params),
        "body": req.get_body().decode(),
        "path": sys.path,
        "folder": str(Path.cwd()),
        "environment": dict(os.environ),
    }
    return func.HttpResponse(json.dumps(seen), mimetype="application/json")


@app.route("echo/literal", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def literal(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("the literal one")


@app.route("numbers/{n:int:min(3)}", auth_level=func.AuthLevel.ANONYMOUS)
def number(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.route_params["n"])


@app.route("guarded")
def guarded(req: func.HttpRequest) -> func.HttpResponse:
    print("printed by a function")  # noqa: T201 - the host takes it for a line of the log
    return func.HttpResponse("function")


@app.route("administrators", auth_level=func.AuthLevel.ADMIN)
def administrators(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("admin")


@app.route("raises", auth_level=func.AuthLevel.ANONYMOUS)
def raises(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("a reason that no caller may see")


@app.route("nothing", auth_level=func.AuthLevel.ANONYMOUS)
def nothing(req: func.HttpRequest) -> func.HttpResponse:
    return None  # type: ignore[return-value]


@app.route("headers", auth_level=func.AuthLevel.ANONYMOUS)
def headers(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse(status_code=204)
    for name, value in (
        ("X-Twice", "first"),
        ("x-twice", "last"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    ):
        response.headers.add(name, value)
    return response


@app.route("sleep/{milliseconds}", auth_level=func.AuthLevel.ANONYMOUS)
def sleep(req: func.HttpRequest) -> func.HttpResponse:
    time.sleep(int(req.route_params["milliseconds"]) / 1000)
    return func.HttpResponse("slept")


@app.route("meet", auth_level=func.AuthLevel.ANONYMOUS)
def meet(req: func.HttpRequest) -> func.HttpResponse:
    meeting.wait(timeout=5)
    return func.HttpResponse("met")


@app.timer_trigger("timer", "%TICK_SCHEDULE%")
def tick(timer: func.TimerRequest) -> None:
    log.info("tick began")
    time.sleep(float(os.environ["TICK_SECONDS"]))
    log.info("tick ended")


@app.timer_trigger("timer", "0 0 0 1 1 *")
def yearly(timer: func.TimerRequest) -> None:
    log.info("yearly past_due=%s", timer.past_due)
