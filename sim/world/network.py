"""The network: when a message arrives, if it does.

Three transports. A *datagram* arrives after the latency or is lost. Over *tcp* and *tls* a lost packet shows as delay:
it is sent again after a retransmission timeout (RTO) that doubles each time, until it gets through or the sender gives
up. A new connection costs its round trips first, and each of their flights can be lost in the same way.

RTO: 1 s at first (RFC 6298 section 2.1), doubled at each expiry (5.5). With measured round trips it stays 1 s, since
what is computed below 1 s is rounded up to it (2.4). At most 6 retransmissions, as Linux sends a SYN (tcp_syn_retries;
its tcp_retries2 is more patient with data, longer than any caller here waits). Fast retransmit does not help: a request
or reply is one flight with nothing behind it. A packet is the unit of loss, and a message is one packet.
"""

from collections.abc import Sequence
from typing import Final

from sim.world.chance import uniform, uniform_pair
from sim.world.clock import NS_PER_S, ClockOverflow, round_duration_ns
from sim.world.distributions import CONSTANT, GAMMA, gamma_variate, quantile_ns

DATAGRAM: Final = 0
TCP: Final = 1
TLS: Final = 2

TRANSPORT_NAMES: Final = ("datagram", "tcp", "tls")

SET_UP_ROUND_TRIPS: Final = (0, 1, 2)
"""Round trips before the first message of a new connection, by transport: none; TCP's (RFC 9293 section 3.5); TCP's and
TLS 1.3's (RFC 8446 section 2). TLS 1.2 would be 3, a resumption with early data 1: a parameter of the link."""

RTO_NS: Final = NS_PER_S
MAX_RETRANSMISSIONS: Final = 6
LOST: Final = -1
"""The delay of what never arrives."""

MAX_LATENCY_NS: Final = 1 << 56
MAX_ROUND_TRIPS: Final = 16

SET_UP_BLOCK: Final = 128
"""Block of the first set-up round trip; latency and message use block 0, gamma tries blocks 1 to 64."""


def arrival_delay_ns(
    transport: int,
    is_new: bool,
    round_trips: int,
    kind: int,
    a: float,
    b: float,
    table: Sequence[float],
    loss: float,
    give_up_ns: int,
    k0: int,
    k1: int,
    c0: int,
    c1: int,
    c2: int,
    c3: int,
) -> int:
    """From sending a message to its arrival, in ns, or `LOST`.

    `is_new`: it opens its connection, which costs 2 `round_trips` flights before it (no matter for datagrams).
    `kind, a, b, table`: distribution of the path's latency (`distributions`), drawn once, the same for every flight.
    `loss`: probability of each packet, 0 to 1. `give_up_ns`: the sender stops trying this long after sending (its
    attempt's timeout; a transmission at that very instant still goes out), or -1 for no limit; a message that goes out
    in time arrives, however late.

    Chance: `(k0, k1)` is the network's stream, the address has sub = 0. Sub-draw 0 is the latency (for gamma see
    `gamma_variate`), sub-draw 1 the message's loss: one block for both, whatever the transport. The two flights of
    set-up round trip r = 0, 1, ... are the lanes of block 128 + r, drawn only if one of them is lost.

    Raises `ClockOverflow` for a latency above `MAX_LATENCY_NS` (2.3 years). `round_trips` is at most `MAX_ROUND_TRIPS`.
    """
    u_latency = u_loss = 0.5
    if kind != CONSTANT or loss > 0.0:
        u_latency, u_loss = uniform_pair(k0, k1, c0, c1, c2, c3)
    return drawn_delay_ns(
        u_latency, u_loss, transport, is_new, round_trips, kind, a, b, table, loss, give_up_ns, k0, k1, c0, c1, c2, c3
    )


