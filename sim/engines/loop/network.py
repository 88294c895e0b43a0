"""The network: sending a message, its arrival, and what becomes of one that is not heard."""

from sim.engines.loop.facts import orphan
from sim.engines.loop.heap import at
from sim.engines.loop.memory import (
    C0,
    C1,
    CALLER,
    CLASS,
    CONNECTION,
    EVENT,
    F_ANSWERS,
    F_ATTEMPT,
    F_BY,
    F_ITERATION,
    F_KEY,
    F_NEW,
    F_NODE,
    F_OUTCOME,
    F_PATH,
    F_RECORD,
    F_ROWS,
    F_SENT_NS,
    F_SERVED,
    F_SESSION,
    F_STATUS,
    F_STEP,
    F_TICKET,
    FLYING,
    FREE_FLIGHT,
    FROM,
    IS_GOING,
    IS_OPEN,
    MEMBER,
    NETWORK_METER,
    NOW_NS,
    PLACE,
    REACHES,
    RECORD,
    SERVED,
    STEP,
    TO,
    give,
    key_of,
    let_go,
    part,
    refer,
    take,
    waited_for,
)
from sim.engines.loop.record import NOT_YET, note_message, note_outcome, note_received
from sim.measure.accumulators import DELIVERED, LOST, NEXT_NS, SENT, count
from sim.plan import cells as c
from sim.world.chance import uniform
from sim.world.distributions import sample_ns
from sim.world.network import LOST as NEVER
from sim.world.network import arrival_delay_ns
from sim.world.order import DELIVERY


def new_flight(m: list[int], session: int, step: int, attempt: int, served: int, iteration: int, path: int, sender: int) -> int:
    """A message that is being made. It refers to its call, else to what its sender was serving, else to its session."""
    flight = take(m, FREE_FLIGHT, F_ROWS + m[c.MOST_FACTS])
    m[flight + EVENT] = REACHES
    m[flight + F_SESSION] = session
    m[flight + F_STEP] = step
    m[flight + F_ATTEMPT] = attempt
    m[flight + F_SERVED] = served
    m[flight + F_ITERATION] = iteration
    m[flight + F_NODE] = m[step + c.NODE]
    m[flight + F_PATH] = path
    m[flight + F_STATUS] = 0
    m[flight + F_BY] = NOT_YET
    m[flight + F_OUTCOME] = c.IN_FLIGHT
    m[flight + F_KEY] = 0
    m[flight + F_NEW] = 0
    m[flight + F_RECORD] = 0
    m[flight + FROM] = sender
    m[flight + TO] = 0
    m[flight + F_ANSWERS] = 0
    m[flight + F_TICKET] = 0
    if m[step + c.TAKES] == 1:
        for k in range(flight + F_ROWS, flight + F_ROWS + m[c.MOST_FACTS]):
            m[k] = 0
    refer(m, holder(m, flight))
    return flight


def holder(m: list[int], flight: int) -> int:
    """The context that a message refers to."""
    if m[flight + F_ATTEMPT] != 0:
        return m[flight + F_ATTEMPT]
    if m[flight + F_SERVED] != 0:
        return m[flight + F_SERVED]
    return m[flight + F_SESSION]


def free_flight(m: list[int], flight: int) -> None:
    """Hand a message back that has been dealt with."""
    context = holder(m, flight)
    give(m, FREE_FLIGHT, flight)
    let_go(m, context)


def instance_of(m: list[int], session: int, step: int, iteration: int, path: int) -> int:
    """Who receives a message: somebody at the client's side, a server, or one of its instances, drawn evenly."""
    receiver = m[step + c.RECEIVER]
    instances = m[m[c.SERVERS] + receiver]
    if instances == 0:
        return m[m[m[session + CLASS] + c.SIDES] + receiver]
    if m[instances] == 1:
        return m[instances + 1]
    drawn = uniform(m[c.S_INSTANCE], m[c.S_INSTANCE + 1], m[session + C0], m[session + C1], m[step + c.NODE] << 20 | iteration,
                    path << 12, 0)
    return m[instances + 1 + int(drawn * m[instances])]


def connection_of(m: list[int], session: int, sender: int, to: int) -> int:
    """Where it stands when the connection between two was last used; 0 where nothing is kept."""
    number = m[m[c.CONNECTIONS] + m[sender + c.PART] * m[c.N_ROLES] + m[to + c.PART]]
    if number < 0:
        return 0
    if m[sender + c.IS_SERVER] == 0:
        return m[session + MEMBER] + number + max(0, m[to + c.INSTANCE])
    if m[to + c.IS_SERVER] == 1:
        return m[sender + c.OWN_CONNECTIONS] + number + m[to + c.INSTANCE]
    place = m[session + PLACE] if m[m[session + CLASS] + c.IS_ATTACK] == 0 else m[m[session + CLASS] + c.PLACE_OF]
    return m[c.PLACES] + place * m[c.PLACE_WIDTH] + number + m[sender + c.INSTANCE]


def connect(m: list[int], session: int, flight: int, link: int) -> None:
    """Use the connection, or open one. A time of use stands there plus 1, since 0 is none."""
    cell = connection_of(m, session, m[flight + FROM], m[flight + TO])
    if cell != 0:
        now = m[NOW_NS]
        used = m[cell] - 1
        m[flight + F_NEW] = 1 if used < 0 or now - used > m[link + c.KEEP_ALIVE_NS] else 0
        m[cell] = now + 1


