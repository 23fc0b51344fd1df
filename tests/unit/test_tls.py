"""Connections over TLS: whom they trust, and what they cost."""

import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared import tls
from shared.tls import TrustingAdapter


class Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, with its key; signed by nobody but itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    made = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "here.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture(scope="module")
def address(certificate: Path) -> Iterator[str]:
    """Of a server that has this certificate."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Empty)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test reads the authorities itself, and leaves none behind. Nothing of this machine's environment counts."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    tls.trusted.cache_clear()
    yield
    tls.trusted.cache_clear()


def asked(address: str) -> int:
    """By a session of its own, over a connection of its own."""
    with requests.Session() as session:
        session.mount("https://", TrustingAdapter())
        return session.get(address, timeout=10).status_code


def test_a_certificate_that_nobody_vouches_for_is_refused(address: str) -> None:
    with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        asked(address)


def test_another_name_than_the_certificates_is_refused(
    address: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "DEFAULT_CA_BUNDLE_PATH", str(certificate))

    with pytest.raises(requests.exceptions.SSLError, match="Hostname mismatch"):
        asked(address.replace("127.0.0.1", "localhost"))


def test_authorities_are_read_once(address: str, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many connections are opened, and by however many sessions."""
    reads: list[object] = []
    read = ssl.SSLContext.load_verify_locations

    def counted(context: ssl.SSLContext, *paths: str) -> None:
        reads.append(paths)
        read(context, *paths)

    monkeypatch.setattr(tls, "DEFAULT_CA_BUNDLE_PATH", str(certificate))
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)

    assert [204, 204, 204] == [asked(address) for _ in range(3)]
    assert 1 == len(reads)


def test_authorities_of_the_environment_are_trusted_in_their_place(
    address: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company's own bundle, as requests reads it; it adds nothing to what other connections trust."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert 204 == asked(address)

    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        asked(address)
