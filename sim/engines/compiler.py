"""From plain functions to machine code, by numba, kept safely for the next time.

The functions of the laws and of the loop are compiled unchanged: each is given a namespace in which the names of the
others mean their compiled forms. Numba's own cache looks at the file of the function that is called, not at those of its callees;
so the folder of the cache is named by a hash of every source that goes in, of numba's version, and of the processor. A user's own
laws are no part of it: they are compiled apart (:mod:`sim.engines.own_laws`).
"""

import hashlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

from sim.engines.intrinsics import intrinsics, know_bit_length
from sim.engines.one_piece import one_piece, passes
from sim.mitigations.framework import registry
from sim.plan import cells

MODULES = (
    "sim.world.clock", "sim.world.chance", "sim.world.normal", "sim.world.distributions", "sim.world.network", "sim.world.arrivals",
    "sim.world.ramps", "sim.world.backoff", "sim.world.order", "sim.world.credentials", "sim.world.addresses",
    "sim.world.attackers", "sim.world.identities", "sim.world.lists", "sim.world.queues", "sim.world.budget", "sim.world.load",
    "sim.world.sliding", "sim.world.throttle", "sim.world.breaker", "sim.world.moments", "sim.world.balancing",
    "sim.world.sharing",
    "sim.measure.histogram", "sim.measure.accumulators", "sim.measure.attacking", "sim.measure.refusing", "sim.measure.sharing",
    *(f"sim.engines.loop.{name}" for name in (
        "memory", "heap", "laws", "record", "guards", "issuing", "facts", "restraints", "balancing", "network", "decide",
        "attempts", "credentials", "budgets", "walk", "challenges", "calls", "sharing", "sockets", "waiting", "admission",
        "station", "scheduled", "arrivals", "attacks", "ends", "failing", "events", "tell")),
)
"""Every module whose functions go in, laws before what calls them."""

OUTSIDE = ("run_until", "open_all", "refill_slots", "put_in_order", "settled", "tell")
"""What is called from Python."""
UNUSED_DAYS = 30


def modules() -> tuple[str, ...]:
    """Every module that goes in, with the mitigations that ship."""
    return (*MODULES, *(f"sim.mitigations.{name}" for name in registry.shipped()))


@cache
def source_hash() -> str:
    """What the machine code depends on, as a hash."""
    import llvmlite.binding
    import numba

    digest = hashlib.sha256()
    for name in (*modules(), "sim.plan.cells", "sim.mitigations.framework.parameters", "sim.engines.intrinsics",
                 "sim.engines.one_piece", __name__):
        file = import_module(name).__file__
        assert file is not None
        digest.update(Path(file).read_bytes())
    about = (numba.__version__, sys.version, platform.machine(), llvmlite.binding.get_host_cpu_name(),
             llvmlite.binding.get_host_cpu_features().flatten())
    digest.update("\n".join(about).encode())
    return digest.hexdigest()[:20]


