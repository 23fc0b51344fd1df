"""$batch: format, order, errors, counting."""

import re
import uuid
from dataclasses import dataclass

import pytest
import requests

from local.dataverse.catalogue import READ_INVOICE
from tests.simulator.client import Simulator, error_of

BATCH = "batch_1"


@dataclass(frozen=True)
class Part:
    status: int
    body: str


def _part(request_line: str, body: str = "") -> str:
    head = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    return f"{head}{request_line} HTTP/1.1\r\nAccept: application/json\r\n\r\n{body}\r\n"


def _framed(parts: list[str], boundary: str = BATCH) -> str:
    return "".join(f"--{boundary}\r\n{part}" for part in parts) + f"--{boundary}--\r\n"


def _send(dataverse: Simulator, body: str, **headers: str) -> requests.Response:
    kind = {"Content-Type": f"multipart/mixed; boundary={BATCH}"}
    return dataverse.api("POST", "$batch", data=body.encode(), headers=kind | headers)


def _parts(answer: requests.Response) -> list[Part]:
    boundary = re.fullmatch(
        r"multipart/mixed; boundary=(batchresponse_[0-9a-f-]{36})", answer.headers["Content-Type"]
    )
    assert boundary is not None
    pieces = answer.text.split(f"--{boundary[1]}")[1:-1]
    return [_read(piece) for piece in pieces]


def _read(piece: str) -> Part:
    _, http, *rest = piece.split("\r\n\r\n", 2)
    line = http.split("\r\n")[0]
    return Part(int(line.split()[1]), rest[0].strip() if rest else "")


def test_parts_are_answered_in_order(dataverse: Simulator) -> None:
    """Relative, rooted and absolute URLs, reads and actions, each with its own status line."""
    session = dataverse.started(dataverse.flow())
    body = '{"runMode":"attended","connectionName":"desk"}'
    answer = _send(
        dataverse,
        _framed(
            [
                _part(f"GET flowsessions({session})?$select=statuscode"),
                _part("GET /api/data/v9.2/WhoAmI"),
                _part(f"GET {dataverse.url}/api/data/v9.2/workflows?$filter=category%20eq%206&$select=name"),
                _part(f"POST workflows({READ_INVOICE})/Microsoft.Dynamics.CRM.RunDesktopFlow", body),
                _part(f"POST flowsessions({session})/Microsoft.Dynamics.CRM.CancelDesktopFlowRun"),
            ]
        ),
    )

    assert answer.status_code == 200
    parts = _parts(answer)
    assert [part.status for part in parts] == [200, 200, 200, 200, 204]
    assert '"statuscode":2' in parts[0].body
    assert "flowsessionId" in parts[3].body
    assert dataverse.session(session)["statuscode"] == 7


def test_a_url_that_is_none_is_refused_in_its_part(dataverse: Simulator) -> None:
    """As is one of more than 64 KiB; the others are done."""
    requests_ = [_part("GET http://["), _part(f"GET WhoAmI?{'x' * 65_536}"), _part("GET WhoAmI")]

    answer = _send(dataverse, _framed(requests_), Prefer="odata.continue-on-error")

    assert [part.status for part in _parts(answer)] == [400, 414, 200]


def test_the_first_error_stops_the_rest(dataverse: Simulator) -> None:
    """The batch itself is then 400, and answers what was tried."""
    answer = _send(
        dataverse,
        _framed([_part("GET WhoAmI"), _part(f"GET flowsessions({uuid.uuid4()})"), _part("GET WhoAmI")]),
    )

    assert answer.status_code == 400
    assert [part.status for part in _parts(answer)] == [200, 404]


def test_errors_can_be_passed_over(dataverse: Simulator) -> None:
    """Prefer: odata.continue-on-error does everything and answers 200."""
    missing = _part(f"GET flowsessions({uuid.uuid4()})")
    answer = _send(
        dataverse, _framed([missing, _part("GET WhoAmI"), missing]), Prefer="odata.continue-on-error"
    )

    assert answer.status_code == 200
    assert [part.status for part in _parts(answer)] == [404, 200, 404]


