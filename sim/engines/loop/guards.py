"""The mitigations of a server at work (the rules of :mod:`sim.engines.protections` and :mod:`sim.engines.guard`)."""

from sim.engines.loop.laws import ANSWERED, COLLECTED_KEY, ask, checked_time, faulty
from sim.engines.loop.memory import (
    ARRIVED_NS,
    AT,
    BY_MITIGATION,
    C0,
    C1,
    CALLED_IN,
    CALLER,
    CLAIMED,
    CLASS,
    CONTEXT,
    DETAIL,
    F_ANSWERS,
    F_ATTEMPT,
    F_ITERATION,
    F_KEY,
    F_NODE,
    F_PATH,
    F_SENT_NS,
    F_SESSION,
    F_STEP,
    F_TICKET,
    FREE_TASK,
    FROM,
    IP,
    IS_KNOWN,
    NEXT_TASK,
    NOW_NS,
    NUMBER,
    OF_SESSION,
    PASSED,
    PATH,
    REFUSED_AFTER_NS,
    REFUSED_BY,
    REFUSED_CALL,
    REFUSED_STATUS,
    STARTED_NS,
    STEP,
    SUBJECT,
    TASK,
    TASK_WIDTH,
    TIGHT,
    V_FLIGHT,
    V_REFUSED_BY,
    V_SESSION,
    WORK_NS,
    beyond,
    give,
    take,
)
from sim.measure.accumulators import KEYS_DELETED_IN_USE, change_rows
from sim.measure.refusing import refuse_falsely
from sim.plan import cells as c
from sim.world import moments as moment
from sim.world.addresses import prefix_number
from sim.world.chance import philox4x32
from sim.world.credentials import UNKNOWN_ROWS
from sim.world.identities import CAPACITY, COUNT, ROOM, clear_row, find, touch
from sim.world.load import IS_ON

BY_ADDRESS, BY_PREFIX, BY_CLAIMED_KEY, BY_PROVEN_KEY, BY_ALL, BY_METADATA = range(6)
METADATA_BITS = 44
ROW_BITS = 40
ROWS = (1 << ROW_BITS) - 1
KEY_KNOWN, KEY_GONE, KEY_MISSED = range(3)
FOR_CLIENT = 2
MARGIN = 32
"""So many rows are free in every table before an event: more than one event can ask for."""


def address_of(m: list[int], session: int, who: int) -> int:
    """The address of a player, as a number."""
    return m[who + c.ADDRESS] if m[who + c.IS_SERVER] == 1 else m[session + IP]


def claimed(m: list[int], flight: int) -> int:
    """The identity of the key that a request claims; 0 if it claims none."""
    key = m[flight + F_KEY]
    return 0 if key == 0 else (key >> 44) + 1 << ROW_BITS | key & ROWS


def proven_before(m: list[int], protection: int, key: int, address: int) -> bool:
    """Whether the last proof of this key came from this address."""
    if key == 0:
        return False
    row = find(beyond(m, m[protection + c.PROVEN]), key)
    return row >= 0 and m[m[protection + c.PROVEN_FROM] + row] == address


def identity_of(m: list[int], per: int, address: int, key: int, proven: bool, session: int) -> int:
    """The identity by which a mitigation keeps account of a request; -1: of none, so it is not asked."""
    if per == BY_ALL:
        return 0
    if per == BY_ADDRESS:
        return address
    if per == BY_PREFIX:
        return prefix_number(address, 24)
    if per == BY_CLAIMED_KEY:
        return key if key != 0 else -1
    if per == BY_METADATA:
        return metadata_identity(m, session)
    return key if proven else address


def stands_aside(m: list[int], guard: int) -> bool:
    """Whether a mitigation is for busy days alone, and this is a calm one."""
    return m[guard + c.GUARD_WATCH] != 0 and m[m[guard + c.GUARD_WATCH] + IS_ON] == 0


def is_tight(m: list[int], table: int) -> bool:
    """Whether an identity table has little room left, and could have more."""
    return m[table + COUNT] + MARGIN >= m[table + ROOM] and (m[table + CAPACITY] == 0 or m[table + ROOM] < m[table + CAPACITY])


