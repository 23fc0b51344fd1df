"""The command's work: look, mend what differs, and look again."""

import argparse
import sys

from infra.dataverse.plan import Hand, Wanted, set_up
from infra.dataverse.site import Site
from infra.tokens import signed_in
from local import environment
from shared.clock import SYSTEM_CLOCK
from shared.dataverse.errors import DataverseError, FaultedError, RefusedError, TokenError
from shared.dataverse.tokens import TokenSource
from shared.dataverse.web_api import WebApi
from shared.setting_values import guid, url
from shared.tls import TrustingAdapter

AS_IT_SHOULD_BE, NOT_SO, NOT_RUN = 0, 1, 2


def main(options: argparse.Namespace) -> int:
    environment.bypass_proxies()
    try:
        wanted = Wanted(guid(options.client_id), options.role, options.environment_maker)
        site = _site(url(options.url))
        return _done(site, wanted, options)
    except ValueError as problem:
        return _not_run(f"The environment's address or the client id cannot be used: it {problem}.")
    except DataverseError as error:
        return _not_run(_why(error))


def _site(origin: str) -> Site:
    tokens = TokenSource(origin, lambda: signed_in("DATAVERSE_TOKEN"), SYSTEM_CLOCK)
    return Site(WebApi(origin, tokens, SYSTEM_CLOCK, TrustingAdapter))


def _done(site: Site, wanted: Wanted, options: argparse.Namespace) -> int:
    hand = Hand(acts=not (options.check or options.dry_run))
    try:
        set_up(site, wanted, hand)
    finally:
        sys.stdout.writelines(f"{line}\n" for line in hand.told)  # also what was done before it failed
    if options.check or options.dry_run:
        return NOT_SO if hand.open and options.check else AS_IT_SHOULD_BE
    return _verified(site, wanted)


def _verified(site: Site, wanted: Wanted) -> int:
    """By a second look, which does nothing."""
    look = Hand(acts=False)
    set_up(site, wanted, look)
    if look.open:
        sys.stdout.write("Not verified. On a second look:\n")
        sys.stdout.writelines(f"{line}\n" for line in look.told if not line.startswith("as it is"))
        return NOT_SO
    sys.stdout.write("Verified: all is as it should be.\n")
    return AS_IT_SHOULD_BE


def _not_run(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return NOT_RUN


def _why(error: DataverseError) -> str:
    """To whoever sets it up Dataverse's own words are of use: they name the privilege that is missing."""
    if isinstance(error, TokenError):
        return f"{error} Sign in with az login (or azd auth login), in the tenant of the environment."
    if isinstance(error, (RefusedError, FaultedError)):
        return f"Dataverse answered {error.told}: {error.told.message}"
    return str(error)
