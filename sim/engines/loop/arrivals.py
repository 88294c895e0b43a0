"""Arrivals: when the next session starts, whose it is, and its start (the rules of :mod:`sim.engines.arrivals`)."""

from sim.engines.loop.facts import FOR_EVER, holds_any, new_member, provided, slot
from sim.engines.loop.heap import at
from sim.engines.loop.memory import (
    A_CLASS,
    A_INSTANCE,
    A_VISIT,
    AFTER,
    ARRIVAL_WIDTH,
    ARRIVES,
    ATTEMPTS,
    BEFORE,
    BROUGHT,
    C0,
    C1,
    CALLS,
    CLASS,
    EVENT,
    FREE_ARRIVAL,
    FREE_SESSION,
    GOING,
    HAS_KEPT,
    HIGH,
    IP,
    IS_GOING,
    IS_KNOWN,
    ITERATION,
    JUMPS,
    KEY_HIGH,
    KEY_LOW,
    LOOPS,
    LOW,
    MEMBER,
    NEEDED,
    NOW_NS,
    NUMBER,
    OF_SESSION,
    PATH,
    PLACE,
    RECORD,
    REFERENCES,
    REFUSED_CALL,
    SAMPLE,
    SERVED,
    SESSION_HEAD,
    SESSION_NUMBER,
    SESSION_WIDTH,
    SESSIONS_METER,
    SKEW_NS,
    STARTED,
    STARTED_NS,
    WAITS,
    give,
    part,
    take,
)
from sim.engines.loop.network import draw_ns
from sim.engines.loop.record import note_session
from sim.engines.loop.restraints import start_anew
from sim.measure.accumulators import start_session
from sim.measure.refusing import NO_CALL
from sim.plan import cells as c
from sim.world.addresses import HOSTS_PER_PREFIX, honest_number
from sim.world.arrivals import arrival_uniform, constant_ns, next_poisson_ns
from sim.world.chance import pack_entity, uniform
from sim.world.clock import NEVER_NS
from sim.world.distributions import sample_signed_ns
from sim.world.order import ARRIVAL, check_entity
from sim.world.ramps import even_on_ramp_ns, next_on_ramp_ns

MOST_AT_ONCE = 100_000


class TimeStandsStill(RuntimeError):  # noqa: N818 - a fault, as everywhere here
    """Sessions without number begin at one instant."""


def open_class(m: list[int], x: list[float], q: list[int], row: int) -> None:
    """Schedule the first arrival of a class; in a closed population, everybody's first."""
    if m[row + c.ARRIVALS] == c.CLOSED:
        for instance in range(m[row + c.POPULATION] if m[row + c.IS_ATTACK] == 0 else m[row + c.BOTS]):
            think(m, x, q, row, instance, m[row + c.FROM_NS])
    else:
        schedule_next(m, x, q, row)


def next_visit(m: list[int], row: int, instance: int) -> int:
    """The number of a client's next session, from 0."""
    visit = m[m[row + c.VISITS] + instance]
    m[m[row + c.VISITS] + instance] = visit + 1
    return visit


def next_time(m: list[int], x: list[float], row: int, number: int) -> int:
    """When arrival ``number`` (from 0) of an open class comes."""
    steps = m[row + c.RATE_STEPS]
    kind = m[row + c.ARRIVALS]
    if kind == c.AT_TIMES:
        times = m[row + c.TIMES]
        return m[times + 1 + number] if times != 0 and number < m[times] else NEVER_NS
    starts, rates = m[row + c.STARTS], m[row + c.RATES]
    if kind in (c.POISSON, c.RAMP):
        drawn = arrival_uniform(m[c.S_ARRIVALS], m[c.S_ARRIVALS + 1], m[row + c.CLASS_INDEX], number)
        if kind == c.POISSON:
            time_ns = next_poisson_ns(m[row + c.LAST_NS], drawn, part(m, starts, steps), part(x, rates, steps))
        else:
            time_ns = next_on_ramp_ns(m[row + c.LAST_NS], drawn, part(m, starts, steps), part(x, rates, steps))
        m[row + c.LAST_NS] = time_ns
        return time_ns
    counts = m[row + c.COUNTS]
    if kind == c.EVEN_RAMP:
        return even_on_ramp_ns(number + 1, part(m, starts, steps), part(x, rates, steps), part(x, counts, steps))
    return constant_ns(number + 1, part(m, starts, steps), part(x, rates, steps), part(x, counts, steps))


