"""Answers that Dataverse, or something before it, should not give. None of them is a word about a session of ours."""

import gzip
import json
import re
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import azure.functions as func

from tests.support.liar import Liar, said

HTML = "<html><head><title>Sorry</title></head><body>We'll be back soon.</body></html>"
_HTML = "Content-Type: text/html"
_REFUSED = {"error": {"code": "0x80040265", "message": "Something was refused."}}

BODIES: dict[str, bytes | str] = {
    "nothing": b"",
    "blanks": b" \r\n ",
    "null": "null",
    "true": "true",
    "a number": "7",
    "a text": '"text"',
    "a list": "[]",
    "a list of objects": "[{}]",
    "an empty object": "{}",
    "value that is null": '{"value": null}',
    "value that is an object": '{"value": {}}',
    "value with null": '{"value": [null]}',
    "value with a list": '{"value": [[]]}',
    "value with an empty object": '{"value": [{}]}',
    "an error in a 200": json.dumps(_REFUSED),
    "a page": HTML,
    "half of an object": '{"flowsessionid": "5e55',
    "two objects": "{} {}",
    "bytes of no charset": b"\xff\xfe\xfd",
    "Latin-1": '{"name": "\u00fc"}'.encode("latin-1"),
    "UTF-16": "{}".encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a deep list": b"[" * 100_000,
    "a deep object": b'{"a":' * 100_000,
    "a number of 5,000 digits": '{"statuscode": ' + "9" * 5000 + "}",
    "a number beyond all numbers": '{"statuscode": 1e400}',
    "NaN": '{"statuscode": NaN, "value": NaN}',
    "a next link that is none": '{"value": [], "@odata.nextLink": 7}',
    "a next link elsewhere": '{"value": [], "@odata.nextLink": "https://elsewhere.example/"}',
}


def row(**changes: Any) -> str:
    """A session that is nobody's, with these columns."""
    session = {"flowsessionid": "5e551011-0000-4000-8000-00000000000f", "statuscode": 4}
    return json.dumps({**session, **changes})


ODD_VALUES: dict[str, Any] = {
    "flowsessionid": [None, 7, "x", "{5e551011-0000-4000-8000-00000000000f}", []],
    "statuscode": [None, "4", 4.5, True, [], {}],
    "createdon": [7, "yesterday", "2026-02-30T00:00:00Z", "10000-01-01T00:00:00Z"],
    "errormessage": [7, {}],
    "callbackurl": [5, []],
    "outputs": [7, {}],
}

ROWS: dict[str, str] = {
    f"{column} {json.dumps(value)}": row(**{column: value})
    for column, values in ODD_VALUES.items()
    for value in values
}

ODD_ERRORS = ["null", "[]", '"text"', "7", '{"code": 7}', '{"code": null}', '{"message": ["x"]}']

ANSWERS: dict[str, bytes] = {
    "no answer": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "half of a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP 0.9": b"{}",
    "less than was announced": b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{}",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n<",
    "chunks that end too soon": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
    "chunks that are none": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a thousand headers": said("200 OK", "<", *(f"X-{number}: x" for number in range(1000))),
    "a header without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n{}",
    "gzip that is none": said("200 OK", "{}", "Content-Encoding: gzip"),
    "half of a gzip": said("200 OK", gzip.compress(b"<" * 1000)[:-12], "Content-Encoding: gzip"),
    "a charset of the moon": said("200 OK", "<", "Content-Type: application/json; charset=moon"),
    "no content": said("204 No Content"),
    "switching": said("101 Switching Protocols"),
    "not modified": said("304 Not Modified"),
    "a redirect": said("302 Found", "", "Location: https://elsewhere.example/"),
    "a redirect to nowhere": said("307 Temporary Redirect", "", "Location: :"),
    **{f"a page with {status}": said(status, HTML, _HTML) for status in ("400 x", "403 x", "404 x", "502 x")},
    **{
        f"{status} without a body": said(f"{status} x")
        for status in (400, 402, 403, 404, 405, 408, 409, 410, 412, 413, 418, 429, 451, 500, 503, 599, 799)
    },
    **{f"an error that is {error}": said("400 x", f'{{"error": {error}}}') for error in ODD_ERRORS},
    **{
        f"{status}, Retry-After: {told}": said(f"{status} x", json.dumps(_REFUSED), f"Retry-After: {told}")
        for status in (429, 503)
        for told in ("-1", "9" * 400, "soon", "1e9", "0x5", "\xb2", "Thu, 01 Jan 1970 00:00:00 GMT")
    },
    **{name: said("200 OK", body, "Content-Type: application/json") for name, body in BODIES.items()},
    **{name: said("200 OK", body, "Content-Type: application/json") for name, body in ROWS.items()},
    **{
        f"a list of {name}": said("200 OK", f'{{"value": [{body}]}}', "Content-Type: application/json")
        for name, body in ROWS.items()
    },
}


def gzip_bomb(mebibytes: int) -> bytes:
    """So many mebibytes of blanks, small on the wire."""
    return said("200 OK", gzip.compress(b" " * 2**20) * mebibytes, "Content-Encoding: gzip")


START = "POST .*RunDesktopFlow"
CANCEL = "POST .*CancelDesktopFlowRun"
SESSION = r"GET .*/flowsessions\([^)]*\)\?"
SESSIONS = r"GET .*/flowsessions\?"
BATCH = r"POST .*/\$batch"
OUTPUTS = r"GET .*/flowsessions\([^)]*\)/outputs/"
INPUTS = r"GET .*/flowsessions\([^)]*\)/inputs/"
SCHEMA = r"GET .*/workflows\([^)]*\)/(inputs|outputs)/"
FLOW = r"GET .*/workflows\([^)]*\)\?"
FLOWS = r"GET .*/workflows\?"
REFERENCES = "GET .*/connectionreferences"
WHO_AM_I = "GET .*/WhoAmI"

_API = (Path(__file__).parents[2] / "docs/api.md").read_text()
_DOCUMENTED = {
    code: {int(status) for status in statuses.split(",")}
    for code, statuses in re.findall(r"^\| `(\w+)` \| ([0-9, ]+) \|", _API, re.MULTILINE)
}


def told(answer: func.HttpResponse) -> tuple[int, str | None]:
    """Status and code. Asserts that an error is one of those that docs/api.md lists, with a status listed there."""
    status: int = answer.status_code
    if status < HTTPStatus.BAD_REQUEST:
        return status, None
    code: str = json.loads(answer.get_body())["error"]["code"]
    assert status in _DOCUMENTED[code], (status, answer.get_body())
    return status, code


def under_each[T](liar: Liar, about: str, act: Callable[[], T]) -> dict[str, T]:
    """What comes of it, lie by lie. Asserts that each lie was really told."""
    outcomes: dict[str, T] = {}
    for name, answer in ANSWERS.items():
        liar.tell(about, answer)
        outcomes[name] = act()
        assert liar.asked, name
    liar.be_honest()
    return outcomes
