"""A deployment's own connector: checked answers to what the committed files leave open."""

import re
from pathlib import Path

from infra.connector.documents import definition, properties
from infra.connector.variants import Entra, FunctionKey, Variant
from infra.connector.written import DEFINITION, PROPERTIES, written
from infra.writing import write
from shared.run.ids import parse_guid

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")


class FillError(Exception):
    """What was given cannot be meant."""


def variant_of(client_id: str | None, tenant: str | None, resource: str | None) -> Variant:
    """Microsoft Entra ID where a client id is given, else a function key. Raises FillError."""
    if client_id is None:
        if tenant is not None or resource is not None:
            raise FillError("--tenant and --resource go with --client-id; a function key needs none of them.")
        return FunctionKey()
    if tenant is None:
        raise FillError("--client-id needs --tenant: the directory whose users sign in.")
    client = _guid("--client-id", client_id)
    return Entra(
        tenant=_guid("--tenant", tenant),
        client_id=client,
        resource=client if resource is None else _guid("--resource", resource),
    )


def fill(host: str, variant: Variant, folder: Path) -> list[str]:
    """Writes both files, and tells what became of each. Raises FillError."""
    defined = definition(variant, _host(host))
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write(folder / DEFINITION, written(defined)),
        write(folder / PROPERTIES, written(properties(variant, defined))),
    ]


def command(folder: Path) -> str:
    """Makes the connector of what `fill` has written there."""
    return f'pac connector create --api-definition-file "{folder / DEFINITION}" --api-properties-file "{folder / PROPERTIES}"'


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise FillError(
            f"--host is the function app's name alone, as in contoso-deskhand.azurewebsites.net, in lower case, without scheme, port or path; not {text!r}."
        )
    return text


def _guid(option: str, text: str) -> str:
    guid = parse_guid(text)
    if guid is None:
        raise FillError(f"{option} is a GUID, as the app registration shows it; not {text!r}.")
    return guid