def row_for(m: list[int], x: list[float], b: list[int], guard: int, identity: int, meter: int) -> int:
    """The row of whoever asks, a new one if need be; who has not been here for longest may lose its own to it."""
    table = m[guard + c.GUARD_TABLE]
    if table == 0:
        return 0
    before = m[table + COUNT]
    row = touch(beyond(m, table), identity)
    if row < 0:
        row = -1 - row
        clear_row(beyond(m, m[guard + c.GUARD_INTS]), m[guard + c.FIRST_INT], row, m[guard + c.INT_WIDTH])
        clear_row(beyond(x, m[guard + c.GUARD_FLOATS]), m[guard + c.FIRST_FLOAT], row, m[guard + c.FLOAT_WIDTH])
        if m[table + COUNT] > before:
            change_rows(b, meter, m[guard + c.GUARD_MEMORY], 1, m[NOW_NS])
        if is_tight(m, table):
            m[TIGHT] = 1
    return row


def chance_of(m: list[int], guard: int, flight: int) -> int:
    """53 bits, drawn at the place of a message; 0 for a mitigation that draws nothing."""
    return chance_at(m, guard, m[flight + F_SESSION], m[flight + F_NODE], m[flight + F_ITERATION], m[flight + F_PATH])


def chance_at(m: list[int], guard: int, session: int, node: int, iteration: int, path: int) -> int:
    """53 bits, drawn at a place of a session, or for its client."""
    draws = m[guard + c.GUARD_DRAWS]
    if draws == 0:
        return 0
    c1, c2, c3 = m[session + C1], (node & 0xFFF) << 20 | iteration, path << 12
    if draws == FOR_CLIENT:
        c1, c2, c3 = c1 >> 24 << 24, 0, 0
    high, low, _, _ = philox4x32(m[guard + c.GUARD_K0], m[guard + c.GUARD_K1], m[session + C0], c1, c2, c3)
    return high << 21 | low >> 11


def clear_event(m: list[int], first: int) -> int:
    """Set the columns of the event to zero from one of them on; its address."""
    event = m[c.EVENT_BLOCK]
    for k in range(event + first, event + moment.WIDTH):
        m[k] = 0
    return event


def ask_about(m: list[int], x: list[float], b: list[int], guard: int, when: int, visit: int, flight: int, who: int) -> int:
    """Ask one about a request: PASS if it may go on, HOLD if later."""
    protection = m[who + c.PROTECTION]
    session, attempt = m[flight + F_SESSION], m[flight + F_ATTEMPT]
    address = address_of(m, session, m[flight + FROM])
    key = claimed(m, flight)
    proven = proven_before(m, protection, key, address)
    identity = identity_of(m, m[guard + c.GUARD_PER], address, key, proven, session)
    if identity < 0:
        return moment.PASS
    event = clear_event(m, moment.HASH_RATE)
    m[event + moment.NOW_NS] = m[NOW_NS]
    m[event + moment.ARRIVED_NS] = m[visit + ARRIVED_NS]
    m[event + moment.SENT_NS] = m[flight + F_SENT_NS]
    m[event + moment.STEP] = m[m[flight + F_STEP] + c.INDEX]
    m[event + moment.ATTEMPT] = m[attempt + NUMBER] if attempt != 0 else 0
    m[event + moment.WAITING] = m[who + c.WAITING]
    m[event + moment.BUSY] = m[who + c.BUSY]
    m[event + moment.SERVERS] = m[who + c.CAPACITY_SERVERS]
    m[event + moment.ADDRESS] = address
    m[event + moment.CLAIMED] = key & ROWS
    m[event + moment.PROVEN] = key & ROWS if proven else 0
    m[event + moment.SOLVED] = 1 if m[flight + F_ANSWERS] == guard else 0
    m[event + moment.CHANCE] = chance_of(m, guard, flight)
    m[event + moment.IS_ATTACKER] = m[m[session + CLASS] + c.IS_ATTACK]
    m[event + moment.TICKET] = m[flight + F_TICKET] if m[event + moment.SOLVED] == 1 else 0
    row = row_for(m, x, b, guard, identity, m[who + c.METER])
    code = ask(m, x, guard, when, row)
    while code == moment.COLLECT:
        collect(m, b, protection, guard, m[event + moment.COLLECTED])
        code = ask(m, x, guard, when, row)
    passes = code == moment.PASS or (code == moment.HOLD and when == c.AT_ARRIVAL)
    if passes and m[guard + c.FIRST_LAW + c.AT_END] >= 0:
        node = take(m, FREE_TASK, TASK_WIDTH)
        m[node + NEXT_TASK] = 0
        m[node + TASK] = 0
        m[node + SUBJECT] = guard
        m[node + DETAIL] = identity
        last = visit + PASSED
        while m[last] != 0:
            last = m[last] + NEXT_TASK
        m[last] = node
    return code


