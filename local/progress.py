"""What the commands tell while they work: on standard error, because standard output may belong to a script."""

import sys


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