def schedule_next(m: list[int], x: list[float], q: list[int], row: int) -> None:
    """Schedule the next arrival of an open class."""
    number = m[row + c.COUNT]
    end_ns = m[c.END_NS] if m[row + c.IS_ATTACK] == 0 else min(m[row + c.UNTIL], m[c.END_NS])
    if 0 <= m[row + c.MOST_ARRIVALS] <= number:
        return
    time_ns = next_time(m, x, row, number)
    if time_ns >= end_ns:
        m[row + c.MOST_ARRIVALS] = number
        return
    m[row + c.COUNT] = number + 1
    if m[row + c.IS_ATTACK] == 1:  # each message is an instance of its own
        book(m, q, row, time_ns, number, 0)
        return
    if m[row + c.PICKS] == c.PICKS_RANDOM:
        c0, c1 = pack_entity(m[row + c.CLASS_INDEX], number, 0)
        instance = int(uniform(m[c.S_PICKS], m[c.S_PICKS + 1], c0, c1, 0, 0, 0) * m[row + c.POPULATION])
    else:
        instance = number % m[row + c.POPULATION]
    book(m, q, row, time_ns, instance, next_visit(m, row, instance))


def think(m: list[int], x: list[float], q: list[int], row: int, instance: int, from_ns: int) -> None:
    """In a closed population, a client comes back when it has thought, from now on (or from later)."""
    if 0 <= m[row + c.MOST_ARRIVALS] <= m[row + c.COUNT]:
        return
    c0, c1 = pack_entity(m[row + c.CLASS_INDEX], instance, m[m[row + c.VISITS] + instance])
    time_ns = max(m[NOW_NS], from_ns) + draw_ns(m, x, m[row + c.THINK], c.S_ARRIVALS, c0, c1, 0, 0)
    m[row + c.AT_ONCE] = m[row + c.AT_ONCE] + 1 if time_ns == m[row + c.LAST_NS] else 0
    m[row + c.LAST_NS] = time_ns
    if m[row + c.AT_ONCE] > MOST_AT_ONCE + max(m[row + c.POPULATION], m[row + c.BOTS]):
        raise TimeStandsStill(time_ns, m[row + c.CLASS_INDEX], m[row + c.AT_ONCE])
    if time_ns < (m[c.END_NS] if m[row + c.IS_ATTACK] == 0 else min(m[row + c.UNTIL], m[c.END_NS])):
        m[row + c.COUNT] += 1
        book(m, q, row, time_ns, instance, next_visit(m, row, instance))


def book(m: list[int], q: list[int], row: int, time_ns: int, instance: int, visit: int) -> None:
    """Put an arrival into the order of events."""
    check_entity(m[row + c.CLASS_INDEX], instance, visit)
    arrival = take(m, FREE_ARRIVAL, ARRIVAL_WIDTH)
    m[arrival + EVENT] = ARRIVES
    m[arrival + HIGH] = ARRIVAL << 56 | m[row + c.CLASS_INDEX] << 48 | instance << 16 | visit >> 8
    m[arrival + LOW] = (visit & 0xFF) << 54
    m[arrival + A_CLASS] = row
    m[arrival + A_INSTANCE] = instance
    m[arrival + A_VISIT] = visit
    at(m, q, time_ns, arrival)


def new_session(m: list[int], row: int, instance: int, visit: int) -> int:
    """A session that starts now."""
    session = take(m, FREE_SESSION, m[SESSION_WIDTH])
    number = m[row + c.CLASS_INDEX]
    m[STARTED] += 1
    m[session + REFERENCES] = 0
    m[session + OF_SESSION] = session
    m[session + SERVED] = 0
    m[session + PATH] = 0
    m[session + ITERATION] = 0
    m[session + LOOPS] = 0
    m[session + NUMBER] = 0
    m[session + IS_GOING] = 1
    m[session + CLASS] = row
    m[session + C0] = instance
    m[session + C1] = number << 24 | visit
    m[session + KEY_HIGH] = number << 48 | instance << 16 | visit >> 8
    m[session + KEY_LOW] = (visit & 0xFF) << 54
    m[session + SESSION_NUMBER] = m[STARTED]
    m[session + STARTED_NS] = m[NOW_NS]
    m[session + CALLS] = 0
    m[session + ATTEMPTS] = 0
    m[session + NEEDED] = 0
    m[session + RECORD] = 0
    m[session + PLACE] = m[row + c.FIRST_NUMBER] + instance
    m[session + JUMPS] = 0
    m[session + HAS_KEPT] = 0
    m[session + WAITS] = 0
    m[session + BROUGHT] = 0
    m[session + IS_KNOWN] = 0
    m[session + REFUSED_CALL] = NO_CALL
    for k in range(session + SESSION_HEAD, session + m[SESSION_WIDTH]):
        m[k] = 0
    m[session + BEFORE] = 0
    m[session + AFTER] = m[GOING]
    if m[GOING] != 0:
        m[m[GOING] + BEFORE] = session
    m[GOING] = session
    return session


