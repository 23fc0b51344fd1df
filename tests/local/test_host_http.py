import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from local.functions import FunctionsHost
from tests.local.conftest import TOY
from tests.local.eventually import eventually


def ask(toy: FunctionsHost, method: str, path: str, **options: object) -> requests.Response:
    return requests.request(method, f"{toy.base}{path}", timeout=10, **options)  # type: ignore[arg-type]


def raw(toy: FunctionsHost) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(toy.base).netloc, timeout=10)


def test_header_names_arrive_in_lower_case_and_repeated_ones_joined(toy: FunctionsHost) -> None:
    """Header names reach the function in lower case; a header sent twice comes as one, its values joined by a comma."""
    connection = raw(toy)
    connection.putrequest("GET", "/api/echo")
    connection.putheader("X-Colour", "red")
    connection.putheader("x-colour", "blue")
    connection.endheaders()
    headers = json.load(connection.getresponse())["headers"]
    connection.close()
    assert headers["x-colour"] == "red,blue"
    assert all(name == name.lower() for name in headers)


def test_query_parameters_are_joined_and_empty_ones_dropped(toy: FunctionsHost) -> None:
    """A query parameter given twice comes joined by a comma; one without a value does not come at all."""
    query = ask(toy, "GET", "/echo?a=1&a=2&empty=&bare&b=x%20y+z").json()["query"]
    assert query == {"a": "1,2", "b": "x y z"}


def test_the_url_is_the_one_that_was_asked_for(toy: FunctionsHost) -> None:
    """The function sees the whole address, with the Host header's name and the query."""
    seen = ask(toy, "GET", "/echo?a=1", headers={"Host": "desk.example"}).json()
    assert seen["url"] == "http://desk.example/api/echo?a=1"


def test_a_body_with_a_length_arrives(toy: FunctionsHost) -> None:
    """A body that Content-Length announces reaches the function whole."""
    assert ask(toy, "POST", "/echo", data="x" * 1000).json()["body"] == "x" * 1000


def test_a_chunked_body_arrives_empty(toy: FunctionsHost) -> None:
    """A body without Content-Length is not read, as on the real host."""
    seen = ask(toy, "POST", "/echo", data=iter([b"some", b"thing"])).json()
    assert seen["headers"]["transfer-encoding"] == "chunked"
    assert seen["body"] == ""


def test_a_body_over_the_limit_is_refused(toy: FunctionsHost) -> None:
    """A body longer than the limit is answered with an empty 413."""
    refused = ask(toy, "POST", "/echo", data="x" * 1001)
    assert (refused.status_code, refused.content) == (413, b"")


def test_a_client_that_waits_for_100_is_told_to_go_on(toy: FunctionsHost) -> None:
    """A request with `Expect: 100-continue` gets its interim answer before its body is sent."""
    connection = raw(toy)
    connection.connect()
    head = "POST /api/echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    connection.sock.sendall(head.encode())
    assert connection.sock.recv(100).startswith(b"HTTP/1.1 100 ")
    connection.sock.sendall(b"hi")
    assert connection.sock.recv(15) == b"HTTP/1.1 200 OK"
    connection.close()


@pytest.mark.parametrize("method", ["DELETE", "PUT", "HEAD", "OPTIONS"])
def test_the_wrong_method_is_not_found(toy: FunctionsHost, method: str) -> None:
    """A method that the function does not name is an empty 404, as if there were no such route."""
    answer = ask(toy, method, "/echo")
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize(
    "path", ["/unknown", "/echo/a/b", "/numbers/two", "/numbers/2", "/numbers/99999999999"]
)
def test_a_path_that_no_template_takes_is_not_found(toy: FunctionsHost, path: str) -> None:
    """Neither unknown paths nor parameters that break their constraint reach a function."""
    answer = ask(toy, "GET", path)
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/echo", None),
        ("/echo/", None),
        ("/ECHO/Ann", "Ann"),
        ("/echo/a%20b", "a b"),
        ("/echo/a%2Fb", "a%2Fb"),
    ],
)
def test_route_parameters(toy: FunctionsHost, path: str, name: str | None) -> None:
    """Parameters arrive unescaped but for slashes, absent when not given; literals match in any letter case."""
    assert ask(toy, "GET", path).json()["route"].get("name") == name


