"""python3 -m local demo: the story of desktop flows, told against the real parts, each line read back through the API."""

import argparse
import sys
from collections import deque

from local import stack
from local.demo.api import Api
from local.demo.screen import Screen
from local.demo.story import STEPS, StoryError
from local.node import NodeError
from local.npm_ci import NpmError
from local.processes import ChildError
from local.progress import say

_POLL_SECONDS = 2


def main(_options: argparse.Namespace) -> int:
    logged: deque[str] = deque(maxlen=200)
    say("Starting Azurite, the Dataverse simulator and the functions ...")
    try:
        with stack.running(logged.append, poll_seconds=_POLL_SECONDS) as running:
            failed = _tell(Api(running), Screen())
    except (NpmError, NodeError, ChildError) as failure:
        print(failure, file=sys.stderr)
        return 1
    if failed:
        print("\nWhat the stack logged last:", *list(logged)[-40:], sep="\n  ", file=sys.stderr)
    return 1 if failed else 0


def _tell(api: Api, screen: Screen) -> bool:
    """Whether any step failed. A step that does not hold ends the story: the next ones build on it."""
    screen.title("Deskhand: desktop flows from code, started once and followed to their end")
    for number, step in enumerate(STEPS, 1):
        screen.begin(f"{number}. {step.__doc__}")
        try:
            screen.held(step(api))
        except StoryError as failure:
            screen.failed(str(failure))
            return True
    screen.title(f"All {len(STEPS)} steps held.")
    return False
