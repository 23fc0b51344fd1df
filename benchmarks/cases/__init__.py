"""One module for each thing that is measured. Each has CASE, and its whole story from set-up to figures."""

NAMES: tuple[str, ...] = (
    # In the order in which they are run and reported. Names only: a case that cannot be imported keeps no other from running.
    "trigger_latency",
    "trigger_throughput",
    "nothing_open",
    "poll_sweep",
    "poll_between",
    "poll_growth",
    "listing",
    "retention",
    "start_up",
    "memory",
    "forged_callback",
    "duplicate_callback",
    "get_run",
    "visible",
    "pace",
    "isolation",
)
