"""A user's own laws as machine code: each apart, called by its address, so that none of them has the loop compiled again.

Indices and divisors are checked, and what is raised is no exception for the loop: the answer says so, and the law is asked once
more, uncompiled (:mod:`sim.engines.law_faults`).
"""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from itertools import count
from types import FunctionType
from typing import Any

from sim.engines.compiler import compile_space, link, modules
from sim.engines.loop.laws import RAISED
from sim.mitigations.framework.declaration import Law
from sim.world.moments import WIDTH

MODULES = ("sim.world.clock", "sim.world.chance", "sim.world.moments", "sim.world.identities", "sim.world.lists",
           "sim.world.normal")
"""Modules whose laws a user's own may call."""


_NUMBERS = count(1)


class NotCompiled(Exception):  # noqa: N818 - a fact, no error
    """Why numba cannot compile a law."""


def obstacle(laws: Sequence[Law]) -> str | None:
    """Why a user's own laws cannot be compiled; None if they can."""
    try:
        addresses(laws)
    except NotCompiled as why:
        return str(why)
    return None


def addresses(laws: Sequence[Law]) -> list[int]:
    """Where the machine code of each law is; 0 of one that ships, which is part of the loop. Raises :class:`NotCompiled`."""
    return [machine_code(law).address if law.__module__ not in modules() else 0 for law in laws]


@cache
def machine_code(law: Law) -> Any:
    """The machine code of a user's own law, as a C function of what :func:`call_law` gives."""
    import numba
    from numba import types

    made: dict[FunctionType, Any] = {}
    tag = f"own_{next(_NUMBERS)}"
    spaces = [compile_space(dict(law.__globals__), law.__module__, made, tag, own=True), *(
        compile_space(dict(vars(import_module(name))), name, made, tag) for name in MODULES)]
    link(spaces, made)
    block, reals = types.Array(types.int64, 1, "C"), types.Array(types.float64, 1, "C")
    place = f"{law.__code__.co_filename}:{law.__code__.co_firstlineno}"
    code = made[law]  # type: ignore[index]
    try:
        code.compile((block, reals, types.int64, block))
    except Exception as error:  # noqa: BLE001 - numba has many, and not all are of one kind
        said = next((line for line in str(error).splitlines() if line and not line.startswith("Failed in")), "")
        raise NotCompiled(f"{place}: numba cannot compile {law.__name__} ({said[:100]})") from None
    answer = code.nopython_signatures[0].return_type
    if not isinstance(answer, types.Integer):
        raise NotCompiled(f"{place}: compiled, {law.__name__} answers {answer}; expected an int")
    space = {"law": code, "carray": numba.carray, "WIDTH": WIDTH, "RAISED": RAISED}
    whole, real = types.CPointer(types.int64), types.CPointer(types.float64)
    signature = types.int64(whole, types.int64, real, types.int64, types.int64, whole)
    return numba.cfunc(signature)(FunctionType(asked.__code__, space))


def asked(ints: Any, n_ints: int, floats: Any, n_floats: int, row: int, event: Any) -> int:
    """The answer of ``law``, or RAISED."""
    try:
        whole, real = carray(ints, (n_ints,)), carray(floats, (n_floats,))  # type: ignore[name-defined]  # noqa: F821
        return law(whole, real, row, carray(event, (WIDTH,)))  # type: ignore[name-defined, no-any-return]  # noqa: F821
    except Exception:  # noqa: BLE001 - whatever it is, it is the user's
        return RAISED
