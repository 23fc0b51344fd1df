"""Writing very many new rows. The SDK takes more of a core for a row than the store does; here the bodies are joined text.

Only to set the scene: whatever is measured speaks to the table through the SDK.
"""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import batched

import msgspec
import requests
from requests.adapters import HTTPAdapter

from benchmarks.case import Bench
from shared.storage.table import Row

_WRITERS = 4
_TRANSACTION = 100
_TOLD = 25_000
"""Rows, after which progress is told."""
_ACCEPTED = 202
_BATCH, _CHANGES = f"batch_{uuid.uuid4()}", f"changeset_{uuid.uuid4()}"
_BEGIN = f"--{_BATCH}\r\nContent-Type: multipart/mixed; boundary={_CHANGES}\r\n\r\n"
_PART = (
    f"--{_CHANGES}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    "POST %s HTTP/1.1\r\nContent-Type: application/json\r\nAccept: application/json;odata=minimalmetadata\r\n"
    "Prefer: return-no-content\r\nDataServiceVersion: 3.0\r\n\r\n%s\r\n"
)
_END = f"--{_CHANGES}--\r\n\r\n--{_BATCH}--\r\n"


def write(bench: Bench, tables: str, table: str, partitions: Mapping[str, Sequence[Row]]) -> None:
    """New rows, by partition, in transactions of a hundred. The table is made if it is not there."""
    store, count = _Store(tables, table), sum(map(len, partitions.values()))
    store.create()
    done, told = 0, 0
    with ThreadPoolExecutor(_WRITERS) as writers:
        for written in writers.map(lambda part: store.insert(*part), _transactions(partitions)):
            done += written
            if done // _TOLD > told:
                told = done // _TOLD
                bench.say(f"{done:,} of {count:,} rows of the table {table} written")


def _transactions(partitions: Mapping[str, Iterable[Row]]) -> Iterator[tuple[str, Sequence[Row]]]:
    for partition, rows in partitions.items():
        for some in batched(rows, _TRANSACTION, strict=False):
            yield partition, some


class _Store:
    def __init__(self, tables: str, table: str) -> None:
        told = dict(part.split("=", 1) for part in tables.split(";") if part)
        self._account, self._key = told["AccountName"], base64.b64decode(told["AccountKey"])
        self._url, self._table = told["TableEndpoint"], table
        self._http = requests.Session()
        self._http.mount("http://", HTTPAdapter(pool_maxsize=_WRITERS))

    def create(self) -> None:
        answer = self._post("Tables", msgspec.json.encode({"TableName": self._table}), "application/json")
        if answer.status_code != requests.codes.conflict:  # there already
            answer.raise_for_status()

    def insert(self, partition: str, rows: Sequence[Row]) -> int:
        url = f"{self._url}/{self._table}"
        entities = [{"PartitionKey": partition, "RowKey": row.key, **row.properties} for row in rows]
        parts = [_PART % (url, msgspec.json.encode(entity).decode()) for entity in entities]
        body = f"{_BEGIN}{''.join(parts)}{_END}".encode()
        answer = self._post("$batch", body, f"multipart/mixed; boundary={_BATCH}")
        if answer.status_code != _ACCEPTED or answer.text.count("HTTP/1.1 204") != len(rows):
            raise RuntimeError(f"The table refused rows: {answer.status_code} {answer.text[:500]}")
        return len(rows)

    def _post(self, path: str, body: bytes, content: str) -> requests.Response:
        date = format_datetime(datetime.now(UTC), usegmt=True)
        signed = f"{date}\n/{self._account}/{self._account}/{path}".encode()
        signature = base64.b64encode(hmac.digest(self._key, signed, hashlib.sha256)).decode()
        headers = {
            "Authorization": f"SharedKeyLite {self._account}:{signature}",
            "x-ms-date": date,
            "x-ms-version": "2019-02-02",
            "Accept": "application/json;odata=minimalmetadata",
            "DataServiceVersion": "3.0",
            "Content-Type": content,
        }
        return self._http.post(f"{self._url}/{path}", data=body, headers=headers, timeout=60)