def test_a_change_set_is_answered_as_one(dataverse: Simulator) -> None:
    """Its answers stand in a multipart of their own."""
    session = dataverse.started(dataverse.flow())
    inner = _framed(
        [_part(f"POST flowsessions({session})/Microsoft.Dynamics.CRM.CancelDesktopFlowRun")], "change_1"
    )
    answer = _send(dataverse, _framed([f"Content-Type: multipart/mixed; boundary=change_1\r\n\r\n{inner}"]))

    assert answer.status_code == 200
    assert "changesetresponse_" in answer.text
    assert "HTTP/1.1 204 No Content" in answer.text
    assert dataverse.session(session)["statuscode"] == 7


GET_IN_CHANGE_SET = f"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n{_part('GET WhoAmI')}--c--\r\n"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "nothing",
        _framed([_part("GET WhoAmI")]).replace("\r\n", "\n"),
        _framed([_part("GET WhoAmI").replace("Accept: application/json\r\n", "Accept: a/b\nX: y\r\n")]),
        _framed(["Content-Type: text/plain\r\n\r\nGET WhoAmI HTTP/1.1\r\n\r\n"]),
        _framed(["Content-Type: application/http\r\n\r\nWhoAmI\r\n\r\n"]),
        _framed([GET_IN_CHANGE_SET]),
        _framed([_part("GET WhoAmI")] * 1001),
        _framed([_part("GET WhoAmI")]).removesuffix(f"--{BATCH}--\r\n"),
    ],
    ids=["empty", "no parts", "LF", "LF in a header", "kind", "request line", "GET inside", "1001", "open"],
)
def test_malformed_batches_are_refused_as_a_whole(dataverse: Simulator, body: str) -> None:
    """400, nothing is done, and the journal has one operation: Batch."""
    answer = _send(dataverse, body)

    assert error_of(answer) == (400, "0x80048d19")
    assert dataverse.asked()["byOperation"] == {"Batch": 1}


def test_a_thousand_operations_fit(dataverse: Simulator) -> None:
    """The documented limit."""
    assert len(_parts(_send(dataverse, _framed([_part("GET WhoAmI")] * 1000)))) == 1000


def test_a_batch_counts_as_its_parts(dataverse: Simulator) -> None:
    """Operations by their own names; HTTP requests beside them."""
    _send(dataverse, _framed([_part("GET WhoAmI"), _part("GET WhoAmI"), _part("GET workflows")]))

    asked = dataverse.asked()

    assert (asked["total"], asked["httpRequests"]) == (3, 1)
    assert asked["byOperation"] == {"WhoAmI": 2, "ListFlows": 1}
    assert [entry["operation"] for entry in asked["requests"]] == ["Batch", "WhoAmI", "WhoAmI", "ListFlows"]


def test_a_batch_needs_a_token(dataverse: Simulator) -> None:
    """401 for the whole, nothing done."""
    answer = _send(dataverse, _framed([_part("GET WhoAmI")]), Authorization="Bearer x")

    assert answer.status_code == 401
    assert dataverse.asked()["byOperation"] == {"Batch": 1}


def test_faults_strike_a_part_by_its_own_name(dataverse: Simulator) -> None:
    """The other parts are not concerned."""
    dataverse.fault("WhoAmI", "status", status=503, times=1)

    answer = _send(
        dataverse, _framed([_part("GET WhoAmI"), _part("GET WhoAmI")]), Prefer="odata.continue-on-error"
    )

    assert [part.status for part in _parts(answer)] == [503, 200]


def test_a_lost_part_takes_the_connection_with_it(dataverse: Simulator) -> None:
    """What came before it was done; there is no answer at all."""
    session = dataverse.started(dataverse.flow())
    dataverse.fault("WhoAmI", "drop-connection")
    cancel = _part(f"POST flowsessions({session})/Microsoft.Dynamics.CRM.CancelDesktopFlowRun")

    with pytest.raises(requests.ConnectionError):
        _send(dataverse, _framed([cancel, _part("GET WhoAmI")]))

    assert dataverse.session(session)["statuscode"] == 7


def test_faults_strike_the_whole_batch_by_its_name(dataverse: Simulator) -> None:
    """No part is done."""
    dataverse.fault("Batch", "status", status=429, code="0x80072326", retryAfter=7)

    answer = _send(dataverse, _framed([_part("GET WhoAmI")]))

    assert error_of(answer) == (429, "0x80072326")
    assert answer.headers["Retry-After"] == "7"
    assert dataverse.asked()["byOperation"] == {"Batch": 1}
