"""Attackers: each of their messages is a session of its own, and ends with its answer (rules: :mod:`sim.engines.attackers`)."""

from sim.engines.loop.arrivals import new_session, note_if_recorded, think
from sim.engines.loop.attempts import new_attempt, wait
from sim.engines.loop.balancing import instance_of
from sim.engines.loop.credentials import replayable
from sim.engines.loop.facts import new_member, provided
from sim.engines.loop.memory import (
    A_CLASS,
    A_INSTANCE,
    A_VISIT,
    BROUGHT,
    C0,
    C1,
    CAPTURED,
    CLAIMED,
    CLAIMS_OF,
    CLASS,
    CONNECTION,
    COPIES,
    DEADLINE,
    F_KEY,
    F_RECORD,
    F_ROWS,
    F_STEP,
    FREE_ARRIVAL,
    IP,
    MEMBER,
    NOW_NS,
    OF_SESSION,
    PARTNER,
    PATH,
    PLACE,
    REQUEST_RECORD,
    SEEN_CLAIMED,
    SEEN_CLASS,
    SEEN_KEY,
    SEEN_ROWS,
    SKEW_NS,
    WAITS,
    give,
    let_go,
)
from sim.engines.loop.network import connection_of, new_flight, send
from sim.measure.attacking import send_attack
from sim.plan import cells as c
from sim.world.addresses import HOSTS_PER_PREFIX, attacker_number, honest_number
from sim.world.attackers import KEY, TOKEN, source_at, source_of_bot
from sim.world.chance import uniform
from sim.world.credentials import REPLAYED, UNKNOWN_KEY, UNKNOWN_ROWS

NOT_SENT = 0


def strike(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], arrival: int) -> int:
    """Send a message of an attack. One that is lost is returned, for what follows from that; else NOT_SENT."""
    attack, instance, visit = m[arrival + A_CLASS], m[arrival + A_INSTANCE], m[arrival + A_VISIT]
    give(m, FREE_ARRIVAL, arrival)
    again = replayable(m, attack) if m[attack + c.SIGNATURE] == REPLAYED else 0
    if again == 0 and m[attack + c.SIGNATURE] == REPLAYED:
        if m[attack + c.BOTS] != 0:
            think(m, x, q, attack, instance, 0)
        return NOT_SENT
    if m[attack + c.SOCKETS] >= 0:
        if m[attack + c.HELD_SOCKETS] >= m[attack + c.SOCKETS]:
            return NOT_SENT
        m[attack + c.HELD_SOCKETS] += 1
    session = new_session(m, attack, instance, visit)
    join(m, x, r, session, attack)
    send_attack(b, m[attack + c.CLASS_METER], m[NOW_NS])
    step, player = m[attack + c.STRIKES], m[attack + c.PLAYER]
    is_call = m[step + c.KIND] == c.REQUEST
    attempt = new_attempt(m, session, step, 0, 1, session, player)
    m[session + WAITS] = attempt
    path = m[attempt + PATH] if is_call else 0
    flight = new_flight(m, session, step, attempt if is_call else 0, 0, 0, path, player)
    arm(m, x, b, attack, attempt, flight, step, again)
    to = instance_of(m, session, step, 0, path)
    m[attempt + PARTNER] = to
    m[attempt + CONNECTION] = connection_of(m, session, player, to)
    if m[attack + c.SOCKETS] >= 0 and m[attempt + CONNECTION] != 0:
        m[m[attempt + CONNECTION]] = 0  # each is a connection of its own
    wait(m, q, attempt, m[step + c.NODE], path)
    let_go(m, attempt)  # the row of those that wait refers to it
    is_sent = send(m, x, b, q, r, flight, to, m[attempt + DEADLINE] if is_call else -1)
    m[attempt + REQUEST_RECORD] = m[flight + F_RECORD]
    return NOT_SENT if is_sent else flight


def join(m: list[int], x: list[float], r: list[int], session: int, attack: int) -> None:
    """Who plays in a session: the attack, at one of its addresses."""
    if m[attack + c.BOTS] != 0:
        bot = m[session + C0]
        source = source_of_bot(bot, m[m[attack + c.DODGED] + bot], m[attack + c.BOTS], m[attack + c.POPULATION])
    else:
        drawn = uniform(m[c.S_ATTACK_SOURCE], m[c.S_ATTACK_SOURCE + 1], m[session + C0], m[session + C1], 0, 0, 0)
        source = source_at(drawn, m[attack + c.POPULATION])
    known = m[attack + c.MEMBERS] + (0 if m[attack + c.SPOOFED] == 1 else source)
    if m[known] == 0:
        m[known] = new_member(m)
    m[session + MEMBER] = m[known]
    m[session + PLACE] = source
    m[session + SKEW_NS] = 0
    if m[attack + c.FIRST_HONEST] >= 0:
        m[session + IP] = honest_number(m[attack + c.FIRST_HONEST] + source, HOSTS_PER_PREFIX)
    else:
        m[session + IP] = attacker_number(source, m[attack + c.PREFIXES], m[attack + c.FIRST_PREFIX])
    note_if_recorded(m, x, r, session, m[attack + c.PLAYER])


def arm(m: list[int], x: list[float], b: list[int], attack: int, attempt: int, flight: int, step: int, again: int) -> None:
    """What a message takes with it: what it claims to hold."""
    facts = m[step + c.FACTS]
    if again != 0:
        for k in range(m[facts] if facts != 0 else 0):
            m[flight + F_ROWS + k] = m[again + SEEN_ROWS + k]
        m[flight + F_KEY] = m[again + SEEN_KEY]
        m[attempt + CAPTURED] = again
        m[again + COPIES] += 1
        m[attempt + CLAIMED] = m[again + SEEN_CLAIMED]
        m[m[attempt + OF_SESSION] + CLAIMS_OF] = m[again + SEEN_CLASS]
        return
    key = m[m[attempt + OF_SESSION] + C0] % m[attack + c.KEYS]
    own = m[attack + c.OWN_ROWS] + key * m[c.N_FACTS]
    if m[m[attack + c.HAS_ROWS] + key] == 0:
        m[m[attack + c.HAS_ROWS] + key] = 1
        given = m[attack + c.PROVIDED]
        if given != 0:
            for k in range(given + 1, given + 1 + m[given]):
                m[own + m[k]] = provided(m, x, b, m[k])
        if m[attack + c.SIGNATURE] == UNKNOWN_KEY and m[step + c.CREDENTIAL] >= 0:
            m[own + m[step + c.CREDENTIAL]] = UNKNOWN_ROWS + (m[attack + c.CLASS_INDEX] & 0x7F)
    carried = m[step + c.CARRIES]
    if carried == 0:
        return
    for k in range(m[facts]):
        fact = m[facts + 1 + k]
        for n in range(carried + 1, carried + 1 + m[carried]):
            if m[n] == fact:
                m[flight + F_ROWS + k] = m[own + fact]
                if fact == m[step + c.CREDENTIAL]:
                    m[attempt + CLAIMED] = m[own + fact]
                    if m[own + fact] != 0:
                        m[flight + F_KEY] = fact << 44 | m[own + fact]


def bring(m: list[int], session: int, flight: int) -> None:
    """What an answer brought to an attacker."""
    step = m[flight + F_STEP]
    if m[m[m[session + CLASS] + c.STRIKES] + c.CARRIES] != 0 and m[step + c.GIVES] != 0:
        m[session + BROUGHT] = TOKEN
    elif m[step + c.ORPHANS] == 1:
        m[session + BROUGHT] = KEY
