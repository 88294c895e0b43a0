"""What numba is told of, that the loop and the laws need: addresses in blocks, and the length of an int in bits."""

from functools import cache
from types import FunctionType
from typing import Any


@cache
def know_bit_length() -> None:
    """Let numba compile ``int.bit_length`` of an int that is not negative, as the machine's own instruction."""
    from numba import types
    from numba.extending import intrinsic, overload_method

    @intrinsic
    def bits(_typing: Any, _value: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
            whole = context.get_constant(types.int64, 64)
            return builder.sub(whole, builder.ctlz(given[0], context.get_constant(types.boolean, 0)))

        return types.int64(types.int64), generate

    @overload_method(types.Integer, "bit_length")
    def bit_length(_value):  # type: ignore[no-untyped-def]  # numba wants it to be annotated like what it returns
        return lambda _value: bits(_value)  # type: ignore[call-arg]  # noqa: PLW0108 - an intrinsic, called by compiled code


def intrinsics() -> dict[FunctionType, Any]:
    """What stands in the place of :func:`memory.pointer` and the like: no more than an address.

    An array is seven words for a function that is called; its address is one, and an index of it is not looked at for being
    negative.
    """
    from numba import types
    from numba.extending import intrinsic
    from numba.np.arrayobj import populate_array

    from sim.engines.loop import laws, memory

    @intrinsic
    def pointer(_typing: Any, block: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return context.make_array(signature.args[0])(context, builder, given[0]).data

        return types.CPointer(block.dtype)(block), generate

    @intrinsic
    def beyond(_typing: Any, block: Any, _first: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, given: Any) -> Any:
            return builder.gep(given[0], [given[1]])

        return block(block, types.intp), generate

    @intrinsic
    def part(_typing: Any, block: Any, _first: Any, _length: Any) -> Any:
        array = types.Array(block.dtype, 1, "C")

        def generate(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
            made = context.make_array(array)(context, builder)
            size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(block.dtype)))
            first = builder.gep(given[0], [given[1]])
            populate_array(made, data=first, shape=[given[2]], strides=[size], itemsize=size, meminfo=None)
            return made._getvalue()

        return array(block, types.intp, types.intp), generate

    @intrinsic
    def as_floats(_typing: Any, block: Any, _first: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
            return builder.bitcast(builder.gep(given[0], [given[1]]), context.get_value_type(types.CPointer(types.float64)))

        return types.CPointer(types.float64)(block, types.intp), generate

    stand_for: dict[Any, Any] = {memory.pointer: pointer, memory.part: part, memory.beyond: beyond, memory.as_floats: as_floats,
                                 laws.call_law: call_law()}
    return stand_for


def call_law() -> Any:
    """What stands in the place of :func:`laws.call_law`: the call of what is at an address."""
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def call(_typing: Any, _address: Any, ints: Any, _n_ints: Any, floats: Any, _n_floats: Any, _row: Any, _event: Any) -> Any:
        signature = types.int64(types.int64, ints, types.int64, floats, types.int64, types.int64, ints)

        def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            result, *arguments = (context.get_value_type(each) for each in (signature.return_type, *signature.args[1:]))
            code = builder.inttoptr(given[0], ir.FunctionType(result, arguments).as_pointer())
            return builder.call(code, given[1:])

        return signature, generate

    return call
