"""The laws give the same bits compiled by numba and not, over the events of a whole run."""

from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engines.intrinsics import know_bit_length
from sim.measure import accumulators, histogram, refusing, sharing
from sim.measure import meter as meter_module
from sim.measure.histogram import VALUE_LIMIT
from sim.measure.layout import allocate

np = pytest.importorskip("numpy")
numba = pytest.importorskip("numba")
LAWS = (*histogram.LAWS, *accumulators.LAWS, *refusing.LAWS, sharing.beyond_servers, sharing.share)


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    """The laws by name, each compiled unchanged; what a law calls is looked up among them."""
    know_bit_length()
    names: dict[str, Any] = {**vars(histogram), **vars(accumulators), **vars(refusing), **vars(sharing)}
    for law in LAWS:
        assert isinstance(law, FunctionType)
        names[law.__name__] = numba.njit(FunctionType(law.__code__, names, law.__name__))
    return names


def test_every_function_of_the_modules_is_a_law_or_says_that_it_is_none() -> None:
    for module, no_laws in ((accumulators, set()), (refusing, set()), (histogram, {"quantiles"})):
        own = [f for f in vars(module).values() if isinstance(f, FunctionType) and f.__module__ == module.__name__]
        assert no_laws == {f.__name__ for f in own if f not in LAWS}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_whole_run_leaves_the_same_block(
    seed: int, simulate: Callable[..., Any], compiled: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, tuple[int, ...]]] = []

    def recording(law: Callable[..., None]) -> Callable[..., None]:
        def record(block: list[int], *arguments: int) -> None:
            calls.append((law.__name__, arguments))
            law(block, *arguments)

        return record

    for law in (*accumulators.LAWS, *refusing.LAWS):
        if hasattr(meter_module, law.__name__):
            monkeypatch.setattr(meter_module, law.__name__, recording(law))
    layout = simulate(seed=seed).meter.layout
    reasons = 3
    cells = allocate(layout)[0] + [0] * (reasons * len(layout.stations) * allocate(layout)[1].segments)
    named = {law.__name__: law for law in LAWS}
    plain, fast = list(cells), np.array(cells, dtype=np.int64)
    for name, arguments in calls:
        named[name](plain, *arguments)
        compiled[name](fast, *arguments)
    for more, now_ns in ((2, plain[meter_module.at.END_NS]), (-1, plain[meter_module.at.END_NS])):
        station = allocate(layout)[1].stations[0]
        sharing.share(plain, station, more, now_ns)
        compiled["share"](fast, station, more, now_ns)
    assert {"count", "start_session", "end_session", "arrive", "turn_away", "take_up", "leave", "expire", "change_rows",
            "advance"} <= {name for name, _ in calls}  # fmt: skip
    assert plain == fast.tolist()
    assert plain != cells


@settings(deadline=None)
@given(st.integers(0, VALUE_LIMIT - 1), st.integers(0, VALUE_LIMIT - 1))
def test_single_laws(compiled: dict[str, Any], value: int, other: int) -> None:
    assert histogram.bucket(value) == compiled["bucket"](value)
    index = histogram.bucket(value)
    assert histogram.value_of(index) == compiled["value_of"](index)
    wide = [value, 3]
    fast = np.array(wide, dtype=np.int64)
    accumulators.add_wide(wide, 0, other)
    compiled["add_wide"](fast, 0, other)
    assert wide == fast.tolist()
    assert wide[0] + (wide[1] << 62) == value + other + (3 << 62)


def test_a_compiled_law_stops_at_an_inconsistency(compiled: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="negative"):
        compiled["bucket"](-1)
