"""python3 -m local up: keeps the stack running until it is told to stop."""

import argparse
import json
import shlex
import time
from dataclasses import fields
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from local import command, stack
from local.echo import Echo
from local.node import NodeError
from local.npm_ci import NpmError
from local.processes import ChildError
from local.progress import say
from local.stack import PortTakenError, Stack
from shared.settings import SettingError, Settings, load

_LOOK_SECONDS = 0.2


def main(options: argparse.Namespace) -> int:
    command.interrupt_once()
    echo = Echo()
    try:
        _check(dict(options.set))
        say("Starting Azurite, the Dataverse simulator and the functions ...")
        with stack.running(
            echo,
            port=options.port,
            poll_seconds=options.poll_seconds,
            auth=options.auth,
            settings=dict(options.set),
        ) as running:
            if options.settings_to:
                write_settings(running, Path(options.settings_to))
            print(_as_json(running) if options.json else _as_text(running), flush=True)
            _watch(running)
    except KeyboardInterrupt:
        return 0
    except (NpmError, NodeError, PortTakenError, ChildError, SettingError, OSError) as failure:
        # Through the echo: nobody may be reading.
        echo(str(failure))
        echo.flush(seconds=1)
        return 1


def write_settings(running: Stack, file: Path) -> None:
    """For a shell: lines of `export NAME=value`. Nobody else on this machine may read them. Raises OSError."""
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in running.settings.items()]
    file.unlink(missing_ok=True)
    file.touch(mode=0o600, exist_ok=False)
    file.write_text("".join(lines))


def _check(settings: dict[str, str]) -> None:
    """Before anything is started. Raises SettingError, naming the setting."""
    known = {each.metadata["name"] for each in fields(Settings)}
    if unknown := sorted(settings.keys() - known):
        raise SettingError(f"There is no setting {', '.join(unknown)}. docs/settings.md lists them all.")
    stand_in = {
        "DATAVERSE_URL": "http://127.0.0.1",
        "TABLES_CONNECTION_STRING": "given when it runs",
        "SIGNING_KEYS": f"1:{'A' * 43}=",
    }
    load(stand_in | settings)


def _watch(running: Stack) -> NoReturn:
    while True:
        running.check()
        time.sleep(_LOOK_SECONDS)


def _as_json(running: Stack) -> str:
    return json.dumps(
        {
            "functions": running.functions,
            "key": running.key,
            "masterKey": running.master_key,
            "dataverse": running.dataverse,
            "tables": running.tables,
            "simulator": running.simulator,
            **({} if running.tokens is None else {"tokens": running.tokens}),
        }
    )


def _as_text(running: Stack) -> str:
    return f"""
Deskhand is running. Ctrl-C stops it.

  functions   {running.functions}
  key         {running.key}
  master key  {running.master_key}
  dataverse   {running.dataverse}
  simulator   {running.simulator}
  tables      {running.tables}

A first request:

  curl -H {_credential(running)} {running.functions}/flows
"""


def _credential(running: Stack) -> str:
    if running.tokens is None:
        return f"'x-functions-key: {running.key}'"
    port = urlsplit(running.tokens).port
    return f'"Authorization: Bearer $(python3 -m local token --port {port} --role Flows.Read)"'
