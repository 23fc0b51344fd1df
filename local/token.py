"""python3 -m local token: a token for the stack that runs with --auth entra, on standard output."""

import argparse
import sys

import requests

from local import environment

_TIMEOUT = 10


def main(options: argparse.Namespace) -> int:
    environment.bypass_proxies()
    wish = {"name": options.name, "roles": options.role, "application": options.application}
    if options.tenant:
        wish["tenant"] = options.tenant
    address = f"http://127.0.0.1:{options.port}/.auth/tokens"
    try:
        answer = requests.post(address, json=wish, timeout=_TIMEOUT)
        answer.raise_for_status()
    except requests.RequestException as failure:
        print(f"No token: {failure}. Does the stack run, with --auth entra, on this port?", file=sys.stderr)
        return 1
    print(answer.json()["access_token"])
    return 0
