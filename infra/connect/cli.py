"""The command line of `python3 -m infra.connect`."""

import argparse
import os

from infra.connect import connecting

_TOLD = """
Must be signed in as the identity itself, or have its token for https://api.powerplatform.com in POWER_PLATFORM_TOKEN: docs/guides/connections.md
says how. The password of the Windows account is read from DESKHAND_WINDOWS_PASSWORD, or asked for.
Prints the connection's name. Exit code: 0 it is Connected, 1 it was made and is not, 2 it was not made.
"""


def main(arguments: list[str]) -> int:
    return connecting.main(parse(arguments))


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m infra.connect",
        description="Creates a desktop-flow connection as the identity, and checks that it is Connected.",
        epilog=_TOLD,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--environment-id",
        default=os.environ.get("POWER_PLATFORM_ENVIRONMENT_ID"),
        metavar="ID",
        help="default: POWER_PLATFORM_ENVIRONMENT_ID",
    )
    parser.add_argument(
        "--client-id",
        default=os.environ.get("DATAVERSE_CLIENT_ID"),  # AZURE_CLIENT_ID is the deployer's, in a pipeline
        metavar="GUID",
        help="of the identity, which azd has as AZURE_IDENTITY_CLIENT_ID (default: DATAVERSE_CLIENT_ID, the registration in its place): "
        "a token of anybody else is refused",
    )
    parser.add_argument(
        "--tenant-id",
        default=os.environ.get("DATAVERSE_TENANT_ID"),
        metavar="GUID",
        help="where --client-id is an app registration that trusts the managed identity: its tenant (default: DATAVERSE_TENANT_ID)",
    )
    parser.add_argument(
        "--managed-identity",
        metavar="GUID",
        help="and the client id of that managed identity, which this machine has",
    )
    parser.add_argument(
        "--group",
        required=True,
        metavar="GUID",
        help="the machine group, also of a single machine (flowmachinegroup)",
    )
    parser.add_argument(
        "--account", required=True, help="Windows account that the flows run as, such as CONTOSO\\robot"
    )
    parser.add_argument("--display-name", default="Deskhand", help="in the portal (default: Deskhand)")
    parser.add_argument(
        "--name", metavar="GUID", help="of the connection: to make one anew (default: a new one)"
    )
    parser.add_argument(
        "--api", metavar="URL", help="of the environment in Power Platform's API, if it is another one"
    )
    options = parser.parse_args(arguments)
    if not options.environment_id or not options.client_id:
        parser.error(
            "--environment-id and --client-id are needed: of the environment, and of the identity (azd env get-value AZURE_IDENTITY_CLIENT_ID)"
        )
    return options
