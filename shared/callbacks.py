"""The URL that Dataverse is given for a run, and whether a session's URL is a run's."""

import ipaddress
import re
from urllib.parse import urlsplit

import msgspec

from shared.run.ids import GUID, is_run_id
from shared.run.model import CallbackClaim, Run, SessionView
from shared.setting_values import LOOPBACK
from shared.settings import Settings
from shared.signatures import Purpose, Signatures, Verdict

_CALLBACK_URL = re.compile(
    rf"(https?://[^/?#]+)/api/callbacks/({GUID})/([a-z0-9]{{1,16}})(-[0-9a-f]{{64}})", re.IGNORECASE
)
_RUN_IN_URL = re.compile(rf"/api/callbacks/({GUID})/", re.IGNORECASE)


def callback_base(settings: Settings) -> str | None:
    """The base for callback URLs: only one that Dataverse accepts (https, port 443, a DNS name), or loopback where allowed."""
    base = settings.public_base_url
    if (
        base is None
        or _accepted_by_dataverse(base)
        or (settings.allow_loopback_callbacks and _is_loopback(base))
    ):
        return base
    return None


def _accepted_by_dataverse(base: str) -> bool:
    parts = urlsplit(base)
    host = parts.hostname or ""
    return parts.scheme == "https" and parts.port in {None, 443} and "." in host and not _is_ip(host)


def _is_loopback(base: str) -> bool:
    return urlsplit(base).hostname in LOOPBACK


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def callback_url(signatures: Signatures, run: Run) -> str | None:
    """The URL that Dataverse was given for this run; None where it was given none, or its key is no longer configured."""
    if run.callback is None:
        return None
    try:
        signature = signatures.sign(Purpose.CALLBACK, run.id, run.callback.key_version)
    except KeyError:
        return None
    return f"{run.callback.base}/api/callbacks/{run.id}/{signature}"


def run_named_by(session: SessionView) -> str | None:
    """The run whose callback URL the session holds; still to be checked with `is_own`."""
    named = _RUN_IN_URL.search(session.callback_url or "")
    return named[1].lower() if named and is_run_id(named[1].lower()) else None


def is_own(signatures: Signatures, run: Run, session: SessionView) -> bool:
    """Whether the session's callback URL is the run's. Once its signing key is gone, base and run id have to do."""
    if run.callback is None or session.callback_url is None:
        return False
    shown = session.callback_url.lower()
    expected = callback_url(signatures, run)
    if expected is None:
        return shown.startswith(f"{run.callback.base}/api/callbacks/{run.id}/".lower())
    return shown == expected.lower()


class NamedRun(msgspec.Struct, frozen=True):
    """The run that a callback URL names, and whether its signature proves that we made the URL. Whose base it has is not judged."""

    run_id: str
    claim: CallbackClaim
    verdict: Verdict


def read_url(signatures: Signatures, url: str | None) -> NamedRun | None:
    """None for a URL that has not the form of ours. In any letter case: Dataverse compares text without regard to it."""
    parts = _CALLBACK_URL.fullmatch(url or "")
    if parts is None or not is_run_id(parts[2].lower()):
        return None
    base, run_id, version, digest = (part.lower() for part in parts.groups())
    verdict = signatures.judge(Purpose.CALLBACK, run_id, version + digest)
    return NamedRun(run_id, CallbackClaim(base=base, key_version=version), verdict)
