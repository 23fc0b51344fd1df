"""The partitions that runs are spread over."""

SHARDS = 16
"""Partitions in use. A run id names its own, so that a later version may use more."""


def shard_names() -> list[str]:
    return [f"{shard:02x}" for shard in range(SHARDS)]
