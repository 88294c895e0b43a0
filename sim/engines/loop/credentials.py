"""Signatures, known by construction, and the copies that attackers take (the rules of :mod:`sim.engines.construction`)."""

from sim.engines.loop.guards import KEY_KNOWN, key_state
from sim.engines.loop.memory import (
    C0,
    C1,
    CALLED_IN,
    CALLER,
    CAPTURED,
    CLAIMED,
    CLAIMS_OF,
    CLASS,
    COPIES,
    F_KEY,
    F_ROWS,
    FREE_CAPTURED,
    FREE_LINK,
    LINK_CELLS,
    NEXT_SEEN,
    NOW_NS,
    NUMBER,
    OF_SESSION,
    PATH,
    SEEN,
    SEEN_CLAIMED,
    SEEN_CLASS,
    SEEN_KEY,
    SEEN_NS,
    SEEN_ROWS,
    SEEN_SKEW_NS,
    SERVED,
    SIGNED_NS,
    SKEW_NS,
    STEP,
    TAKEN_NS,
    TAKERS,
    beyond,
    forget_captured,
    give,
    take,
)
from sim.measure.accumulators import change_rows
from sim.plan import cells as c
from sim.world.chance import uniform
from sim.world.clock import wall_clock_s
from sim.world.credentials import (
    HELD,
    NONCES_WIDTH,
    REPLAYED,
    USED_NONCE,
    VALID,
    comes_to_nonce,
    forget_nonces,
    is_known_nonce,
    keep_nonce,
    looked_up,
    rows_of_nonce,
    verdict,
)

IN_BOOKS, CHECK_ORDER, LAG_NS, KEPT_TIMES = range(NONCES_WIDTH, NONCES_WIDTH + 4)
"""Behind a nonce count: how many of them the memory has in the books; the order in which its server checks; after how long an
instance knows what another has taken up, and in how many stores a nonce is kept."""


def claim(m: list[int], attempt: int, flight: int, step: int) -> None:
    """Note the row of the credential that a request names."""
    facts = m[step + c.FACTS]
    if facts != 0:
        for k in range(m[facts]):
            if m[facts + 1 + k] == m[step + c.CREDENTIAL]:
                m[attempt + CLAIMED] = m[flight + F_ROWS + k]


def knows(m: list[int], fact: int, row: int) -> bool:
    """Whether a server has the row that a credential names."""
    if row > (m[m[c.ISSUED] + fact] if fact >= 0 else 0):
        return False
    issuer = m[m[c.ISSUERS] + fact] if fact >= 0 else -1
    protection = m[m[c.PROTECTIONS] + issuer] if issuer >= 0 else 0
    return protection == 0 or key_state(m, protection, fact, row) == KEY_KNOWN


def unknown_fact(m: list[int], step: int, context: int) -> int:
    """Of the facts that an action looks up, the first that no server gave out, or that was collected; -1 if there is none."""
    facts, claims = m[step + c.CHECKS_FACTS], m[m[m[context + OF_SESSION] + CLAIMS_OF] + c.UNKNOWN]
    for k in range(facts + 1, facts + 1 + m[facts]):
        for n in range(claims + 1, claims + 1 + m[claims] if claims != 0 else claims + 1):
            if m[n] == m[k]:
                return m[k]
        around = context
        while m[around + NUMBER] != 0 and m[m[around + STEP] + c.CREDENTIAL] != m[k]:
            around = m[around + SERVED]
        if m[around + NUMBER] != 0 and not knows(m, m[k], m[around + CLAIMED]):
            return m[k]
    return -1


def check_signature(m: list[int], who: int, step: int, context: int) -> int:
    """What an instance finds about the signature, or credential, of the request that it serves (:mod:`sim.world.credentials`)."""
    session, seen = m[context + OF_SESSION], m[context + CAPTURED]
    kind, signed_ns = VALID, m[context + SIGNED_NS]
    skew_ns = 0 if m[m[context + CALLER] + c.IS_SERVER] == 1 else m[session + SKEW_NS]
    attack = m[session + CLASS]
    if m[attack + c.IS_ATTACK] == 1 and m[m[context + SERVED] + NUMBER] == 0:
        kind = m[attack + c.SIGNATURE]
        if kind == REPLAYED:
            signed_ns, skew_ns = m[seen + SEEN_NS], m[seen + SEEN_SKEW_NS]
    is_known = 1 if knows(m, m[m[context + STEP] + c.CREDENTIAL], m[context + CLAIMED]) else 0
    if m[step + c.CHECKS] == c.LOOKED_UP:
        return looked_up(kind, is_known)
    now_s = wall_clock_s(m[c.START_NS], m[NOW_NS], 0)
    timestamp_s = wall_clock_s(m[c.START_NS], signed_ns, skew_ns)
    count = m[m[c.NONCE_COUNTS] + m[step + c.ACTOR]]
    order, nonces = m[count + CHECK_ORDER], beyond(m, count)
    taken_ns = m[seen + TAKEN_NS] if seen != 0 else -1
    is_taker = 1 if taken_ns >= 0 and has_taken(m, seen, who) else 0
    is_used = is_known_nonce(is_taker, taken_ns, m[NOW_NS], m[count + LAG_NS])
    found = verdict(kind, is_known, timestamp_s, now_s, is_used, order)
    if comes_to_nonce(found, order) == 1:
        forget_nonces(nonces, now_s)
        if found != USED_NONCE:
            keep_nonce(nonces, timestamp_s, rows_of_nonce(taken_ns, m[count + LAG_NS], m[count + KEPT_TIMES]))
            if seen != 0:
                take_up_nonce(m, seen, who)
    return found


