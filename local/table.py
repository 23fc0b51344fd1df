"""python3 -m local table: what befalls a table on a bad day, for a stack that runs here. docs/guides/fire-drill.md is done with it."""

import argparse
import os
import sys
from contextlib import closing

from azure.core.exceptions import AzureError

from local import environment
from local.whole_table import WholeTable, host_of
from shared.setting_values import LOOPBACK
from shared.settings import SettingError, load


def main(options: argparse.Namespace) -> int:
    environment.bypass_proxies()
    try:
        settings = load(os.environ)
    except SettingError as problem:
        return _failed(f"{problem} Take in what `python3 -m local up --settings-to FILE` has written: . FILE")
    string, name = settings.tables_connection_string, settings.runs_table
    if string is None or host_of(string, name) not in LOOPBACK:
        return _failed("This is for a store on this machine, which TABLES_CONNECTION_STRING names.")
    with closing(WholeTable(string, name)) as runs, closing(WholeTable(string, f"{name}copy")) as beside:
        try:
            print(_done(options.what, runs, beside))
        except AzureError as problem:
            return _failed(f"The store does not do it: {type(problem).__name__}")
    return 0


def _done(what: str, runs: WholeTable, beside: WholeTable) -> str:
    if what == "lose":
        runs.lose()
        return "Every row of the table is gone."
    source, target = (runs, beside) if what == "copy" else (beside, runs)
    rows = source.copied()
    target.make()
    target.put_back(rows)
    return f"{len(rows)} rows are {'kept beside' if what == 'copy' else 'back, as they were'}."


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1