def drawn_delay_ns(
    u_latency: float,
    u_loss: float,
    transport: int,
    is_new: bool,
    round_trips: int,
    kind: int,
    a: float,
    b: float,
    table: Sequence[float],
    loss: float,
    give_up_ns: int,
    k0: int,
    k1: int,
    c0: int,
    c1: int,
    c2: int,
    c3: int,
) -> int:
    """`arrival_delay_ns` with sub-draws 0 and 1 drawn already (many at once, for speed)."""
    if kind == GAMMA:
        latency_ns = round_duration_ns(b * gamma_variate(a, k0, k1, c0, c1, c2, c3))
    else:
        latency_ns = round_duration_ns(quantile_ns(kind, a, b, table, u_latency))
    if latency_ns > MAX_LATENCY_NS:
        raise ClockOverflow(latency_ns)
    if transport == DATAGRAM:
        return LOST if u_loss < loss else latency_ns
    connecting_ns = 0
    if is_new:
        connecting_ns = 2 * round_trips * latency_ns
        if loss > 0.0:
            repeats_ns = _set_up_repeats_ns(2 * round_trips, u_loss, loss, k0, k1, c0, c1, c2, c3)
            connecting_ns = LOST if repeats_ns == LOST else connecting_ns + repeats_ns
    lost = transmissions_lost(u_loss, loss)
    if connecting_ns == LOST or lost > MAX_RETRANSMISSIONS:
        return LOST
    sent_ns = connecting_ns + retransmission_delay_ns(lost)
    if 0 <= give_up_ns < sent_ns:
        return LOST
    return sent_ns + latency_ns


def transmissions_lost(u: float, loss: float) -> int:
    """How many transmissions of one packet are lost before one gets through: P(n or more) = loss**n.

    The geometric distribution by inversion, at most `MAX_RETRANSMISSIONS + 1`, which means that the sender gave up; `u`
    in (0, 1), `loss` in [0, 1]. Inverted by a product, not by log u / log loss: at most 7 multiplications, and at
    n = 1 exactly the datagram's rule u < loss.
    """
    lost = 0
    threshold = loss
    while u < threshold and lost <= MAX_RETRANSMISSIONS:
        lost += 1
        threshold *= loss
    return lost


def retransmission_delay_ns(lost: int) -> int:
    """How much later a packet is sent for good after `lost` losses: RTO (1 + 2 + 4 + ...) = RTO (2**lost - 1), in ns.

    `lost` is at most `MAX_RETRANSMISSIONS` (63 s).
    """
    return RTO_NS * ((1 << lost) - 1)


def through_after_ns(transport: int, now_ns: int, out_until_ns: int, give_up_ns: int) -> int:
    """How much later than now a packet is sent that gets through a link which loses everything until `out_until_ns`, or `LOST`.

    A datagram is lost. Over tcp and tls it is sent again and again, as after any loss; `give_up_ns` as for `arrival_delay_ns`.
    """
    if transport == DATAGRAM:
        return LOST
    for lost in range(MAX_RETRANSMISSIONS + 1):
        after_ns = retransmission_delay_ns(lost)
        if 0 <= give_up_ns < after_ns:
            return LOST
        if now_ns + after_ns >= out_until_ns:
            return after_ns
    return LOST


def _set_up_repeats_ns(
    flights: int, u_loss: float, loss: float, k0: int, k1: int, c0: int, c1: int, c2: int, c3: int
) -> int:
    """What the losses among the flights of a set-up cost, in ns, or `LOST`; each is sent until it gets through.

    Mostly nothing is lost, and the message's own draw says so: `u_loss` below `loss` is the message's first loss, and
    what lies above is divided among the flights by which of them is the first to be lost, the n-th with probability
    (1 - loss)**n loss. Only that flight's further losses, and the losses of those after it, need draws of their own (all
    flights do if the message itself was lost). Exact, and one draw instead of five for a TLS connection.
    """
    first = 0
    if u_loss >= loss:
        none_yet = 1.0 - loss
        first = -1
        for flight in range(flights):
            none_yet *= 1.0 - loss
            if u_loss < 1.0 - none_yet:
                first = flight
                break
        if first < 0:
            return 0
    repeats_ns = 0
    for flight in range(first, flights):
        lost = transmissions_lost(uniform(k0, k1, c0, c1, c2, c3 + SET_UP_BLOCK + (flight >> 1), flight & 1), loss)
        if u_loss >= loss and flight == first:
            lost += 1  # memoryless: given one loss, the further ones are as ever
        if lost > MAX_RETRANSMISSIONS:
            return LOST
        repeats_ns += retransmission_delay_ns(lost)
    return repeats_ns