def may_drop(m: list[int], guard: int, code: int) -> bool:
    """Whether an answer leaves a request without one."""
    if code in (moment.DROP, moment.EXPIRE) and m[guard + c.GUARD_DROPS] == 1:
        return True
    faulty(m, ANSWERED, code)
    return False


def tell_end(m: list[int], x: list[float], visit: int, was_refused: int) -> None:
    """A request has had its service, or was turned away at a full room: those who let it pass are told."""
    node = m[visit + PASSED]
    m[visit + PASSED] = 0
    while node != 0:
        guard, identity = m[node + SUBJECT], m[node + DETAIL]
        row = 0 if m[guard + c.GUARD_TABLE] == 0 else find(beyond(m, m[guard + c.GUARD_TABLE]), identity)
        if row >= 0:
            event = clear_event(m, 0)
            m[event + moment.NOW_NS] = m[NOW_NS]
            m[event + moment.REFUSED] = was_refused
            m[event + moment.ARRIVED_NS] = m[visit + ARRIVED_NS]
            ask(m, x, guard, c.AT_END, row)
        following = m[node + NEXT_TASK]
        give(m, FREE_TASK, node)
        node = following


def count_false(m: list[int], b: list[int], visit: int) -> None:
    """A mitigation has turned away what it should not have, if the client is honest."""
    session = m[visit + V_SESSION]
    if m[visit + BY_MITIGATION] == 1 and m[m[session + CLASS] + c.IS_ATTACK] == 0:
        flight = m[visit + V_FLIGHT]
        call = m[m[flight + F_STEP] + c.INDEX] << 35 | m[flight + F_ITERATION] << 15 | m[flight + F_PATH] >> 5
        refuse_falsely(b, m[m[session + CLASS] + c.CLASS_METER], m[session + STARTED_NS], m[session + IS_KNOWN],
                       m[session + REFUSED_CALL], call)
        m[session + REFUSED_CALL] = call


def end_of_request(m: list[int], x: list[float], b: list[int], visit: int) -> None:
    """A request leaves its server: what that means to the mitigations."""
    count_false(m, b, visit)
    tell_end(m, x, visit, 1 if m[visit + V_REFUSED_BY] >= 0 else 0)


# --- keys and actions -----------------------------------------------------------------------------------------------------


def metadata_identity(m: list[int], session: int) -> int:
    """Whose metadata a request brings: those of a client are always the same, those of an attack's messages each their own."""
    return m[session + C1] >> 24 << 32 | m[session + C0]


def collect(m: list[int], b: list[int], protection: int, guard: int, row: int) -> None:
    """The row of a key is gone."""
    fact = m[guard + c.GUARD_KEY]
    if not 0 < row <= m[m[c.ISSUED] + fact] or key_state(m, protection, fact, row) != KEY_KNOWN:
        faulty(m, COLLECTED_KEY, row)
    m[m[m[protection + c.KEY_STATES] + fact] + row] = KEY_GONE
    first = m[protection + c.OF_STATION]
    kind = m[m[first + c.MEMORY_KINDS] + fact]
    if kind >= 0:
        change_rows(b, m[first + c.METER], kind, -1, m[NOW_NS])


def key_state(m: list[int], protection: int, fact: int, row: int) -> int:
    """Whether a key is in the server's table still."""
    states = m[m[protection + c.KEY_STATES] + fact] if fact >= 0 else 0
    return m[states + row] if states != 0 and row < UNKNOWN_ROWS else KEY_KNOWN


def miss(m: list[int], b: list[int], who: int, visit: int, flight: int) -> None:
    """Somebody comes with a key; if it was collected, and from an honest client, it was in use."""
    protection, attempt = m[who + c.PROTECTION], m[flight + F_ATTEMPT]
    if m[protection + c.COLLECTS] == 0 or attempt == 0:
        return
    fact, row = m[m[flight + F_STEP] + c.CREDENTIAL], m[attempt + CLAIMED]
    if key_state(m, protection, fact, row) == KEY_GONE and m[m[m[visit + V_SESSION] + CLASS] + c.IS_ATTACK] == 0:
        m[m[m[protection + c.KEY_STATES] + fact] + row] = KEY_MISSED
        b[KEYS_DELETED_IN_USE] += 1


