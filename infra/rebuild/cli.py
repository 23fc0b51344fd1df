"""python3 -m infra.rebuild: write the runs that are missing in the table, as Dataverse shows them. It starts nothing and changes nothing in Dataverse.

It reads the app's settings from the environment, signs in to Dataverse and the table as the operator (`az login`, or a token in
DATAVERSE_TOKEN), and may be stopped and repeated at any time. See "Disaster" in docs/operations.md first.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from infra.rebuild.clients import Clients, connect
from infra.rebuild.days import Plan, StoppedError, rebuild
from infra.rebuild.outcomes import summary
from infra.rebuild.sight import BlindError, doubt_of_sight
from infra.rebuild.waiting import waiting_after
from shared.callbacks import callback_base
from shared.dataverse.errors import TokenError
from shared.run.ids import parse_guid
from shared.setting_values import url
from shared.settings import SettingError
from shared.storage.shards import SHARDS
from shared.storage.table import StorageError


class UsageError(Exception):
    """The command cannot be carried out as it was given."""


def main(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """0: done; 1: stopped, and to be gone on with; 2: not begun; 3: done, and starts must not go on."""
    asked = _parser().parse_args(arguments)
    with ThreadPoolExecutor(SHARDS) as workers:
        try:
            app = connect(environ, workers)
            plan = _plan(app, asked)
            blind = doubt_of_sight(app)
        except (SettingError, UsageError, BlindError, TokenError) as problem:
            _tell(str(problem))
            return 2
        if blind is not None:
            _tell(blind)
        return _carried_out(app, plan, blind)


def _carried_out(app: Clients, plan: Plan, blind: str | None) -> int:
    try:
        found = rebuild(app, plan, _tell)
        waiting = waiting_after(app, plan, found, blind)
    except StoppedError as stopped:
        sys.stderr.write(f"Stopped: {stopped} Go on with --since {stopped.since.isoformat()}\n")
        return 1
    except StorageError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write("Nothing was written: this is what would be.\n" if plan.dry else "")
    sys.stdout.write(f"{summary(found.counts) or 'Dataverse shows no sessions.'}\n{waiting}")
    return 3 if waiting.doubts else 0


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _plan(app: Clients, asked: argparse.Namespace) -> Plan:
    bases = frozenset({callback_base(app.settings), *asked.base} - {None})
    if not bases:
        raise UsageError(
            "PUBLIC_BASE_URL is not set, or Dataverse accepts no callbacks there: name the address that the callback URLs had with --base."
        )
    return Plan(_since(app, asked.since), bases, asked.created_by, asked.dry_run)


def _since(app: Clients, given: datetime | None) -> datetime:
    """Older runs would be removed again by retention."""
    if given is not None:
        return given
    if not app.settings.retention:
        raise UsageError("Runs are kept for ever (RETENTION_DAYS=0): say with --since where to begin.")
    return app.clock.now() - app.settings.retention


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m infra.rebuild", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="write nothing; say what would be written")
    parser.add_argument(
        "--since",
        type=_time,
        metavar="TIME",
        help="from sessions that were created then, such as 2026-11-20 or 2026-11-20T08:00:00Z (default: as long ago as runs are kept)",
    )
    parser.add_argument(
        "--created-by",
        type=_guid,
        metavar="ID",
        help="only sessions that this user created: the systemuserid of the app's application user. Makes fewer requests where others run desktop flows too",
    )
    parser.add_argument(
        "--base",
        type=url,
        action="append",
        default=[],
        metavar="URL",
        help="an earlier PUBLIC_BASE_URL of this deployment; may be repeated",
    )
    return parser


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date or time") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _guid(text: str) -> str:
    guid = parse_guid(text)
    if guid is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no id")
    return guid
