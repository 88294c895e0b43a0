"""The command as a user has it, run in this process, and what it leaves."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

Snapshot = dict[str, bytes | None]


@dataclass(frozen=True)
class Left:
    """What a command left: its exit code, and what it printed."""

    code: int
    out: str
    err: str
    out_bytes: bytes


def snapshot(folder: Path) -> Snapshot:
    """Everything below a folder, hidden files too: a file's bytes, None for a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def command(*words: object) -> Left:
    """Run ``sim WORDS`` in this process."""
    from sim.cli import main

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    before = sys.argv
    sys.argv = ["sim", *map(str, words)]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = end.code or 0
            else:
                raise AssertionError("main() must leave by SystemExit")
    finally:
        sys.argv = before
    raw = out.buffer.getvalue()
    return Left(int(code), raw.decode("utf-8", "replace"), err.buffer.getvalue().decode(), raw)


def execute(notebook: Any, folder: Path) -> Any:
    """A notebook, executed from its first cell to its last in a folder that holds nothing else, and in which it leaves nothing."""
    from nbclient import NotebookClient

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    assert {"ipython"} >= {path.name for path in folder.iterdir()}  # nothing is written unless it is asked for
    return notebook
