"""Signatures are worth nothing outside their purpose, host and subject."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.setting_values import SigningKey
from shared.signatures import Purpose, Signatures, Verdict

OLD, NEW = SigningKey("1", b"o" * 32), SigningKey("2", b"n" * 32)
HOST = "contoso.crm4.dynamics.com"


def test_a_signature_is_verified() -> None:
    """What was signed for a purpose and subject is recognised for these."""
    signatures = Signatures([NEW], HOST)

    assert signatures.verify(Purpose.CALLBACK, "run", signatures.sign(Purpose.CALLBACK, "run"))


def test_a_replaced_key_still_verifies_and_no_longer_signs() -> None:
    """During a rotation both keys are valid; once the old one is gone, so are its signatures."""
    old = Signatures([OLD], HOST).sign(Purpose.CALLBACK, "run")

    assert Signatures([NEW, OLD], HOST).verify(Purpose.CALLBACK, "run", old)
    assert not Signatures([NEW], HOST).verify(Purpose.CALLBACK, "run", old)
    assert Signatures([NEW, OLD], HOST).sign(Purpose.CALLBACK, "run").startswith("2-")


@pytest.mark.parametrize(
    ("purpose", "host", "subject"),
    [
        (Purpose.RESULT, HOST, "run"),
        (Purpose.CALLBACK, "other.crm4.dynamics.com", "run"),
        (Purpose.CALLBACK, HOST, "run2"),
    ],
)
def test_signatures_are_not_interchangeable(purpose: Purpose, host: str, subject: str) -> None:
    """A callback's signature reads no result, serves no other environment and no other run."""
    signature = Signatures([NEW], HOST).sign(Purpose.CALLBACK, "run")

    assert not Signatures([NEW], host).verify(purpose, subject, signature)


def test_every_signature_that_looks_like_one_costs_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """One digest, compared in constant time, whether the key version is known or not: an answer's time tells nothing."""
    made: list[int] = []

    def counted(one: str, other: str) -> bool:
        made.append(len(one))
        return one == other

    monkeypatch.setattr("shared.signatures.hmac.compare_digest", counted)
    signatures = Signatures([NEW, OLD], HOST)
    digest = signatures.sign(Purpose.CALLBACK, "other").partition("-")[2]
    verdicts = [signatures.verify(Purpose.CALLBACK, "run", f"{version}-{digest}") for version in "123"]

    assert [False] * 3 == verdicts
    assert 3 == len(made)


@pytest.mark.parametrize(
    ("signature", "verdict"),
    [
        (Signatures([NEW], HOST).sign(Purpose.CALLBACK, "run"), Verdict.GENUINE),
        (Signatures([NEW], HOST).sign(Purpose.CALLBACK, "other"), Verdict.FALSE),
        (Signatures([OLD], HOST).sign(Purpose.CALLBACK, "run"), Verdict.KEY_UNKNOWN),
        ("2-" + "0" * 63, Verdict.MALFORMED),
        ("2-" + "0" * 65, Verdict.MALFORMED),
        ("2-" + "0" * 64 + "\n", Verdict.MALFORMED),
        ("", Verdict.MALFORMED),
    ],
)
def test_what_is_wrong_with_a_signature_is_told(signature: str, verdict: Verdict) -> None:
    """To whoever counts it; none of these but the first is taken for one."""
    signatures = Signatures([NEW], HOST)

    assert verdict is signatures.judge(Purpose.CALLBACK, "run", signature)
    assert (verdict is Verdict.GENUINE) == signatures.verify(Purpose.CALLBACK, "run", signature)


@given(st.text(max_size=100))
def test_any_other_text_is_refused(text: str) -> None:
    """Whatever is sent as a signature, the answer is no."""
    assert not Signatures([NEW], HOST).verify(Purpose.CALLBACK, "run", text)
