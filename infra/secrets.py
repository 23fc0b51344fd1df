"""Secrets of a command: from the environment or from a prompt, so that they stand in no history and no list of processes."""

import getpass
import os
import sys

ASK = ""
"""What an option stands for that was given without its value."""


class NoSecretError(Exception):
    """A secret is needed, and nobody is there to be asked for it."""


def secret(given: str | None, variable: str, prompt: str) -> str | None:
    """What was given; else what stands in the environment. Where an option asks for a prompt: what is typed there, unseen."""
    if given:
        return given
    if variable in os.environ:
        return os.environ[variable]
    return typed(variable, prompt) if given == ASK else None


def needed(variable: str, prompt: str) -> str:
    return os.environ[variable] if variable in os.environ else typed(variable, prompt)


def typed(variable: str, prompt: str) -> str:
    if not sys.stdin.isatty():
        raise NoSecretError(f"{prompt} is needed, and there is no terminal to ask on: set {variable}.")
    return getpass.getpass(f"{prompt}: ")