def has_taken(m: list[int], seen: int, who: int) -> bool:
    """Whether an instance has taken up the nonce of what was captured."""
    link = m[seen + TAKERS]
    while link != 0 and m[link + SEEN] != who:
        link = m[link + NEXT_SEEN]
    return link != 0


def take_up_nonce(m: list[int], seen: int, who: int) -> None:
    """An instance takes up the nonce of what was captured."""
    if m[seen + TAKEN_NS] < 0:
        m[seen + TAKEN_NS] = m[NOW_NS]
    link = take(m, FREE_LINK, LINK_CELLS)
    m[link + NEXT_SEEN] = m[seen + TAKERS]
    m[link + SEEN] = who
    m[seen + TAKERS] = link


def count_nonces(m: list[int], b: list[int], who: int) -> None:
    """A server keeps so many nonces now; behind its count stands how many of them its memory has in the books."""
    count = m[m[c.NONCE_COUNTS] + m[who + c.PART]]
    change = m[count + HELD] - m[count + IN_BOOKS]
    if change != 0:
        change_rows(b, m[who + c.METER], m[who + c.NONCES], change, m[NOW_NS])
        m[count + IN_BOOKS] = m[count + HELD]


def overheard(m: list[int], x: list[float], attempt: int, flight: int, step: int) -> None:
    """An honest client sends what attacks are after: which of them capture it? Drawn for each sending of each request."""
    taps = m[step + c.TAPS]
    session = m[attempt + OF_SESSION]
    for k in range(taps + 1, taps + 1 + m[taps]):
        attack = m[k]
        if m[NOW_NS] + m[attack + c.DELAY_NS] >= m[attack + c.UNTIL]:
            continue  # it would be too young until the attack is over
        share = x[m[attack + c.CAPTURED_SHARE]]
        if share < 1.0:
            drawn = uniform(m[c.S_ATTACK_CAPTURE], m[c.S_ATTACK_CAPTURE + 1], m[session + C0], m[session + C1],
                            m[step + c.NODE] << 20 | m[attempt + CALLED_IN],
                            m[attempt + PATH] << 12 | (m[attack + c.CLASS_INDEX] & 0x7F), 0)
            if drawn >= share:
                continue
        if m[attempt + CAPTURED] == 0:
            m[attempt + CAPTURED] = seen_now(m, session, attempt, flight)
        replayable(m, attack)
        link = take(m, FREE_LINK, LINK_CELLS)
        m[link + NEXT_SEEN] = 0
        m[link + SEEN] = m[attempt + CAPTURED]
        m[m[attempt + CAPTURED] + COPIES] += 1
        if m[attack + c.LAST_CAPTURED] == 0:
            m[attack + c.FIRST_CAPTURED] = link
        else:
            m[m[attack + c.LAST_CAPTURED] + NEXT_SEEN] = link
        m[attack + c.LAST_CAPTURED] = link


def seen_now(m: list[int], session: int, attempt: int, flight: int) -> int:
    """What attackers that see a request know of it; the attempt refers to it."""
    seen = take(m, FREE_CAPTURED, SEEN_ROWS + m[c.MOST_FACTS])
    m[seen + COPIES] = 1
    m[seen + SEEN_NS] = m[NOW_NS]
    m[seen + SEEN_SKEW_NS] = 0 if m[m[attempt + CALLER] + c.IS_SERVER] == 1 else m[session + SKEW_NS]
    m[seen + SEEN_KEY] = m[flight + F_KEY]
    m[seen + SEEN_CLAIMED] = m[attempt + CLAIMED]
    m[seen + TAKEN_NS] = -1
    m[seen + TAKERS] = 0
    m[seen + SEEN_CLASS] = m[session + CLAIMS_OF]
    takes = m[m[attempt + STEP] + c.TAKES] == 1
    for k in range(m[c.MOST_FACTS]):
        m[seen + SEEN_ROWS + k] = m[flight + F_ROWS + k] if takes else 0
    return seen


def replayable(m: list[int], attack: int) -> int:
    """Of what an attack captured at least its delay ago, the latest; 0 if there is none."""
    before_ns = m[NOW_NS] - m[attack + c.DELAY_NS]
    link = m[attack + c.FIRST_CAPTURED]
    while link != 0 and m[m[link + SEEN] + SEEN_NS] <= before_ns:
        if m[attack + c.LATEST_CAPTURED] != 0:
            forget_captured(m, m[attack + c.LATEST_CAPTURED])
        m[attack + c.LATEST_CAPTURED] = m[link + SEEN]
        following = m[link + NEXT_SEEN]
        give(m, FREE_LINK, link)
        link = following
    m[attack + c.FIRST_CAPTURED] = link
    if link == 0:
        m[attack + c.LAST_CAPTURED] = 0
    return m[attack + c.LATEST_CAPTURED]
