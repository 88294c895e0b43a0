"""Giving out keys: what the mitigations of a server make of a new row (the rules of :mod:`sim.engines.protections`)."""

from sim.engines.loop.guards import (
    BY_METADATA,
    KEY_KNOWN,
    MARGIN,
    METADATA_BITS,
    clear_event,
    identity_of,
    key_state,
    metadata_identity,
    row_for,
    stands_aside,
)
from sim.engines.loop.laws import COLLECTED_KEY, ask, faulty
from sim.engines.loop.memory import IP, NOW_NS, TIGHT
from sim.plan import cells as c
from sim.world import moments as moment


def issued(m: list[int], x: list[float], b: list[int], participant: int, fact: int, row: int, session: int) -> int:
    """A fact is given out, as the new row ``row``: that, another row that is given again, or 0 if no row is kept.

    Mitigations have their say if it is a key of this server. ``session``: who gets it; 0 if it is arranged out of band.
    """
    protection = m[m[c.PROTECTIONS] + participant]
    if protection == 0 or m[m[protection + c.OWN_KEYS] + fact] == 0:
        return row
    if m[protection + c.COLLECTS] == 1 and row + MARGIN >= m[protection + c.KEY_ROOM]:
        m[TIGHT] = 1
    issuing = m[protection + c.ISSUING]
    if issuing == 0:
        return row
    for k in range(issuing + 1, issuing + 1 + m[issuing]):
        guard = m[k]
        place = place_of(m, x, b, protection, guard, fact, session)
        if place < 0:
            continue
        code = ask_at_issue(m, x, guard, place, row, 0)
        if code == moment.SAME_KEY:
            same = m[m[c.EVENT_BLOCK] + moment.COLLECTED]
            if not 0 < same <= m[m[c.ISSUED] + fact]:
                faulty(m, COLLECTED_KEY, same)
            if key_state(m, protection, fact, same) == KEY_KNOWN:
                for n in range(issuing + 1, k):  # what those before it noted is not given out
                    where = place_of(m, x, b, protection, m[n], fact, session)
                    if where >= 0:
                        ask_at_issue(m, x, m[n], where, same, row)
                return same
            code = ask_at_issue(m, x, guard, place, row, same)
        if code == moment.NO_ROW:
            return 0
    return row


def place_of(m: list[int], x: list[float], b: list[int], protection: int, guard: int, fact: int, session: int) -> int:
    """The row in which a guard keeps account of whoever is given a fact; -1 if it is not told of that."""
    if m[guard + c.GUARD_KEY] not in (fact, -1) or (m[guard + c.GUARD_KEY] < 0 and stands_aside(m, guard)):
        return -1
    if m[guard + c.GUARD_TABLE] == 0:
        return 0
    identity = -1 if session == 0 else receiver_identity(m, guard, session, fact)
    return -1 if identity < 0 else row_for(m, x, b, guard, identity, m[m[protection + c.OF_STATION] + c.METER])


def ask_at_issue(m: list[int], x: list[float], guard: int, place: int, row: int, gone: int) -> int:
    """Ask about a key that is given out; ``gone``: the one that was to be given again."""
    event = clear_event(m, 0)
    m[event + moment.NOW_NS] = m[NOW_NS]
    m[event + moment.KEY] = row
    m[event + moment.COLLECTED] = gone
    return ask(m, x, guard, c.AT_ISSUE, place)


def receiver_identity(m: list[int], guard: int, session: int, fact: int) -> int:
    """The identity of whoever is given a fact; -1: of none."""
    per = m[guard + c.GUARD_PER]
    if per == BY_METADATA:
        return metadata_identity(m, session) | fact + 1 << METADATA_BITS
    return identity_of(m, per, m[session + IP], 0, False, session)