def start(m: list[int], x: list[float], b: list[int], r: list[int], arrival: int) -> int:
    """A session starts."""
    row, instance, visit = m[arrival + A_CLASS], m[arrival + A_INSTANCE], m[arrival + A_VISIT]
    give(m, FREE_ARRIVAL, arrival)
    session = new_session(m, row, instance, visit)
    joins = True
    if m[row + c.PICKS] == c.PICKS_NEW:
        m[session + MEMBER] = new_member(m)
    else:
        known = m[row + c.MEMBERS] + instance
        joins = m[known] == 0
        if joins:
            m[known] = new_member(m)
        m[session + MEMBER] = m[known]
    if m[row + c.RESTARTS] != 0:
        start_anew(m, x, b, session, m[row + c.RESTARTS])
    skew_cell = m[session + MEMBER] + m[c.MEMBER_WIDTH]
    if joins:
        if m[row + c.SKEW] != 0:
            m[skew_cell] = draw_skew(m, x, session, m[row + c.SKEW])
        if m[row + c.HOLDS] != 0:
            provide(m, x, b, session, row)
    m[session + SKEW_NS] = m[skew_cell]
    m[session + IS_KNOWN] = holds_any(m, session)
    start_session(b, m[SESSIONS_METER], m[row + c.CLASS_METER], m[NOW_NS], m[session + IS_KNOWN])
    m[session + IP] = honest_number(m[row + c.FIRST_ADDRESS] + instance // m[row + c.ADDRESSES_PER], HOSTS_PER_PREFIX)
    note_if_recorded(m, x, r, session, m[m[row + c.SIDES] + m[c.CLIENT]])
    return session


def note_if_recorded(m: list[int], x: list[float], r: list[int], session: int, who: int) -> None:
    """Note the beginning of a session, if its records are kept."""
    if records(m, x, session):
        note_session(m, r, session, who)


def draw_skew(m: list[int], x: list[float], session: int, draw: int) -> int:
    """How far a newcomer's clock is ahead."""
    table, floats = m[draw + c.TABLE], m[draw + c.FLOATS]
    return sample_signed_ns(m[draw + c.DRAW_KIND], x[floats], x[floats + 1], part(x, table, m[draw + c.TABLE_LENGTH]),
                            m[c.S_SKEW], m[c.S_SKEW + 1], m[session + C0], m[session + C1], 0, 0)


def records(m: list[int], x: list[float], session: int) -> bool:
    """Whether a session is recorded: its share stands in the first of the floats."""
    share = x[m[SAMPLE]]
    if share == 0.0 or share == 1.0:
        return share == 1.0
    return uniform(m[c.S_SAMPLE], m[c.S_SAMPLE + 1], m[session + C0], m[session + C1], 0, 0, 0) < share


def provide(m: list[int], x: list[float], b: list[int], session: int, row: int) -> None:
    """What a newcomer holds from the start, arranged out of band: no message, no time."""
    drawn = uniform(m[c.S_HOLDS], m[c.S_HOLDS + 1], m[session + C0], m[session + C1], 0, 0, 0)
    holds = m[row + c.HOLDS]
    since_ns = m[NOW_NS] if m[row + c.PICKS] == c.PICKS_NEW else 0
    client = m[m[row + c.SIDES] + m[c.CLIENT]]
    for k in range(holds + 1, holds + 1 + m[holds], 2):
        if drawn < x[m[k]]:
            facts = m[k + 1]
            if facts != 0:
                for n in range(facts + 1, facts + 1 + m[facts]):
                    fact = m[n]
                    place = slot(m, session, m[c.CLIENT], fact)
                    lasts = m[m[client + c.EXPIRES] + fact]
                    m[place + c.ROW] = provided(m, x, b, fact)
                    m[place + c.UNTIL_NS] = FOR_EVER if lasts < 0 else since_ns + lasts
            return