def test_a_literal_is_preferred_to_a_parameter(toy: FunctionsHost) -> None:
    """Where a literal segment and a parameter both match, the literal's function answers."""
    assert ask(toy, "GET", "/echo/literal").text == "the literal one"
    assert ask(toy, "POST", "/echo/literal").json()["route"] == {"name": "literal"}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/guarded", {}, 401),
        ("/guarded", {"x-functions-key": "wrong"}, 401),
        ("/guarded", {"x-functions-key": "KEY"}, 200),
        ("/guarded", {"x-functions-key": "MASTER"}, 200),
        ("/guarded?code=KEY", {}, 200),
        ("/guarded?code=KEY", {"x-functions-key": "wrong"}, 401),
        ("/guarded?code=wrong", {"x-functions-key": "KEY"}, 200),
        ("/administrators", {"x-functions-key": "KEY"}, 401),
        ("/administrators", {"x-functions-key": "MASTER"}, 200),
        ("/echo", {"x-functions-key": "wrong"}, 200),
    ],
)
def test_keys(toy: FunctionsHost, path: str, headers: dict[str, str], status: int) -> None:
    """A level asks for its key, in the header or else in the query; without it: 401 and an empty body."""
    filled = {name: _fill(toy, value) for name, value in headers.items()}
    answer = ask(toy, "GET", _fill(toy, path), headers=filled)
    assert answer.status_code == status
    assert status == 200 or answer.content == b""


def _fill(toy: FunctionsHost, text: str) -> str:
    return text.replace("KEY", toy.key).replace("MASTER", toy.master_key)


@pytest.mark.parametrize("path", ["/raises", "/nothing"])
def test_a_failed_invocation_tells_the_caller_nothing(
    toy: FunctionsHost, toy_log: list[str], path: str
) -> None:
    """An exception, or a return value that is no response, is an empty 500; the log has the reason."""
    toy_log.clear()
    answer = ask(toy, "GET", path)
    assert (answer.status_code, answer.content) == (500, b"")
    eventually(lambda: any("Traceback" in line for line in toy_log))


def test_what_a_function_prints_is_logged(toy: FunctionsHost, toy_log: list[str]) -> None:
    """A line that a function prints stands in the log, as on the real host."""
    toy_log.clear()
    ask(toy, "GET", "/guarded", headers={"x-functions-key": toy.key})
    eventually(lambda: "Functions: printed by a function" in toy_log)


def test_a_key_that_is_no_text_opens_nothing(toy: FunctionsHost) -> None:
    """Bytes that are no UTF-8 in the key's header are a wrong key, not an error."""
    assert ask(toy, "GET", "/guarded", headers={"x-functions-key": b"\xff"}).status_code == 401


def test_a_header_name_is_given_once_and_cookies_may_repeat(toy: FunctionsHost) -> None:
    """Of response headers of one name the last value is sent; only Set-Cookie is sent more than once."""
    connection = raw(toy)
    connection.request("GET", "/api/headers")
    answer = connection.getresponse()
    sent = [(name.lower(), value) for name, value in answer.getheaders()]
    connection.close()
    assert [value for name, value in sent if name == "x-twice"] == ["last"]
    assert [value.split(";")[0] for name, value in sent if name == "set-cookie"] == ["a=1", "b=2"]


def test_functions_that_wait_get_a_thread_each(toy: FunctionsHost) -> None:
    """32 handlers that wait for one another all run at once."""
    with ThreadPoolExecutor(32) as callers:
        answers = list(callers.map(lambda _: ask(toy, "GET", "/meet").status_code, range(32)))
    assert answers == [200] * 32


def test_a_function_that_takes_too_long_is_given_up(toy: FunctionsHost) -> None:
    """After functionTimeout the caller gets a 500, though the handler still runs."""
    assert ask(toy, "GET", "/sleep/1500").status_code == 200
    assert ask(toy, "GET", "/sleep/2500").status_code == 500


def test_the_application_stands_last_on_the_path(toy: FunctionsHost) -> None:
    """Packages are found before the application's own modules, as on Flex Consumption."""
    seen = ask(toy, "GET", "/echo").json()
    assert seen["path"][-1] == str(TOY)
    assert seen["path"].count(str(TOY)) == 1
    assert "site-packages" in seen["path"][-2]
    assert seen["folder"] == str(TOY)


def test_little_of_the_machine_reaches_the_application(toy: FunctionsHost) -> None:
    """The function's environment holds neither the host's keys nor what this process was given."""
    names = ask(toy, "GET", "/echo").json()["environment"]
    assert {"PYTEST_CURRENT_TEST", "PYTEST_VERSION", "PYTHONPATH"}.isdisjoint(names)
    assert toy.key not in names.values()
