"""The normal quantile against two implementations that share no code with it."""

from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from sim.world.normal import normal_quantile


@given(st.floats(2.0**-54, 1.0 - 2.0**-53))
def test_equals_scipy(u: float) -> None:
    assert float(ndtri(u)) == pytest.approx(normal_quantile(u), rel=2e-14, abs=1e-15)


@pytest.mark.parametrize("u", [1e-300, 1e-20, 1.3e-11, 1.5e-11, 0.0749, 0.075, 0.0751, 0.3, 0.9249, 0.9251, 1 - 1e-12])
def test_every_piece_and_its_edges(u: float) -> None:
    assert NormalDist().inv_cdf(u) == pytest.approx(normal_quantile(u), rel=1e-15)


def test_the_middle_is_exact() -> None:
    assert 0.0 == normal_quantile(0.5)
    assert -normal_quantile(0.25) == normal_quantile(0.75)


def test_published_values() -> None:
    """Wichura 1988, the check values he prints for PPND16: u = 0.25, 0.001, 1e-20."""
    expected = (-0.6744897501960817, -3.090232306167814, -9.262340089798408)
    assert expected == pytest.approx(tuple(normal_quantile(u) for u in (0.25, 0.001, 1e-20)), rel=1e-15)
