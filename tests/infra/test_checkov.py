"""Checkov's opinion, asked in the way of `python3 -m infra.check --checkov`: the first time it is installed, into the cache."""

from pathlib import Path

import pytest

from infra.check import checkov


@pytest.fixture(scope="module")
def home() -> Path:
    return checkov.install()


def test_it_finds_what_is_meant_and_nothing_else(home: Path) -> None:
    """It reads every file, and all that it finds has its reason; no reason is left over."""
    report = checkov.asked(home, checkov.ours())
    failed = {each["check_id"] for each in report["results"]["failed_checks"]}

    assert [] == checkov.judged(report, checkov.SKIPPED)
    assert set(checkov.SKIPPED) == failed


FAULTS = {
    "modules/app.bicep": ("httpsOnly: true", "httpsOnly: false", "CKV_AZURE_14"),
    "modules/topic.bicep": ("disableLocalAuth: true", "disableLocalAuth: false", "CKV_AZURE_192"),
    "modules/run-storage.bicep": ("'TLS1_2'", "'TLS1_0'", "CKV_AZURE_44"),
    "modules/identity.bicep": (
        "  location: location\n",
        "  location: [for a in b: { c: \n",
        "cannot read it",
    ),
}


def test_faults_are_found(home: Path) -> None:
    """Each in its file. What it cannot read is a finding, too: by itself it would count as none."""
    texts = checkov.ours()
    for name, (old, new, _) in FAULTS.items():
        assert old in texts[name]
        texts[name] = texts[name].replace(old, new)
    found = checkov.judged(checkov.asked(home, texts), checkov.SKIPPED)

    assert sorted((Path(name).name, said) for name, (_, _, said) in FAULTS.items()) == sorted(
        (Path(each.file).name, said)
        for each in found
        for _, _, said in FAULTS.values()
        if said in each.message.split(": ")[0]
    )


def test_nothing_to_look_at_is_a_finding(home: Path) -> None:
    """A folder that was moved passes no gate."""
    assert checkov.judged(checkov.asked(home, {"empty.txt": ""}), checkov.SKIPPED)


def test_only_variables_are_hidden_from_it() -> None:
    """Those that it cannot read; resources never."""
    text = "var a = map(b, c => {\n  d: c\n})\nvar e = 1\nresource f 'g' = {\n  h: map(b, c => c)\n}\n"

    assert "var a = ''\nvar e = 1\nresource f 'g' = {\n  h: map(b, c => c)\n}\n" == checkov.readable(text)
