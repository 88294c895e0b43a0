"""A Dask cluster as what runs jobs: whatever its scheduler knows of workers, on this machine or others.

Its workers need this package in the same version, and files of your own (models, mitigations, tables) at the same path.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

from sim.engines.faults import RunFault
from sim.language.faults import Fault, Faults
from sim.study.execution.pool import Answers, Executor, Numbered, gathered

if TYPE_CHECKING:
    from distributed import Client

_PATIENCE_S = 10
"""So long a scheduler that does not answer is waited for."""


def run_on(address: str) -> Executor:
    """What runs jobs on the cluster whose scheduler is at ``address`` (e.g. ``tcp://127.0.0.1:8786``).

    It raises :class:`Faults` where there is no such scheduler, it has no workers, or they are of another version; and
    :class:`RunFault` if it goes away.
    """
    def execute(jobs: Numbered, _workers: int) -> Answers:
        """By all workers of the cluster; no connection is made for no job."""
        source = iter(jobs)
        first = next(source, None)
        if first is None:
            return
        with _quiet(), _connected(address) as client:
            workers = _checked(client, address)
            try:
                with _watched(client):
                    yield from gathered(chain([first], source), {}, backend="dask", n_jobs=workers)
            except Exception as error:
                if isinstance(error, Faults | RunFault):
                    raise
                raise RunFault(f"the cluster at {address} is gone ({_first_line(error)}): what was finished is kept; "
                               "the same command goes on from there") from error

    return execute


@contextmanager
def _connected(address: str) -> Iterator["Client"]:
    try:
        from distributed import Client
    except ImportError:
        raise _fault(address, "a Dask cluster is asked for, and dask.distributed is not installed",
                     "pip install 'diagram-sim[cluster]', or workers=... in place of scheduler=...") from None
    try:
        client = Client(address, timeout=_PATIENCE_S, set_as_default=True)
    except (OSError, ValueError, TimeoutError) as error:
        raise _fault(address, f"there is no scheduler ({_first_line(error)})",
                     "the address of one that runs, e.g. tcp://127.0.0.1:8786 ('dask scheduler' starts one)") from None
    try:
        yield client
    finally:
        with suppress(Exception):
            client.close(timeout=_PATIENCE_S)


@contextmanager
def _watched(client: "Client") -> Iterator[None]:
    """A scheduler waits for new workers for ever when all are gone. Here it is given up: what waits for it ends with an error."""
    over = threading.Event()

    def watch() -> None:
        since = time.monotonic()
        while not over.wait(1):
            if client.scheduler_info()["workers"]:
                since = time.monotonic()
            elif time.monotonic() - since > _PATIENCE_S:
                client.close(timeout=_PATIENCE_S)
                return

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _checked(client: "Client", address: str) -> int:
    """How many threads of workers there are, once they are known to be of this version."""
    versions: dict[str, Any] = client.run(_version)
    if not versions:
        raise _fault(address, "this scheduler has no workers", f"some: 'dask worker {address}' starts one")
    own = _version()
    for worker, version in versions.items():
        if version != own:
            raise _fault(address, f"the worker {worker} has {version or 'no diagram-sim'}", f"{own} everywhere")
    return sum(client.nthreads().values())


def _version() -> str:
    """Of a worker: what it would run with; nothing if it cannot."""
    try:
        import sim
        from sim.study.execution import address
    except ImportError:
        return ""
    return f"diagram-sim {sim.__version__} ({address.program()[:8]})"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _fault(address: str, problem: str, expected: str) -> Faults:
    return Faults([Fault(address, None, None, "scheduler", problem, expected)])


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask logs every connection that it loses, with tracebacks: what it means is told in a line of ours."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client", "distributed.comm", "asyncio")]
    before = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for each, level in zip(loggers, before, strict=True):
            each.setLevel(level)
