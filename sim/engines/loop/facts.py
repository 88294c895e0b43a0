"""Who holds what, and the rows that servers keep of it."""

from sim.engines.loop.issuing import issued
from sim.engines.loop.memory import FREE_MEMBER, HAS_KEPT, IS_GOING, MEMBER, NOW_NS, SESSION_HEAD, take
from sim.measure.accumulators import KEYS_ORPHANED, change_rows
from sim.plan.cells import (
    AT_SERVER,
    CLIENT,
    EXPIRES,
    ISSUED,
    ISSUERS,
    ISSUES,
    KEPT,
    MEMBER_WIDTH,
    MEMORY_KINDS,
    METER,
    N_FACTS,
    N_LOOPS,
    N_RULES,
    NEEDS,
    PART,
    ROW,
    SERVER_LIST,
    SERVERS,
    SLOTS,
    UNTIL_NS,
)

FOR_EVER = 1 << 62


def slot(m: list[int], session: int, participant: int, fact: int) -> int:
    """Where it stands what a participant holds of a fact; 0 if it never can."""
    number = m[m[SLOTS] + participant * m[N_FACTS] + fact]
    if number < 0:
        return 0
    if number < AT_SERVER:
        return m[session + MEMBER] + number
    return session + SESSION_HEAD + m[N_LOOPS] + m[N_RULES] + (number - AT_SERVER)


def holds(m: list[int], session: int, participant: int, fact: int) -> bool:
    """Whether a participant holds a fact now."""
    place = slot(m, session, participant, fact)
    return place != 0 and m[place + UNTIL_NS] > m[NOW_NS]


def holds_any(m: list[int], session: int) -> int:
    """1 if the client holds anything now."""
    for fact in range(m[N_FACTS]):
        if holds(m, session, m[CLIENT], fact):
            return 1
    return 0


def obtain(m: list[int], session: int, who: int, fact: int, now_ns: int, row: int) -> None:
    """Hold a fact from now on (anew, if it was held)."""
    place = slot(m, session, m[who + PART], fact)
    lasts = m[m[who + EXPIRES] + fact]
    m[place + UNTIL_NS] = FOR_EVER if lasts < 0 else now_ns + lasts
    m[place + ROW] = row


def lose(m: list[int], session: int, participant: int, fact: int) -> None:
    """Hold it no longer."""
    place = slot(m, session, participant, fact)
    if place != 0:
        m[place + UNTIL_NS] = 0
        m[place + ROW] = 0


def row_of(m: list[int], session: int, participant: int, fact: int) -> int:
    """The row of a fact that a participant holds; 0 if there is none."""
    place = slot(m, session, participant, fact)
    return m[place + ROW] if place != 0 else 0


def lacking(m: list[int], session: int, participant: int, step: int) -> int:
    """The first fact that a step needs and its actor does not hold; -1 if there is none."""
    needs = m[step + NEEDS]
    if needs != 0:
        for k in range(needs + 1, needs + 1 + m[needs]):
            if not holds(m, session, participant, m[k]):
                return m[k]
    return -1


def any_server_holds(m: list[int], session: int, fact: int) -> bool:
    """Whether any server holds a fact of this session."""
    servers = m[SERVER_LIST]
    if servers != 0:
        for k in range(servers + 1, servers + 1 + m[servers]):
            if holds(m, session, m[k], fact):
                return True
    return False


def change(m: list[int], b: list[int], participant: int, fact: int, delta: int) -> None:
    """So many more rows of a fact in a server's table, if the scenario says how large they are."""
    first = m[m[m[SERVERS] + participant] + 1]
    kind = m[m[first + MEMORY_KINDS] + fact]
    if kind >= 0:
        change_rows(b, m[first + METER], kind, delta, m[NOW_NS])


def new_row(m: list[int], x: list[float], b: list[int], participant: int, fact: int, session: int) -> int:
    """One more row of a fact in a server's table; its number, from 1. ``session``: who gets it; 0 if it is out of band."""
    row = m[m[ISSUED] + fact] + 1
    given = issued(m, x, b, participant, fact, row, session)
    if given not in (row, 0):
        return given
    m[m[ISSUED] + fact] = row
    if given == row:
        change(m, b, participant, fact, 1)
    return row


def provided(m: list[int], x: list[float], b: list[int], fact: int) -> int:
    """The row of a fact that is held from the start; 0 if nobody issues it."""
    issuer = m[m[ISSUERS] + fact]
    return 0 if issuer < 0 else new_row(m, x, b, issuer, fact, 0)


def issues(m: list[int], step: int, fact: int) -> bool:
    """Whether a step's sender makes a new row of a fact."""
    listed = m[step + ISSUES]
    if listed != 0:
        for k in range(listed + 1, listed + 1 + m[listed]):
            if m[k] == fact:
                return True
    return False


def orphan(b: list[int]) -> None:
    """Count a credential that its receiver will never use."""
    b[KEYS_ORPHANED] += 1


def keep(m: list[int], b: list[int], session: int, participant: int, fact: int) -> None:
    """A server keeps a row of what it came to hold by itself; with the session it dies, or when it is spent."""
    place = slot(m, session, participant, fact)
    if m[session + IS_GOING] == 1 and m[place + KEPT] == 0:
        m[place + KEPT] = 1
        m[session + HAS_KEPT] = 1
        change(m, b, participant, fact, 1)


def drop(m: list[int], b: list[int], session: int, participant: int, fact: int) -> None:
    """The row of a fact, if there is one, is gone."""
    if m[session + HAS_KEPT] == 1:
        place = slot(m, session, participant, fact)
        if place != 0 and m[place + KEPT] == 1:
            m[place + KEPT] = 0
            change(m, b, participant, fact, -1)


def drop_all(m: list[int], b: list[int], session: int) -> None:
    """What the servers know of a session dies with it."""
    if m[session + HAS_KEPT] == 1:
        servers = m[SERVER_LIST]
        for k in range(servers + 1, servers + 1 + m[servers]):
            for fact in range(m[N_FACTS]):
                drop(m, b, session, m[k], fact)


def new_member(m: list[int]) -> int:
    """Somebody who holds nothing and has no connection."""
    member = take(m, FREE_MEMBER, m[MEMBER_WIDTH] + 1)  # never empty: free ones are linked through it
    for k in range(member, member + m[MEMBER_WIDTH] + 1):
        m[k] = 0
    return member
