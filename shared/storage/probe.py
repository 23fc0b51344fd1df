"""Whether the table can be read and written, found out without changing it."""

import secrets

import msgspec

from shared.storage.table import Operation, Refusal, Row, Table, TransactionRefusedError, Verb

_PARTITION = "probe"
_ETAG = "W/\"datetime'2026-01-01T00%3A00%3A00.0000000Z'\""


class StorageProbe(msgspec.Struct, frozen=True):
    table: Table

    def try_it(self) -> None:
        """Reads a row that is not there, and replaces it: who may not write is told so, everybody else that it is missing.

        Raises StorageError.
        """
        key = secrets.token_hex(8)
        self.table.get(_PARTITION, key)
        try:
            self.table.commit(_PARTITION, [Operation(Verb.REPLACE, Row(key, {}, _ETAG))])
        except TransactionRefusedError as refused:
            if refused.refusal is not Refusal.MISSING:
                raise
