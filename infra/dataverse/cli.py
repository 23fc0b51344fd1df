"""The command line of `python3 -m infra.dataverse`."""

import argparse
import os

from infra.dataverse import setting_up

_TOLD = """
Needs somebody who may create users and roles in the environment (System Administrator): signed in with az login or azd auth login,
or a token for the environment in DATAVERSE_TOKEN. Twice changes nothing.
Exit code: 0 all is as it should be, 1 it is not, 2 it could not be run.
"""


def main(arguments: list[str]) -> int:
    return setting_up.main(parse(arguments))


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m infra.dataverse",
        description="Creates the application user and its security role in Dataverse, and verifies them.",
        epilog=_TOLD,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--url", default=os.environ.get("DATAVERSE_URL"), help="of the environment (default: DATAVERSE_URL)"
    )
    parser.add_argument(
        "--client-id",
        default=os.environ.get("DATAVERSE_CLIENT_ID"),  # AZURE_CLIENT_ID is the deployer's, in a pipeline
        metavar="GUID",
        help="of the identity, which azd has as AZURE_IDENTITY_CLIENT_ID (default: DATAVERSE_CLIENT_ID, the registration in its place)",
    )
    parser.add_argument(
        "--role", default="Deskhand", metavar="NAME", help="of the security role (default: Deskhand)"
    )
    parser.add_argument(
        "--environment-maker",
        action="store_true",
        help="assign Environment Maker too: documented for whoever owns the connection that runs use",
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--check", action="store_true", help="only look; exit 1 if something is to be done")
    how.add_argument("--dry-run", action="store_true", help="only say what would be done")
    options = parser.parse_args(arguments)
    if not options.url or not options.client_id:
        parser.error(
            "--url and --client-id are needed: of the environment, and of the identity (azd env get-value AZURE_IDENTITY_CLIENT_ID)"
        )
    return options
