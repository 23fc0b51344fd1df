import json
import sys
import threading
from pathlib import Path

import pytest

from local import bootstrap, places
from local.bootstrap import SetUpError, VirtualEnvironment
from local.locks import exclusive


def checkout(folder: Path) -> VirtualEnvironment:
    folder.mkdir()
    (folder / "requirements.txt").write_text("")
    (folder / "requirements-dev.txt").write_text("-r requirements.txt\n")
    return VirtualEnvironment(folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> VirtualEnvironment:
    """A checkout whose environment was made once, for the tests that leave it as it is or mend it."""
    environment = checkout(tmp_path_factory.mktemp("set-up") / "checkout")
    assert environment.ensure(environment.checkout.parent)
    return environment


def ensure(environment: VirtualEnvironment) -> bool:
    return environment.ensure(environment.checkout.parent)


def test_a_second_start_does_nothing(made: VirtualEnvironment) -> None:
    """An environment that is as it should be is neither made nor installed into again."""
    before = (made.folder / "pyvenv.cfg").stat().st_mtime_ns
    assert not ensure(made)
    assert (made.folder / "pyvenv.cfg").stat().st_mtime_ns == before


def test_changed_requirements_are_installed_into_the_same_environment(made: VirtualEnvironment) -> None:
    """A changed requirements file is noticed, and costs an installation, not a new environment."""
    (made.checkout / "requirements.txt").write_text("# nothing yet\n")
    before = (made.folder / "pyvenv.cfg").stat().st_mtime_ns
    assert ensure(made)
    assert (made.folder / "pyvenv.cfg").stat().st_mtime_ns == before
    assert not ensure(made)


def test_a_step_that_succeeds_is_one_line(
    made: VirtualEnvironment, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of an installation that goes well its user sees that it goes on, and nothing that pip says."""
    (made.checkout / "requirements.txt").write_text("# nothing at all\n")
    assert ensure(made)
    told = capfd.readouterr()
    assert told.out == ""
    assert [line.partition(" ")[0] for line in told.err.splitlines()] == ["Installing"]


def test_packages_that_cannot_be_had_fail_clearly_and_are_tried_again(
    made: VirtualEnvironment, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A failure of pip is an error, with all that pip said; what was not installed is not taken for installed at the next start."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    (made.checkout / "requirements.txt").write_text("deskhand-has-no-such-package==1\n")
    for _ in range(2):
        with pytest.raises(SetUpError, match="pip could not install"):
            ensure(made)
        assert "No matching distribution found for deskhand-has-no-such-package==1" in capfd.readouterr().err
    (made.checkout / "requirements.txt").write_text("")
    assert ensure(made)


def test_an_environment_without_its_python_is_made_anew(made: VirtualEnvironment) -> None:
    """An environment whose interpreter is gone, as after an upgrade, is replaced."""
    made.python.unlink()
    assert ensure(made)
    assert made.python.exists()


def test_an_environment_that_was_moved_is_made_anew(
    made: VirtualEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in a moved environment still names the old folder: it is replaced."""
    calls: list[list[str]] = []
    monkeypatch.setattr(VirtualEnvironment, "_run", lambda _self, command, _failure: calls.append(command))
    moved = made.checkout.rename(made.checkout.with_name("elsewhere"))
    try:
        assert ensure(VirtualEnvironment(moved))
        assert [call[1:3] for call in calls] == [["-m", "venv"], ["-m", "pip"]]
    finally:
        moved.rename(made.checkout)


def test_an_environment_of_another_python_is_made_anew(
    made: VirtualEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packages installed for another minor version would not be found: the environment is replaced."""
    stamp = made.folder / "deskhand.json"
    told = json.loads(stamp.read_text())
    assert told["python"] == f"{sys.version_info[0]}.{sys.version_info[1]}"
    stamp.write_text(json.dumps(told | {"python": "3.12"}))
    calls: list[list[str]] = []
    monkeypatch.setattr(VirtualEnvironment, "_run", lambda _self, command, _failure: calls.append(command))
    assert ensure(made)
    assert calls[0][1:3] == ["-m", "venv"]


def test_two_set_ups_take_turns(tmp_path: Path) -> None:
    """Whoever asks for a lock that is held gets it only when it is given back."""
    order: list[str] = []

    def second() -> None:
        with exclusive(tmp_path / "lock"):
            order.append("second")

    with exclusive(tmp_path / "lock"):
        other = threading.Thread(target=second)
        other.start()
        other.join(0.2)
        order.append("first")
    other.join()
    assert order == ["first", "second"]


@pytest.mark.parametrize(
    ("prefix", "changed", "becomes"),
    [
        (places.CHECKOUT / ".venv", False, False),
        (places.CHECKOUT / ".venv", True, True),
        ("/usr", False, True),
    ],
)
def test_the_command_starts_anew_unless_it_is_inside_already(
    monkeypatch: pytest.MonkeyPatch, prefix: Path, *, changed: bool, becomes: bool
) -> None:
    """A command goes on where it is only inside an environment in which nothing had to be changed."""
    commands: list[list[str]] = []
    monkeypatch.setattr(sys, "prefix", str(prefix))
    monkeypatch.setattr(VirtualEnvironment, "ensure", lambda _self, _locks: changed)
    monkeypatch.setattr(bootstrap, "_become", commands.append)
    bootstrap.enter("local", ["up", "--json"])
    assert [command[1:] for command in commands] == [["-m", "local", "up", "--json"]] * becomes
