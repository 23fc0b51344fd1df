"""Run ids: GUIDs that carry their time of creation and the shard that holds their rows."""

import re
import uuid
from datetime import UTC, datetime, timedelta

GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""As a part of other patterns. In any letter case."""
_GUID = re.compile(GUID, re.IGNORECASE)
_RANDOM_BITS = 62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST_TIME = (1 << 48) - 1


def parse_guid(text: str) -> str | None:
    """The GUID in lower case; None for anything else."""
    return text.lower() if _GUID.fullmatch(text) else None


def new_guid(random_bits: int) -> str:
    """An RFC 9562 version 4 UUID of 122 random bits."""
    return str(uuid.UUID(int=random_bits, version=4))


def new_run_id(at: datetime, shard: int, random_bits: int) -> str:
    """An RFC 9562 version 8 UUID: 48 bits of Unix milliseconds, a zero nibble (layout), 8 bits of shard, 62 random bits."""
    time = unix_milliseconds(at)
    value = (
        time << 80 | 0x8 << 76 | (shard & 0xFF) << 64 | 0b10 << 62 | random_bits & ((1 << _RANDOM_BITS) - 1)
    )
    return str(uuid.UUID(int=value))


def is_run_id(guid: str) -> bool:
    """Whether a GUID can be one of ours: anything else is refused before any I/O."""
    return guid[14:16] == "80" and guid[19] in "89ab"


def shard_of(run_id: str) -> str:
    """The two hexadecimal digits that are the run's PartitionKey."""
    return run_id[16:18]


def created_at(run_id: str) -> datetime:
    return _EPOCH + timedelta(milliseconds=_milliseconds(run_id))


def newest_first(run_id: str) -> str:
    """A key part under which later runs sort before earlier ones: the inverted time, then the id."""
    return f"{_LARGEST_TIME - _milliseconds(run_id):012x}|{run_id}"


def newest_first_bound(at: datetime) -> str:
    """The key part at which runs created at this millisecond begin. Times that no id can carry bound everything, or nothing."""
    return f"{_LARGEST_TIME - min(max(unix_milliseconds(at), 0), _LARGEST_TIME):012x}"


def unix_milliseconds(at: datetime) -> int:
    """Exact: a float's last bit would move a run by a millisecond."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _milliseconds(run_id: str) -> int:
    return int(run_id[:8] + run_id[9:13], 16)