@cache
def cache_folder() -> Path:
    """Where machine code is kept: below ``$XDG_CACHE_HOME`` or ``~/.cache``; with temporary files where that cannot be written."""
    name = f"compiled-{source_hash()}"
    for base in (os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", Path(tempfile.gettempdir()) / f"cache-{os.getuid()}"):
        folder = Path(base) / "diagram-sim" / name
        is_new = not folder.exists()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()  # which is also when it was last used
        except OSError:
            continue
        if is_new:
            forget_unused(folder.parent)
        return folder
    return Path(tempfile.mkdtemp(prefix="diagram-sim-"))


def forget_unused(kept: Path) -> None:
    """Remove machine code that nobody has used for :data:`UNUSED_DAYS`: of earlier versions, and of laws that were edited since."""
    for folder in kept.glob("compiled-*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > UNUSED_DAYS * 86_400:
                shutil.rmtree(folder)


def is_kept() -> bool:
    """Whether there is machine code of the loop from an earlier time."""
    return any(cache_folder().rglob("*.nbi"))


def chain(made: dict[FunctionType, Any]) -> FunctionType:
    """What stands for :func:`sim.engines.loop.laws.ask_law`: a chain of comparisons, with every law that ships in its place.

    Those that do not ship are machine code of their own (:mod:`sim.engines.own_laws`), at addresses in the memory.
    """
    from sim.engines.loop import laws, memory

    text = "def ask_law(m, x, guard, law, row):\n"
    space: dict[str, Any] = {"__name__": laws.__name__, "c": cells, "beyond": made[memory.beyond],  # type: ignore[index]
                             "ask_at_address": made[laws.ask_at_address]}  # type: ignore[index]
    for number, law in enumerate(law for name in registry.shipped() for law in registry.find(name).laws.values()):
        text += f"    if law == {number}:\n        {SHIPPED.format(n=number)}\n"
        space[f"law_{number}"] = made[law]  # type: ignore[index]
    exec(text + "    return ask_at_address(m, x, guard, law, row)\n", space)  # noqa: S102 - our own text
    function: FunctionType = space["ask_law"]
    return function


SHIPPED = """return law_{n}(beyond(m, m[guard + c.GUARD_INTS]), beyond(x, m[guard + c.GUARD_FLOATS]), row,
                               beyond(m, m[c.EVENT_BLOCK]))"""
"""How a law that ships is asked: by addresses."""


def compile_space(
    space: dict[str, Any], name: str, made: dict[FunctionType, Any], tag: str, *, own: bool = False
) -> dict[str, Any]:
    """Take up the functions that a module defines: each with a namespace that :func:`link` fills with compiled ones.

    ``tag`` makes their names different from those of the same functions in another library: machine code of a process, what
    was kept in another one included, has one space of names. ``own``: a user's, in which an index out of range or a division by
    zero stops the run.
    """
    import numba

    know_bit_length()
    for function in [value for value in space.values() if isinstance(value, FunctionType) and value.__module__ == name]:
        if function not in made:
            copy = FunctionType(function.__code__, space, function.__name__, function.__defaults__)
            copy.__qualname__ = f"{function.__qualname__}_{tag}"
            made[function] = numba.njit(**OWN_OPTIONS if own else options_of(function.__name__ in OUTSIDE))(copy)
    return space


def link(spaces: Sequence[dict[str, Any]], made: dict[FunctionType, Any]) -> None:
    """Let every name of a function mean its compiled form."""
    for space in spaces:
        for name, value in space.items():
            if isinstance(value, FunctionType) and value in made:
                space[name] = made[value]


@cache
def compiled() -> dict[str, Any]:
    """The functions that are called from outside, by name, compiled when first called or read from the cache."""
    import numba

    made, tag = intrinsics(), source_hash()
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_folder())
    try:
        spaces = [compile_space(dict(vars(import_module(name))), name, made, tag) for name in modules()]
        ask = import_module("sim.engines.loop.laws").ask_law
        made[ask] = numba.njit(**options_of(False))(chain(made))
    finally:
        numba.config.CACHE_DIR = before
    link(spaces, made)
    inner = frozenset(f"{function.__qualname__}_{tag}" for function in made if function.__name__ not in OUTSIDE)

    def within(code: Any) -> Callable[..., Any]:
        is_ready = False

        def call(*given: Any) -> Any:
            nonlocal is_ready
            if not is_ready:  # compile, or read what is kept
                with one_piece(inner, OUTSIDE):
                    code.compile(tuple(map(numba.typeof, given)))
                is_ready = True
            return code(*given)

        return call

    return {function.__name__: within(code) for function, code in made.items() if function.__name__ in OUTSIDE}


OWN_OPTIONS = {"boundscheck": True, "error_model": "python", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def options_of(is_outside: bool) -> dict[str, Any]:
    """How numba compiles a function: what is only called by others needs no way in from Python."""
    if is_outside:
        return {"cache": True, "error_model": "numpy", "nogil": True}
    return {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "pipeline_class": passes()}
