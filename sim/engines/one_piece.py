"""Many functions, one piece of machine code: what numba does for every function by itself is done once for all of them.

Numba links everything that a function calls into it, and optimises and emits the whole, at every level of calls. Of what is called
from outside that is right; of all others the result would be thrown away.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any


@contextmanager
def one_piece(inner: frozenset[str], outside: Sequence[str]) -> Iterator[None]:
    """Inside, functions with the names ``inner`` become no machine code of their own, but a part of those named in ``outside``.

    Nor is a function compiled anew for every constant that it is called with: one form is enough, and where it is put in place
    the constant is known all the same.
    """
    from numba.core import dispatcher as dispatchers
    from numba.core import types
    from numba.core.registry import cpu_target

    codegen = cpu_target.target_context.codegen()
    whole = codegen._library_class
    base: Any = dispatchers._DispatcherBase
    told = base.get_call_template

    def get_call_template(dispatcher: Any, given: Any, named: Any) -> Any:
        plain = {name: types.unliteral(each) for name, each in named.items()}
        return told(dispatcher, tuple(map(types.unliteral, given)), plain)

    environments: dict[str, Any] = {}  # without its own a function cannot raise what has arguments: set when all are there
    codegen._library_class, codegen.set_env = pieces(whole, inner, outside), environments.__setitem__
    base.get_call_template = get_call_template
    try:
        yield
    finally:
        base.get_call_template = told
        codegen._library_class = whole
        del codegen.set_env
        for name, environment in environments.items():
            if codegen._engine.is_symbol_defined(name):
                codegen.set_env(name, environment)


def pieces(whole: Any, inner: frozenset[str], outside: Sequence[str]) -> type:
    """A class of libraries (numba's word for a function with all that it calls) in place of ``whole``."""

    class Piece(whole):  # type: ignore[misc]
        _linking_libraries: list[Any]

        def finalize(self) -> None:
            called = self._linking_libraries
            self._linking_libraries = [] if self.name in inner else everything(called)
            super().finalize()
            self._linking_libraries = called

        def _optimize_functions(self, module: Any) -> None:
            if self.name in inner:
                module.data_layout = self._codegen._data_layout
            else:
                super()._optimize_functions(module)

        def _optimize_final_module(self) -> None:
            if self.name in inner:
                return
            for function in self._final_module.functions if self.name.rpartition("_")[0] in outside else ():
                if not function.is_declaration and self.name not in function.name:
                    function.linkage = "internal"  # called from here alone: so what is called once is put in its place
                    function.add_function_attribute("inlinehint")  # and more of what is called often
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

    return Piece


def everything(called: Sequence[Any]) -> list[Any]:
    """What is called and what that calls, each once, before what it calls: the linker takes only what is asked for by then."""
    done: dict[Any, None] = {}

    def add(library: Any) -> None:
        if library not in done:
            for each in library._linking_libraries:
                add(each)
            done[library] = None

    for library in called:
        add(library)
    return list(reversed(done))


@cache
def passes() -> type:
    """Numba's passes without those for what no function here has: closures, expressions of arrays, branches on constants."""
    from numba.core import typed_passes, untyped_passes
    from numba.core.compiler import CompilerBase, DefaultPassBuilder

    needless = {typed_passes.NopythonRewrites, typed_passes.InlineOverloads, untyped_passes.InlineClosureLikes,
                untyped_passes.DeadBranchPrune}

    class Passes(CompilerBase):
        def define_pipelines(self) -> list[Any]:
            made = DefaultPassBuilder.define_nopython_pipeline(self.state)
            made.passes = [each for each in made.passes if each[0] not in needless]
            made._finalized = False
            made.finalize()
            return [made]

    return Passes
