"""TLS for all connections: the authorities' certificates are read once.

`requests` reads them anew for each connection, and each keeps a copy of its own: 17 ms of a core and 0.7 MB, and a warm worker
has some sixty connections.
"""

import ssl
from functools import cache
from typing import Any

from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context


class TrustingAdapter(HTTPAdapter):
    """Trusts whom `requests` trusts. Where the environment names authorities of its own (REQUESTS_CA_BUNDLE), it does as `requests` does."""

    def __init__(self, connections: int = 1) -> None:
        """Nothing is sent twice. `connections`: how many are kept for the next requests."""
        super().__init__(pool_maxsize=connections, max_retries=0)

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {**tls, "ssl_context": trusted()} if verify is True else tls

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        if verify is not True:  # else they are in the context
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]  # by its stubs


@cache
def trusted() -> ssl.SSLContext:
    """Whom `requests` trusts, when the environment names nobody else."""
    context = create_urllib3_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context
