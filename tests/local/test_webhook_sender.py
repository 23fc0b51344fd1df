"""Sending to receivers that are slow, hostile, or not who they were: over real sockets and real TLS."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.clock import SYSTEM_CLOCK
from shared.settings import load
from shared.webhooks import guard
from shared.webhooks.guard import Address
from shared.webhooks.sender import WebhookSender
from tests.unit.test_settings import GOOD

SETTINGS = replace(load(GOOD), webhook_allow_local=True)
NAME = "hooks.contoso.com"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

type Talk = Callable[[socket.socket], None]


@contextmanager
def receiver(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A port, and what was heard there. Each connection is read up to the end of a request, then answered as `talk` does."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    plain, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(plain,), daemon=True).start()

        def answer(plain: socket.socket) -> None:
            with suppress(OSError), plain:
                if tls is None:
                    converse(plain)
                else:
                    with tls.wrap_socket(plain, server_side=True) as wrapped:
                        converse(wrapped)

        def converse(wire: socket.socket) -> None:
            request = b""
            while b"\r\n\r\n{" not in request or not request.endswith(b"}"):
                piece = wire.recv(65536)
                if not piece:
                    return
                request += piece
            heard.append(request)
            talk(wire)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], heard
        finally:
            server.shutdown(socket.SHUT_RDWR)  # so that nobody waits there any more
            thread.join(5)


def says(answer: bytes) -> Talk:
    return lambda wire: wire.sendall(answer)


def post(
    url: str, seconds: float = 5, sender: WebhookSender | None = None
) -> tuple[int | None, str, float | None]:
    receipt = (sender or WebhookSender(SETTINGS)).post(
        url,
        b'{"a": 1}',
        {"content-type": "application/json", "webhook-id": "1"},
        SYSTEM_CLOCK.deadline(seconds),
    )
    return receipt.status, receipt.told, receipt.retry_after


def test_a_message_arrives_as_it_is() -> None:
    """One POST with its headers and body; our name, no cookie, nothing of the environment's."""
    with receiver(says(OK)) as (port, heard):
        assert (200, "It answered 200.", None) == post(f"http://127.0.0.1:{port}/in?code=x")

    (request,) = heard
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /in?code=x HTTP/1.1\r\n")
    assert b"User-Agent: Deskhand-Webhooks/1" in head
    assert b"webhook-id: 1" in head
    assert f"Host: 127.0.0.1:{port}".encode() in head
    assert b'{"a": 1}' == body


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", (410, "It answered 410.", None)),
        (
            b"HTTP/1.1 503 No\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n",
            (503, "It answered 503.", 120.0),
        ),
        (
            b"HTTP/1.1 503 No\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n",
            (503, "It answered 503.", None),
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            (302, "It answered 302.", None),
        ),
    ],
)
def test_an_answer_is_told_by_its_status_and_no_redirect_is_followed(
    answer: bytes, told: tuple[int, str, float | None]
) -> None:
    """Nothing else of it is kept."""
    with receiver(says(answer)) as (port, heard):
        assert told == post(f"http://127.0.0.1:{port}/")
    assert 1 == len(heard)


def drip(wire: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100:
        wire.sendall(bytes([byte]))
        time.sleep(0.05)


def endless(wire: socket.socket) -> None:
    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        wire.sendall(b"x" * 65536)


@pytest.mark.parametrize("talk", [drip, lambda _: time.sleep(3)], ids=["dripping", "silent"])
def test_a_receiver_that_takes_its_time_is_cut_off(talk: Talk) -> None:
    """At the end of its time, whatever it sends in between."""
    with receiver(talk) as (port, _):
        began = time.monotonic()
        status, told, _ = post(f"http://127.0.0.1:{port}/", seconds=1)

    assert (None, "It could not be reached, or did not answer in time.") == (status, told)
    assert time.monotonic() - began < 2


def test_an_answer_without_an_end_is_not_listened_to() -> None:
    """Its status is enough."""
    with receiver(endless) as (port, _):
        began = time.monotonic()
        assert (200, "It answered 200.", None) == post(f"http://127.0.0.1:{port}/")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "talk", [lambda wire: wire.close(), says(b"no http"), says(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200)]
)
def test_what_is_no_answer_is_none(talk: Talk) -> None:
    """A reset, no HTTP, or headers without end."""
    with receiver(talk) as (port, _):
        assert post(f"http://127.0.0.1:{port}/")[0] is None


