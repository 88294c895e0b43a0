"""From plain functions to machine code, by numba, kept safely for the next time.

The functions of the laws and of the loop are compiled unchanged: each is given a namespace in which the names of the
others mean their compiled forms. Numba's own cache looks at the file of the function that is called, not at those of its callees;
so the folder of the cache is named by a hash of every source that goes in, of numba's version, and of the processor.
"""

import hashlib
import os
import platform
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

MODULES = (
    "sim.world.clock", "sim.world.chance", "sim.world.normal", "sim.world.distributions", "sim.world.network", "sim.world.arrivals",
    "sim.world.backoff", "sim.world.order", "sim.measure.histogram", "sim.measure.accumulators",
    *(f"sim.engines.loop.{name}" for name in (
        "memory", "heap", "record", "facts", "network", "decide", "attempts", "walk", "calls", "station", "arrivals", "events")),
)
"""Every module whose functions go in, laws before what calls them."""


@cache
def source_hash() -> str:
    """What the machine code depends on, as a hash."""
    import llvmlite.binding
    import numba

    digest = hashlib.sha256()
    for name in (*MODULES, "sim.plan.cells"):
        file = import_module(name).__file__
        assert file is not None
        digest.update(Path(file).read_bytes())
    about = (numba.__version__, sys.version, platform.machine(), llvmlite.binding.get_host_cpu_name(),
             llvmlite.binding.get_host_cpu_features().flatten())
    digest.update("\n".join(about).encode())
    return digest.hexdigest()[:20]


def cache_folder() -> Path:
    """Where machine code is kept: below ``$XDG_CACHE_HOME``, or ``~/.cache``."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "diagram-sim" / f"compiled-{source_hash()}"


@cache
def compiled() -> dict[str, Any]:
    """The functions that are called from outside, by name, compiled when first called or read from the cache."""
    import numba

    spaces: list[dict[str, Any]] = []
    made: dict[FunctionType, Any] = {}
    outside = {"run_until", "open_all"}
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_folder())
    try:
        for name in MODULES:
            module = import_module(name)
            space = dict(vars(module))
            spaces.append(space)
            for function in functions_of(module):
                copy = FunctionType(function.__code__, space, function.__name__, function.__defaults__)
                made[function] = numba.njit(cache=function.__name__ in outside, error_model="numpy")(copy)
    finally:
        numba.config.CACHE_DIR = before
    for space in spaces:
        for name, value in space.items():
            if isinstance(value, FunctionType) and value in made:
                space[name] = made[value]
    return {function.__name__: code for function, code in made.items() if function.__name__ in outside}


def functions_of(module: ModuleType) -> list[FunctionType]:
    """The functions that a module defines."""
    return [value for value in vars(module).values() if isinstance(value, FunctionType) and value.__module__ == module.__name__]
