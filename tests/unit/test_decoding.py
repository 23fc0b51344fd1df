"""Typed values out of JSON, asked for by many threads at once."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

TOGETHER = """
import sys, threading
import msgspec
from shared.decoding import decode

sys.setswitchinterval(1e-6)


def nested():
    inner = [msgspec.defstruct(f"Inner{k}", [("a", int, 0), ("b", str, "")]) for k in range(10)]
    return msgspec.defstruct("Outer", [(f"f{k}", shape | None, None) for k, shape in enumerate(inner)])


for _ in range(150):
    shape, together = nested(), threading.Barrier(4)

    def read():
        together.wait()
        for _ in range(20):
            assert decode(b'{"f9": {"a": 1}}', shape).f9.a == 1

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print("alive")
"""


def test_threads_that_meet_a_type_for_the_first_time_together() -> None:
    """A cold worker's first requests. With msgspec's own function in place of ours the process ends by a segmentation fault."""
    reading = subprocess.run(
        [sys.executable, "-c", TOGETHER], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (0, "alive\n") == (reading.returncode, reading.stdout), reading.stderr
