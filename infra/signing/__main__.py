"""python3 -m infra.signing: the signing keys in Key Vault. azd calls `ensure` after it has made the vault.

Which vault and which app azd knows: in a hook they are in the environment, elsewhere `azd env get-values` prints them.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import timedelta

from infra.signing import commands, keys
from infra.signing.azure import AzureError, ask
from infra.signing.vault import Vault

_IDEMPOTENCY_DAYS = 7


def main(arguments: list[str]) -> int:
    given = _parse(arguments)
    vault = Vault(given.vault, given.uri, ask)
    try:
        if given.command == "ensure":
            print(commands.ensure(vault, given.app, ask))
        elif given.command == "rotate":
            print(commands.rotate(vault, given.app, ask))
        elif given.command == "all":
            shown = commands.everything(vault)
            print(shown.warning, file=sys.stderr)
            print(shown.keys)
        else:
            kept = timedelta(days=0 if given.leaked else given.days)
            print(commands.retire(vault, given.app, ask, kept))
    except (AzureError, commands.TooEarlyError, keys.MalformedError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m infra.signing", description=__doc__)
    places = argparse.ArgumentParser(add_help=False)
    _add(places, "--vault", "AZURE_KEY_VAULT_ID", "resource id of the vault")
    _add(places, "--uri", "AZURE_KEY_VAULT_URI", "address of the vault")
    _add(places, "--app", "AZURE_FUNCTION_APP_ID", "resource id of the function app")
    named = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    named.add_parser("ensure", parents=[places], help="make the first key, where there is none")
    named.add_parser("rotate", parents=[places], help="put a new key in front, and keep the others")
    retire = named.add_parser("retire", parents=[places], help="take all keys but the newest out")
    retire.add_argument(
        "--days",
        type=int,
        default=_IDEMPOTENCY_DAYS,
        help="how long the newest has to have signed: IDEMPOTENCY_DAYS",
    )
    retire.add_argument(
        "--leaked",
        action="store_true",
        help="at once: links of old keys open nothing, runs end by the poller",
    )
    named.add_parser(
        "all",
        parents=[places],
        help="print the keys themselves, old ones as well, as infra.rebuild wants SIGNING_KEYS",
    )
    return parser.parse_args(arguments)


def _add(parser: argparse.ArgumentParser, option: str, variable: str, meaning: str) -> None:
    value = os.environ.get(variable)
    parser.add_argument(
        option, default=value, required=not value, metavar="...", help=f"{meaning} (default: {variable})"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
