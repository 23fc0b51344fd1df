"""python3 -m local token: a token for the stack that runs with --auth entra, on standard output."""

import argparse
import sys
from http import HTTPStatus

import requests

from local import environment
from shared.http.access import Role

_TIMEOUT = 10


def main(options: argparse.Namespace) -> int:
    environment.bypass_proxies()
    wish = {"name": options.name, "roles": options.role, "application": options.application}
    if options.tenant:
        wish["tenant"] = options.tenant
    address = f"http://127.0.0.1:{options.port}/.auth/tokens"
    unknown = set(options.role) - {role.value for role in Role}
    if unknown:
        return _failed(f"There is no role {', '.join(sorted(unknown))}. The roles are {', '.join(Role)}.")
    try:
        answer = requests.post(address, json=wish, timeout=_TIMEOUT)
    except requests.ConnectionError:
        return _failed(
            f"Nothing listens on 127.0.0.1:{options.port}. Start the stack with: python3 -m local up --auth entra"
        )
    except requests.RequestException as failure:
        return _failed(f"No token: {failure}")
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return _failed(
            f"The stack on port {options.port} runs with function keys. Start it with --auth entra for tokens."
        )
    if not answer.ok:
        return _failed(f"No token: the stack answered {answer.status_code} {answer.text}")
    print(answer.json()["access_token"])
    return 0


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1