def test_nobody_there_is_told() -> None:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/")[0] is None


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For NAME, by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def trusting(certificate: Path, *answers: Sequence[str]) -> tuple[WebhookSender, list[str]]:
    """A sender that resolves as it is told, in turn, and trusts the certificate. What was asked is recorded."""
    left, asked = list(answers), list[str]()

    def resolve(host: str, _: int) -> Sequence[Address]:
        asked.append(host)
        return [ip_address(each) for each in left.pop(0)]

    def trust() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(certificate))

    return WebhookSender(SETTINGS, resolve, trust), asked


def public(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a server of this machine can stand for one elsewhere."""
    monkeypatch.setattr(guard, "_may_be_reached", lambda address, listed: str(address) == "127.0.0.1")


def test_tls_is_with_the_name_at_the_address_that_was_checked(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One resolution; what the name stands for a moment later does not matter."""
    public(monkeypatch)
    sender, asked = trusting(certificate, ["127.0.0.1"], ["10.0.0.1"])

    with receiver(says(OK), tls) as (port, heard):
        assert 200 == post(f"https://{NAME}:{port}/x", sender=sender)[0]

    assert [NAME] == asked
    assert f"Host: {NAME}:{port}".encode() in heard[0]


def test_a_certificate_of_another_name_or_of_nobody_is_not_trusted(
    certificate: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent."""
    public(monkeypatch)
    sender, _ = trusting(certificate, ["127.0.0.1"])
    stranger = WebhookSender(SETTINGS, lambda _host, _port: [ip_address("127.0.0.1")])
    told = "There is no TLS with it, or its certificate is not trusted."

    with receiver(says(OK), tls) as (port, heard):
        assert (None, told, None) == post(f"https://other.contoso.com:{port}/x", sender=sender)
        assert (None, told, None) == post(f"https://{NAME}:{port}/x", sender=stranger)

    assert [] == heard


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["169.254.169.254"], ["::1"], []]
)
def test_a_name_that_stands_for_this_network_is_not_reached(certificate: Path, addresses: list[str]) -> None:
    """One such address is enough."""
    sender, _ = trusting(certificate, addresses)

    assert "Its name stands for an address that is not public." == post(f"https://{NAME}/x", sender=sender)[1]


def test_a_name_that_is_none_is_told() -> None:
    """It is not asked anywhere else."""

    def resolve(_host: str, _port: int) -> Sequence[Address]:
        raise socket.gaierror

    assert (
        "Its name could not be resolved."
        == post(f"https://{NAME}/x", sender=WebhookSender(SETTINGS, resolve))[1]
    )


def test_a_name_server_that_takes_its_time_is_not_waited_for() -> None:
    """Its time is that of the message."""
    over = threading.Event()

    def resolve(_host: str, _port: int) -> Sequence[Address]:
        over.wait(5)
        return [ip_address("8.8.8.8")]

    began = time.monotonic()
    told = post(f"https://{NAME}/x", seconds=0.2, sender=WebhookSender(SETTINGS, resolve))
    over.set()

    assert (None, "Its name could not be resolved.", None) == told
    assert time.monotonic() - began < 2


def test_settings_are_looked_at_again_when_it_is_sent() -> None:
    """What was allowed once may not be any more."""
    sender = WebhookSender(replace(SETTINGS, webhook_allow_local=False))

    assert "The URL is not allowed (any more)." == post("http://127.0.0.1:1/", sender=sender)[1]
