"""What a function costs that does next to nothing: it answers, or it reads one entity of the table before it answers.

An application of its own, served by the same host as Deskhand. Routes, methods and levels are those of what it is compared with.
"""

import logging
import os

import azure.functions as func
import requests
from azure.core.pipeline.transport import RequestsTransport
from azure.data.tables import TableClient
from requests.adapters import HTTPAdapter

_THREADS = 32
"""The SDK's own ten connections would be too few for as many, and make the baseline slower than it can be."""


def _table() -> TableClient:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=_THREADS))
    return TableClient.from_connection_string(
        os.environ["TABLES_CONNECTION_STRING"],
        os.environ["RUNS_TABLE"],
        transport=RequestsTransport(session=session, session_owner=False),
    )


# Deskhand does the same: the SDK would log every request.
logging.getLogger("azure").setLevel(logging.WARNING)

app = func.FunctionApp()
table = _table()


@app.route("empty/{first}/{second}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def empty(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse()


@app.route("posted/{partition}/{time}/{run}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def posted(req: func.HttpRequest) -> func.HttpResponse:
    return _read(req)


@app.route("read/{partition}/{time}/{run}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
def read(req: func.HttpRequest) -> func.HttpResponse:
    return _read(req)


def _read(req: func.HttpRequest) -> func.HttpResponse:
    place = req.route_params
    table.get_entity(place["partition"], f"run|{place['time']}|{place['run']}")
    return func.HttpResponse()