def acted(m: list[int], x: list[float], b: list[int], visit: int, step: int, work_ns: int, failed: int) -> int:
    """An action's outcome is known: what time it takes. A signature that holds proves its key.

    Where it is refused now, the header says with which status and by what, and else a status of 0.
    """
    protection, context = m[m[visit + AT] + c.PROTECTION], m[visit + CONTEXT]
    acting = m[m[protection + c.ACTING] + m[step + c.INDEX]]
    m[REFUSED_STATUS] = 0
    if acting != 0:
        for k in range(acting + 1, acting + 1 + m[acting]):
            identity = -1 if stands_aside(m, m[k]) else tell_who(m, m[k], protection, visit, context)
            if identity < 0:
                continue
            event = m[c.EVENT_BLOCK]
            m[event + moment.WORK_NS] = work_ns
            m[event + moment.FAILED] = failed
            m[event + moment.STEP] = m[step + c.INDEX]
            code = ask(m, x, m[k], c.AT_ACTION, row_for(m, x, b, m[k], identity, m[m[visit + AT] + c.METER]))
            work_ns = checked_time(m, m[event + moment.WORK_NS])
            if code == moment.PASS or failed != 0:
                continue
            if not 400 <= code <= 599:
                faulty(m, ANSWERED, code)
            m[visit + BY_MITIGATION] = 1
            m[REFUSED_STATUS], m[REFUSED_BY], m[REFUSED_AFTER_NS] = code, m[m[k] + c.GUARD_BY], 0
            return work_ns
    if m[step + c.CHECKS] != 0 and failed == 0 and m[context + NUMBER] != 0 and m[context + CLAIMED] != 0:
        used(m, x, protection, context)
        if m[step + c.CHECKS] == c.SIGNED:
            prove(m, b, protection, context)
    return work_ns


def tell_who(m: list[int], guard: int, protection: int, visit: int, context: int) -> int:
    """Begin an event about what is being served: who asked for it. Its identity for this mitigation; -1: of none."""
    session = m[visit + V_SESSION]
    address, key, node, iteration, path = m[session + IP], 0, 0, 0, 0
    if m[context + NUMBER] != 0:
        address = address_of(m, session, m[context + CALLER])
        if m[context + CLAIMED] != 0:
            key = m[m[context + STEP] + c.CREDENTIAL] + 1 << ROW_BITS | m[context + CLAIMED]
        node, iteration, path = m[m[context + STEP] + c.NODE], m[context + CALLED_IN], m[context + PATH]
    proven = proven_before(m, protection, key, address)
    event = clear_event(m, 0)
    m[event + moment.NOW_NS] = m[NOW_NS]
    m[event + moment.ADDRESS] = address
    m[event + moment.CLAIMED] = key & ROWS
    m[event + moment.PROVEN] = key & ROWS if proven else 0
    m[event + moment.CHANCE] = chance_at(m, guard, session, node, iteration, path)
    return identity_of(m, m[guard + c.GUARD_PER], address, key, proven, session)


def used(m: list[int], x: list[float], protection: int, attempt: int) -> None:
    """A key was used: those that keep account of keys are told."""
    fact, key = m[m[attempt + STEP] + c.CREDENTIAL], m[attempt + CLAIMED]
    proving = m[protection + c.PROVING]
    if proving != 0:
        for k in range(proving + 1, proving + 1 + m[proving]):
            if m[m[k] + c.GUARD_KEY] == fact:
                event = clear_event(m, 0)
                m[event + moment.NOW_NS] = m[NOW_NS]
                m[event + moment.KEY] = key
                ask(m, x, m[k], c.AT_PROOF, 0)


def prove(m: list[int], b: list[int], protection: int, attempt: int) -> None:
    """A key was proven, from the address of whoever asked; one that is only named proves nothing."""
    fact, key = m[m[attempt + STEP] + c.CREDENTIAL], m[attempt + CLAIMED]
    if m[protection + c.PROVEN_MEMORY] < 0:
        return
    table = m[protection + c.PROVEN]
    row = touch(beyond(m, table), fact + 1 << ROW_BITS | key)
    if row < 0:
        row = -1 - row
        change_rows(b, m[m[protection + c.OF_STATION] + c.METER], m[protection + c.PROVEN_MEMORY], 1, m[NOW_NS])
        if is_tight(m, table):
            m[TIGHT] = 1
    m[m[protection + c.PROVEN_FROM] + row] = address_of(m, m[attempt + OF_SESSION], m[attempt + CALLER])


def add_work(m: list[int], visit: int, guard: int) -> None:
    """What a guard costs."""
    m[visit + WORK_NS] += m[guard + c.GUARD_WORK_NS]
