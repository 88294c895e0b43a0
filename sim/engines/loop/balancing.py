"""Which instance of a server a message goes to (the rules of :mod:`sim.engines.balancer`)."""

from sim.engines.loop.memory import C0, C1, CLASS
from sim.plan import cells as c
from sim.world.balancing import LEAST_LOADED, ROUND_ROBIN, TWO_CHOICES, drawn_of, second_of
from sim.world.chance import uniform, uniform_pair


def instance_of(m: list[int], session: int, step: int, iteration: int, path: int) -> int:
    """Who receives a message: somebody at the client's side, a server, or one of its instances."""
    receiver = m[step + c.RECEIVER]
    instances = m[m[c.SERVERS] + receiver]
    if instances == 0:
        return m[m[m[session + CLASS] + c.SIDES] + receiver]
    if m[instances] == 1:
        return m[instances + 1]
    return balanced(m, session, instances, m[step + c.NODE] << 20 | iteration, path << 12)


def balanced(m: list[int], session: int, instances: int, c2: int, c3: int) -> int:
    """One of several instances."""
    balance, number = m[m[instances + 1] + c.BALANCE], m[instances]
    if balance == ROUND_ROBIN:
        turn = m[m[instances + 1] + c.TURN]
        m[m[instances + 1] + c.TURN] = turn + 1
        return m[instances + 1 + turn % number]
    if balance == LEAST_LOADED:
        least = m[instances + 1]
        for k in range(instances + 2, instances + 1 + number):
            if present(m, m[k]) < present(m, least):
                least = m[k]
        return least
    c0, c1 = m[session + C0], m[session + C1]
    k0, k1 = m[c.S_INSTANCE], m[c.S_INSTANCE + 1]
    if balance != TWO_CHOICES:
        return m[instances + 1 + drawn_of(uniform(k0, k1, c0, c1, c2, c3, 0), number)]
    one, other = uniform_pair(k0, k1, c0, c1, c2, c3)
    first = drawn_of(one, number)
    chosen, second = m[instances + 1 + first], m[instances + 1 + second_of(other, first, number)]
    return second if present(m, second) < present(m, chosen) else chosen


def present(m: list[int], who: int) -> int:
    """How many wait at an instance or keep one of its servers busy."""
    return m[who + c.BUSY] + m[who + c.WAITING]
