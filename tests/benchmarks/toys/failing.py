"""A case that fails while it runs."""

from benchmarks.case import Bench, Case, Result


def run(bench: Bench) -> Result:
    bench.log("functions: the last words of the stack")
    raise RuntimeError("the store did not answer")


CASE = Case("failing", "It fails", run)
