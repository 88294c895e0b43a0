"""Places for what must not overlap: labels along a line, dots in a strip. Lengths are in any one unit."""

import math
from collections.abc import Sequence


def apart(wanted: Sequence[float], distance: float, low: float, high: float) -> list[float]:
    """For each wanted place one as near as can be (least squares), all at least ``distance`` apart and within ``low`` .. ``high``.

    The order of the places is that of the wanted ones, ties in the order given. Where there is not room for all they are spread
    evenly. With the distances taken off this is the regression of a monotone sequence, solved by pooling neighbours that are in
    the wrong order (Barlow, Bartholomew, Bremner, Brunk, *Statistical Inference under Order Restrictions*, 1972, section 1.2).
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    distance = min(distance, (high - low) / max(len(wanted) - 1, 1))
    pools: list[tuple[float, int]] = []  # (sum, number) of neighbours that share a place
    for rank, index in enumerate(order):
        pools.append((wanted[index] - rank * distance, 1))
        while len(pools) > 1 and pools[-2][0] * pools[-1][1] > pools[-1][0] * pools[-2][1]:
            (more, others), (total, number) = pools.pop(), pools.pop()
            pools.append((total + more, number + others))
    shared = [total / number for total, number in pools for _ in range(number)]
    places = [0.0] * len(wanted)
    last = (len(wanted) - 1) * distance
    for rank, index in enumerate(order):
        places[index] = min(max(shared[rank], low), high - last) + rank * distance
    return places


def swarm(values: Sequence[float], diameter: float) -> list[float]:
    """How far each dot of a strip lies beside its line, so that no two dots overlap: as near to the line as can be.

    Dots are placed from the least value on, each at the nearest place at which it touches no dot before it (a beeswarm).
    """
    offsets = [0.0] * len(values)
    near: list[int] = []
    for index in sorted(range(len(values)), key=lambda i: values[i]):
        near = [other for other in near if values[index] - values[other] < diameter]
        rims = [(offsets[other], math.sqrt(diameter * diameter - (values[index] - values[other]) ** 2)) for other in near]
        above = _free([(offset - rim, offset + rim) for offset, rim in rims])
        below = -_free([(-offset - rim, -offset + rim) for offset, rim in rims])
        offsets[index] = above if above <= -below else below
        near.append(index)
    return offsets


def _free(taken: list[tuple[float, float]]) -> float:
    """The least place from 0 on that lies within none of the intervals taken."""
    place = 0.0
    for low, high in sorted(taken):
        if low >= place:
            break
        place = max(place, high)
    return place
