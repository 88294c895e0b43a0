"""The fixtures of the faces: ``sim(*words)`` runs the command in an empty folder of its own."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from face import Left, command, snapshot


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and a terminal of 100 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


@pytest.fixture
def sim(here: Path) -> Callable[..., Left]:
    """The command, run in an empty folder."""
    return command


@pytest.fixture
def refused(here: Path) -> Callable[..., str]:
    """Run a command that must be refused: exit code 2, a message of few lines, no traceback, and not a byte changed."""

    def run(*words: object, code: int = 2, lines: int = 2) -> str:
        before = snapshot(here)
        left = command(*words)
        message = left.err.rstrip("\n")
        assert (code, "") == (left.code, left.out), left
        assert 1 <= len(message.split("\n")) <= lines, message
        assert "Traceback" not in message
        assert all(len(line) < 700 for line in message.split("\n"))
        assert before == snapshot(here)
        return message

    return run


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with two runs: ``one`` (step 1, as it ships) and ``some`` (step 1 at load for 20 s, with a short queue)."""
    folder = tmp_path_factory.mktemp("runs")
    assert command("run", "step1", "--quiet", "--out", folder / "one").code == 0
    some = command("run", "step1_load", "--quiet", "--out", folder / "some", "--set", "duration=20 s", "--set", "warm_up=2 s",
                   "--set", "actors.authorization_manager.work.allocate_consumer_key=300 ms",
                   "--set", "actors.authorization_manager.queue.capacity=2", "--set", "actors.consumer.retry.attempts=2")
    assert some.code == 0, some.err
    yield folder
