"""The inputs of a run that waits, cut into rows: a binary property holds 64 KiB, a row eleven of them, a transaction all rows.

Sources of the limits: Table Storage, "Understanding the Table service data model": 64 KiB a property, 1 MiB a row, 4 MiB a
transaction. A row stays below its limit also as it travels, in base64: Azurite measures it so.
"""

from collections.abc import Sequence

from shared.storage.table import Row

_PIECE = 64 * 1024
_PIECES_A_ROW = 11
_ROW = _PIECE * _PIECES_A_ROW
"""Bytes. Three rows hold more than the 2,097,152 that Dataverse takes as inputs."""


def inputs_keys(run_id: str, rows: int) -> list[str]:
    return [f"inputs|{run_id}|{number}" for number in range(rows)]


def rows_needed(inputs: bytes) -> int:
    return -(-len(inputs) // _ROW)


def inputs_rows(run_id: str, inputs: bytes) -> list[Row]:
    keys = inputs_keys(run_id, rows_needed(inputs))
    return [Row(key, _pieces(inputs[number * _ROW : (number + 1) * _ROW])) for number, key in enumerate(keys)]


def joined(rows: Sequence[Row]) -> bytes:
    return b"".join(
        row.properties[name] for row in rows for name in sorted(row.properties) if name.startswith("p")
    )


def _pieces(part: bytes) -> dict[str, bytes]:
    return {f"p{at // _PIECE:02d}": part[at : at + _PIECE] for at in range(0, len(part), _PIECE)}
