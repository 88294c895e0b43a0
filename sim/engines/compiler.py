"""From plain functions to machine code, by numba, kept safely for the next time.

The functions of the laws and of the loop are compiled unchanged: each is given a namespace in which the names of the
others mean their compiled forms. Numba's own cache looks at the file of the function that is called, not at those of its callees;
so the folder of the cache is named by a hash of every source that goes in, of numba's version, and of the processor.
"""

import hashlib
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

MODULES = (
    "sim.world.clock", "sim.world.chance", "sim.world.normal", "sim.world.distributions", "sim.world.network", "sim.world.arrivals",
    "sim.world.backoff", "sim.world.order", "sim.world.credentials",
    "sim.measure.histogram", "sim.measure.accumulators", "sim.measure.attacking",
    *(f"sim.engines.loop.{name}" for name in (
        "memory", "heap", "record", "facts", "network", "decide", "attempts", "credentials", "walk", "calls", "station", "arrivals", "attacks", "events", "tell")),
)
"""Every module whose functions go in, laws before what calls them."""

OUTSIDE = ("run_until", "open_all", "tell")
"""What is called from Python."""


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


@cache
def cache_folder() -> Path:
    """Where machine code is kept: below ``$XDG_CACHE_HOME`` or ``~/.cache``, or, where nothing can be written there, with temporary files."""
    name = f"compiled-{source_hash()}"
    for base in (os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", Path(tempfile.gettempdir()) / f"cache-{os.getuid()}"):
        folder = Path(base) / "diagram-sim" / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        return folder
    return Path(tempfile.mkdtemp(prefix="diagram-sim-"))


def is_kept() -> bool:
    """Whether there is machine code from an earlier time."""
    return any(cache_folder().rglob("*.nbi"))


def intrinsics() -> dict[FunctionType, Any]:
    """What stands in the place of :func:`memory.pointer` and :func:`memory.part`: no more than an address.

    An array is seven words for a function that is called; its address is one, and an index of it is not looked at for being
    negative.
    """
    from numba import types
    from numba.extending import intrinsic
    from numba.np.arrayobj import populate_array

    from sim.engines.loop import memory

    @intrinsic
    def pointer(typing: Any, block: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return context.make_array(signature.args[0])(context, builder, given[0]).data

        return types.CPointer(block.dtype)(block), generate

    @intrinsic
    def beyond(typing: Any, block: Any, first: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return builder.gep(given[0], [given[1]])

        return block(block, types.intp), generate

    @intrinsic
    def part(typing: Any, block: Any, first: Any, length: Any) -> Any:
        array = types.Array(block.dtype, 1, "C")

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            made = context.make_array(array)(context, builder)
            size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(block.dtype)))
            populate_array(made, data=builder.gep(given[0], [given[1]]), shape=[given[2]], strides=[size], itemsize=size, meminfo=None)
            return made._getvalue()

        return array(block, types.intp, types.intp), generate

    return {memory.pointer: pointer, memory.part: part, memory.beyond: beyond}  # type: ignore[dict-item]


@contextmanager
def one_piece(inner: frozenset[str]) -> Iterator[None]:
    """Inside, functions with these names are not optimised and turned into machine code each on its own.

    Numba links everything that a function calls into it, and optimises and emits the whole, at every level of calls: of what
    is called from outside that is right, of all others it is thrown away.
    """
    from numba.core.registry import cpu_target

    codegen = cpu_target.target_context.codegen()
    whole = codegen._library_class

    class Piece(whole):  # type: ignore[misc, valid-type]
        def _optimize_final_module(self) -> None:
            if self.name in inner:
                return
            for function in self._final_module.functions if self.name in OUTSIDE else ():
                if not function.is_declaration and self.name not in function.name:
                    function.linkage = "internal"  # called from here alone: so what is called once is put in its place
            super()._optimize_final_module()

        def _finalize_final_module(self) -> None:
            if self.name not in inner:
                super()._finalize_final_module()
                return
            self._finalize_dynamic_globals()
            self._finalized = True

        def get_pointer_to_function(self, name: str) -> int:
            if self.name not in inner:
                return int(super().get_pointer_to_function(name))
            self._ensure_finalized()
            return 0  # as numba has it: no such function here

    def set_env(name: str, env: Any) -> None:
        if codegen._engine.is_symbol_defined(name):
            type(codegen).set_env(codegen, name, env)

    codegen._library_class, codegen.set_env = Piece, set_env
    try:
        yield
    finally:
        codegen._library_class = whole
        del codegen.set_env


@cache
def compiled() -> dict[str, Any]:
    """The functions that are called from outside, by name, compiled when first called or read from the cache."""
    import numba

    spaces: list[dict[str, Any]] = []
    made = intrinsics()
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_folder())
    try:
        for name in MODULES:
            module = import_module(name)
            space = dict(vars(module))
            spaces.append(space)
            for function in functions_of(module):
                if function in made:
                    continue
                copy = FunctionType(function.__code__, space, function.__name__, function.__defaults__)
                made[function] = numba.njit(**options_of(function.__name__ in OUTSIDE))(copy)
    finally:
        numba.config.CACHE_DIR = before
    for space in spaces:
        for name, value in space.items():
            if isinstance(value, FunctionType) and value in made:
                space[name] = made[value]
    inner = frozenset(function.__qualname__ for function in made if function.__name__ not in OUTSIDE)

    def within(code: Any) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            if code.signatures:
                return code(*given)
            with one_piece(inner):  # the first call compiles, or reads what is kept
                return code(*given)

        return call

    return {function.__name__: within(code) for function, code in made.items() if function.__name__ in OUTSIDE}


def options_of(is_outside: bool) -> dict[str, Any]:
    """How numba compiles a function: what is only called by others needs no way in from Python."""
    if is_outside:
        return {"cache": True, "error_model": "numpy"}
    return {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def functions_of(module: ModuleType) -> list[FunctionType]:
    """The functions that a module defines."""
    return [value for value in vars(module).values() if isinstance(value, FunctionType) and value.__module__ == module.__name__]