def delay_of(m: list[int], x: list[float], session: int, flight: int, link: int, deadline_ns: int) -> int:
    """How long a message is on its way, in ns; NEVER if it is lost."""
    latency = m[link + c.LATENCY]
    loss = x[m[link + c.LOSS]]
    is_new = m[flight + F_NEW] == 1
    if loss == 0.0 and m[latency + c.CONSTANT_NS] >= 0 and not is_new:
        return m[latency + c.CONSTANT_NS]
    tries_ns = max(0, deadline_ns - m[NOW_NS]) if deadline_ns >= 0 else -1
    table = m[latency + c.TABLE]
    floats = m[latency + c.FLOATS]
    return arrival_delay_ns(
        m[link + c.TRANSPORT], is_new, m[link + c.ROUND_TRIPS], m[latency + c.DRAW_KIND], x[floats], x[floats + 1],
        part(x, table, m[latency + c.TABLE_LENGTH]), loss, tries_ns, m[c.S_NETWORK], m[c.S_NETWORK + 1], m[session + C0],
        m[session + C1], (m[flight + F_NODE] & 0xFFF) << 20 | m[flight + F_ITERATION], m[flight + F_PATH] << 12)


def send(m: list[int], x: list[float], b: list[int], q: list[int], r: list[int], flight: int, to: int, deadline_ns: int) -> bool:
    """Put a message on its way to ``to``: True, or False if it is lost (it is still there then)."""
    now = m[NOW_NS]
    session, step, attempt = m[flight + F_SESSION], m[flight + F_STEP], m[flight + F_ATTEMPT]
    m[flight + TO] = to
    m[flight + F_SENT_NS] = now
    is_answer = attempt != 0 and m[attempt + CALLER] == to
    link = m[step + c.LINK] if m[flight + F_STATUS] == 0 else m[step + c.LINK_BACK]
    if not is_answer and m[link + c.TRANSPORT] != 0:
        connect(m, session, flight, link)
    network = m[NETWORK_METER]
    if now < b[network + NEXT_NS]:
        b[network + SENT] += 1
    else:
        count(b, network, SENT, now)
    if m[session + RECORD] != 0:
        m[flight + F_RECORD] = note_message(m, r, session, flight, to if is_answer else m[flight + FROM])
    delay_ns = delay_of(m, x, session, flight, link, deadline_ns)
    if delay_ns == NEVER:
        m[flight + F_OUTCOME] = c.LOST
        m[flight + F_BY] = c.BY_LINK
        note_outcome(r, m[flight + F_RECORD], c.LOST, c.BY_LINK)
        count(b, network, LOST, now)
        return False
    m[FLYING] += 1
    key_of(m, flight, session, DELIVERY, m[flight + F_NODE], m[flight + F_ITERATION], m[flight + F_PATH])
    at(m, q, now + delay_ns, flight)
    return True


def unused(m: list[int], b: list[int], flight: int) -> None:
    """What a message brought is of no use to anybody: a key in it is orphaned."""
    if m[m[flight + F_STEP] + c.ORPHANS] == 1 and m[flight + F_STATUS] == 0:
        orphan(b)


def ends_unheard(m: list[int], flight: int) -> bool:
    """Whether a session ends because a message that carried the turn is not heard."""
    return (m[flight + F_ATTEMPT] == 0 and m[m[flight + F_STEP] + c.TURN_GOES] == 1 and waited_for(m, holder(m, flight)))


def opened(m: list[int], b: list[int], r: list[int], flight: int, is_server: bool) -> int:
    """Note that a message was delivered. The context in which it goes on; 0 if nobody waits for it any more."""
    now = m[NOW_NS]
    m[FLYING] -= 1
    network = m[NETWORK_METER]
    if now < b[network + NEXT_NS]:
        b[network + DELIVERED] += 1
    else:
        count(b, network, DELIVERED, now)
    note_received(r, m[flight + F_RECORD], now)
    m[flight + F_OUTCOME] = c.DELIVERED
    attempt, session = m[flight + F_ATTEMPT], m[flight + F_SESSION]
    if attempt == 0:  # one-way, dotted
        context = holder(m, flight)
        return context if is_server or waited_for(m, context) else 0
    if m[attempt + STEP] == m[flight + F_STEP] and m[flight + F_STATUS] == 0:  # a request
        return attempt
    if m[attempt + IS_OPEN] == 0 or not (is_server or m[session + IS_GOING] == 1):
        unused(m, b, flight)
        return 0
    m[attempt + IS_OPEN] = 0
    if m[attempt + CONNECTION] != 0:
        m[m[attempt + CONNECTION]] = now + 1
    return m[attempt + SERVED]


def draw_ns(m: list[int], x: list[float], draw: int, stream: int, c0: int, c1: int, c2: int, c3: int) -> int:
    """A duration of a distribution of the plan, in ns."""
    if m[draw + c.CONSTANT_NS] >= 0:
        return m[draw + c.CONSTANT_NS]
    table, floats = m[draw + c.TABLE], m[draw + c.FLOATS]
    return sample_ns(m[draw + c.DRAW_KIND], x[floats], x[floats + 1], part(x, table, m[draw + c.TABLE_LENGTH]), m[stream],
                     m[stream + 1], c0, c1, c2, c3)
