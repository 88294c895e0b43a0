"""Finished runs, kept in a folder: a file each, named by its content address, written whole as soon as the run is done.

So a study that was killed goes on where it stopped, and one that is widened runs only what is new. Several processes may work on
one folder: each sees what the others have finished, and a run that two of them did is the same run.
"""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

import orjson

from sim.language.faults import Fault, Faults, shown
from sim.study.execution.job import Result
from sim.study.files import cannot_write, write_whole

MARK = "kept.json"
FORMAT = 1
_MOST_OTHERS = 2


class Kept:
    """The runs in a folder, which need not be there yet. Raises :class:`Faults` for one that holds something else."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        mark = self.folder / MARK
        try:
            if mark.exists():
                _check_format(mark)
            else:
                _check_empty(self.folder)
        except OSError as error:
            raise cannot_write(self.folder, error) from error

    def begin(self) -> None:
        """Make the folder if it is not there. Raises :class:`Faults` where that cannot be."""
        mark = self.folder / MARK
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        if not mark.exists():
            write_whole(mark, orjson.dumps({"kind": "kept runs", "format": FORMAT}) + b"\n")

    def get(self, address: str) -> Result | None:
        """The run with this address; None if there is none (or its file is damaged: then it is run again)."""
        try:
            found = orjson.loads(gzip.decompress(self._file(address).read_bytes()))
        except (OSError, EOFError, zlib.error, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def has(self, address: str) -> bool:
        """Whether a run with this address seems to be there; only :meth:`get` knows if it can be read."""
        return self._file(address).is_file()

    def put(self, address: str, result: Result) -> None:
        """Keep a run. Raises :class:`Faults` if the disk does not take it."""
        file = self._file(address)
        try:
            file.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        write_whole(file, orjson.dumps(result))  # compressed, as its name says

    def _file(self, address: str) -> Path:
        return self.folder / address[:2] / f"{address[2:]}.json.gz"

    @contextmanager
    def at_work(self, name: str) -> Iterator[int]:
        """How many other processes are at work on what is called ``name``, a hash (two, if there are more), while this one is too.

        Another name may be counted for the same: nothing but the order of the work depends on it. A process that ends, however it
        ends, is at work no more: the operating system takes its lock back.
        """
        lock = self._lock(name)
        try:
            yield lock.place
        finally:
            if lock.file is not None:
                lock.file.close()

    def _lock(self, name: str) -> "_Lock":
        try:
            import fcntl
        except ImportError:  # a system without such locks: everybody begins at the beginning
            return _Lock(0, None)
        for place in range(_MOST_OTHERS):
            with suppress(OSError):  # of a disk that is full or has no locks, too: nothing depends on it but the order
                file = (self.folder / f"{name[:1]}{place}.lock").open("w")
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return _Lock(place, file)
                except OSError:
                    file.close()
        return _Lock(_MOST_OTHERS, None)


class _Lock(NamedTuple):
    """A place among the processes at work, and the file that is locked for it."""

    place: int
    file: IO[str] | None


def _check_empty(folder: Path) -> None:
    if folder.is_file():
        raise Faults([Fault(str(folder), None, None, "", "this is a file", "the name of a folder for finished runs")])
    if folder.is_dir() and any(folder.iterdir()):
        raise Faults([Fault(str(folder), None, None, "", "this folder holds something else than finished runs",
                            "an empty folder, or another name (kept=...)")])


def _check_format(mark: Path) -> None:
    try:
        data = orjson.loads(mark.read_bytes())
    except (OSError, ValueError):
        data = None
    if not isinstance(data, dict) or data.get("kind") != "kept runs":
        raise Faults([Fault(str(mark), None, None, "", "this does not say what the folder holds",
                            "what this program wrote there; another folder (kept=...) leaves it as it is")])
    if data.get("format") != FORMAT:
        got = shown(data.get("format"))
        raise Faults([Fault(str(mark), None, None, "format", f"got {got}: another version keeps its runs here",
                            f"format {FORMAT}; another folder (kept=...) leaves these as they are")])
