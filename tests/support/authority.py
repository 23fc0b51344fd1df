"""Microsoft Entra ID, as far as a client assertion needs it: over TLS, as its clients insist."""

import base64
import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

EXCHANGE = "api://AzureADTokenExchange"


@dataclass
class Authority:
    """Issues what the simulator's token endpoint issues, to whoever brings that endpoint's token for the exchange."""

    identity_endpoint: str
    identity_header: str
    base: str = ""
    trusts: bool = True
    """Whether there is a federated credential for the identity."""
    asked: list[dict[str, str]] = field(default_factory=list)
    vouched: list[str] = field(default_factory=list)
    """The client ids of the identities whose tokens were brought."""

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(form)
        brought = _claims(form["client_assertion"])
        self.vouched.append(brought["appid"])
        if not self.trusts or brought["aud"] != EXCHANGE:
            return 401, {"error": "invalid_client", "error_description": "AADSTS70021: No matching record."}
        resource = form["scope"].split()[0].removesuffix("/.default")
        issued = requests.get(
            self.identity_endpoint,
            params={"api-version": "2019-08-01", "resource": resource, "client_id": form["client_id"]},
            headers={"X-IDENTITY-HEADER": self.identity_header},
            timeout=10,
        ).json()
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": issued["access_token"]}


def _claims(token: str) -> dict[str, str]:
    claims = token.split(".")[1]
    read: dict[str, str] = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return read


class _Handler(BaseHTTPRequestHandler):
    authority: ClassVar[Authority]

    def do_GET(self) -> None:
        tenant = f"{self.authority.base}/{self.path.split('/')[1]}"
        endpoints = {
            "issuer": f"{tenant}/v2.0",
            "authorization_endpoint": f"{tenant}/oauth2/v2.0/authorize",
            "token_endpoint": f"{tenant}/oauth2/v2.0/token",
        }
        self._say(200, endpoints)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._say(*self.authority.token({name: value[0] for name, value in parse_qs(body).items()}))

    def _say(self, status: int, shown: dict[str, Any]) -> None:
        body = json.dumps(shown).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(authority: Authority, folder: Path) -> Iterator[Path]:
    """Sets its `base`. Gives the certificate that is to be trusted."""
    certificate = certificate_of_here(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    handler = type("Handler", (_Handler,), {"authority": authority})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        authority.base = f"https://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield certificate
        server.shutdown()
        thread.join()


def certificate_of_here(folder: Path, *, days: int = 1) -> Path:
    """Of 127.0.0.1, with its key; signed by nobody but itself. It ends after so many days; before now, where that is less than none."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(days=9))
    builder = builder.not_valid_after(now + timedelta(days=days)).add_extension(address, critical=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"here{days}.pem"
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + private)
    return path
