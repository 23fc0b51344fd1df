"""Requests to Table Storage signed with the account's key: for a desk, whose connection string holds one.

Source: Azure Storage, "Authorize with Shared Key", Shared Key Lite for the Table service: the date and the path are signed.
"""

import base64
import hashlib
import hmac
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy


class SharedKeyPolicy(SansIOHTTPPolicy[Any, Any]):
    def __init__(self, credential: AzureNamedKeyCredential) -> None:
        self._account, key = credential.named_key
        self._key = base64.b64decode(key)

    def on_request(self, request: PipelineRequest[Any]) -> None:
        date, path = formatdate(usegmt=True), urlsplit(request.http_request.url).path
        signed = f"{date}\n/{self._account}{path}".encode()
        signature = base64.b64encode(hmac.new(self._key, signed, hashlib.sha256).digest()).decode()
        request.http_request.headers["x-ms-date"] = date
        request.http_request.headers["Authorization"] = f"SharedKeyLite {self._account}:{signature}"
