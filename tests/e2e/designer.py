"""Power Platform, as far as a connector's definition tells it what to do: nothing else of the API is known here.

A designer lists what can be picked and finds out the fields of a form; the platform sends the request, waits, asks for
pages and subscribes. Both read the definition's extensions as Microsoft documents them.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import requests

type Json = dict[str, Any]

DEFINITION = Path(__file__).parents[2] / "infra" / "connector" / "apiDefinition.swagger.json"
_PROMPT = 40


class Connection:
    """A connector with a key, or with the token of a user who has signed in, and the host that a deployment filled in."""

    def __init__(self, base: str, secret: str, definition: Path = DEFINITION) -> None:
        self.definition: Json = json.loads(definition.read_text(encoding="utf-8"))
        self._origin = base.removesuffix(self.definition["basePath"])
        (security,) = self.definition["securityDefinitions"].values()
        signed_in = security["type"] == "oauth2"
        self._credential = {"Authorization": f"Bearer {secret}"} if signed_in else {security["name"]: secret}
        self._operations: dict[str, tuple[str, str, Json]] = {
            operation["operationId"]: (method, path, operation)
            for path, item in self.definition["paths"].items()
            for method, operation in item.items()
            if not method.startswith("x-")
        }
        self.http = requests.Session()
        self.http.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def operation(self, operation_id: str) -> Json:
        _, _, operation = self._operations[operation_id]
        return operation

    def call(self, operation_id: str, **given: Any) -> requests.Response:
        """What a maker filled in, by the names of the parameters; defaults where the form has them. All that is required must be there."""
        method, path, operation = self._operations[operation_id]
        query, headers, body = {}, dict(self._credential), None
        for parameter in operation["parameters"]:
            name = parameter["name"]
            value = given.pop(name.replace("-", "_"), parameter.get("default"))
            if value is None:
                assert not parameter["required"], f"{operation_id} needs {name}"
                continue
            match parameter["in"]:
                case "path":
                    assert parameter["x-ms-url-encoding"] == "single"
                    path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
                case "query":
                    query[name] = _as_text(value)
                case "header":
                    headers[name] = _as_text(value)
                case "body":
                    body = value
        assert not given, f"{operation_id} has no {sorted(given)}"
        address = f"{self._origin}{self.definition['basePath']}{path}"
        return self._send(method, address, params=query, headers=headers, json=body)

    def choices(self, field: Json) -> dict[str, Any]:
        """What a designer lists for a field: values by their titles. Old and new designers list the same."""
        old, new = field["x-ms-dynamic-values"], field["x-ms-dynamic-list"]
        answer = self._read(old["operationId"], old["parameters"])
        listed = {
            each[old["value-title"]]: each[old["value-path"]] for each in answer[old["value-collection"]]
        }
        answer = self._read(new["operationId"], new["parameters"])
        assert listed == {
            each[new["itemTitlePath"]]: each[new["itemValuePath"]] for each in answer[new["itemsPath"]]
        }
        return listed

    def field(self, operation_id: str, name: str) -> Json:
        (found,) = (each for each in self.operation(operation_id)["parameters"] if each["name"] == name)
        assert isinstance(found, dict)
        return found

    def form(self, operation_id: str, **picked: str) -> Json:
        """The fields of its body, once these parameters are picked."""
        return self._dynamic(self.field(operation_id, "body")["schema"], picked)

    def content(self, operation_id: str, **picked: str) -> Json:
        """The fields of its answer, which later actions may use."""
        return self._dynamic(self.operation(operation_id)["responses"]["200"]["schema"], picked)

    def pages(self, operation_id: str, **given: Any) -> Iterator[Json]:
        """Page by page; each further one is asked for through the connection, which is what the policy is for."""
        link = self.operation(operation_id)["x-ms-pageable"]["nextLinkName"]
        answer = self.call(operation_id, **given)
        while True:
            page = _body(answer)
            yield page
            if link not in page:
                return
            answer = self._send("get", page[link], headers=self._credential)

    def subscribe(self, operation_id: str, url: str, **given: Any) -> requests.Response:
        """A trigger that is turned on: the platform's own address, what the maker filled in, and defaults of what is hidden."""
        assert self.operation(operation_id)["x-ms-trigger"] == "single"
        form = self.resolved(self.field(operation_id, "body")["schema"])
        body = {name: about["default"] for name, about in form["properties"].items() if "default" in about}
        body |= {
            name: url for name, about in form["properties"].items() if about.get("x-ms-notification-url")
        }
        return self.call(operation_id, body=body | given)

    def notification(self, operation_id: str) -> Json:
        """The fields of what comes, which later actions may use."""
        _, path, _ = self._operations[operation_id]
        return self.resolved(self.definition["paths"][path]["x-ms-notification-content"]["schema"])

    def resolved(self, schema: Json) -> Json:
        return (
            self.definition["definitions"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        )

    def _dynamic(self, schema: Json, picked: dict[str, str]) -> Json:
        """Old and new designers find the same."""
        old, new = schema["x-ms-dynamic-schema"], schema["x-ms-dynamic-properties"]
        given = {name: picked[each["parameter"]] for name, each in old["parameters"].items()}
        found = _at(self._read(old["operationId"], given), old["value-path"])
        given = {name: picked[each["parameterReference"]] for name, each in new["parameters"].items()}
        assert found == _at(self._read(new["operationId"], given), new["itemValuePath"])
        return found

    def _read(self, operation_id: str, given: dict[str, Any]) -> Json:
        return _body(self.call(operation_id, **given))

    def _send(self, method: str, address: str, **request: Any) -> requests.Response:
        return self.http.request(method.upper(), address, timeout=_PROMPT, allow_redirects=False, **request)


def waited_for(answer: requests.Response, pause: Callable[[float], object] = time.sleep) -> requests.Response:
    """The end of an asynchronous action: Location is followed after Retry-After, without any header of the first request."""
    with requests.Session() as stranger:
        stranger.trust_env = False
        while answer.status_code == requests.codes.accepted:
            pause(float(answer.headers["Retry-After"]))
            answer = stranger.get(answer.headers["Location"], timeout=_PROMPT, allow_redirects=False)
    return answer


def unsubscribed(subscribed: requests.Response) -> requests.Response:
    """A trigger that is turned off: Location is deleted, without any header of the first request."""
    with requests.Session() as stranger:
        stranger.trust_env = False
        return stranger.delete(subscribed.headers["Location"], timeout=_PROMPT, allow_redirects=False)


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _at(answer: Json, path: str) -> Json:
    for name in path.split("/"):
        answer = answer[name]
    return answer


def _body(answer: requests.Response) -> Json:
    assert answer.ok, (
        f"{answer.request.method} {answer.request.path_url}: {answer.status_code} {answer.text[:2000]}"
    )
    body: Json = answer.json()
    return body
