"""Where each number of a plan stands in an engine's memory: the columns of its tables.

The memory is one flat block of integers (and one of floats, for what is no integer). A table's row is known by the
offset of its first cell, its *address*; 0 is no row, since the block begins with its header. A *list* is its length
followed by its items.
"""

# Header: what all rows are found from. The loop's own cells follow (sim/engines/loop/memory.py).
(END_NS, FIRST, STEPS, N_STEPS, N_FACTS, SLOTS, SESSION_FACTS, MEMBER_WIDTH, N_LOOPS, N_RULES, SERVERS, SERVER_LIST, CLASSES,
 CONNECTIONS, PROTECTED, ISSUERS, ISSUED, PLACES, PLACE_WIDTH, SERVERS_JUMP, START_NS, NONCE_COUNTS, N_ROLES, MOST_FACTS,
 NEED_REASONS, STEP_REASONS, REASON_NUMBERS, CLIENT, PROTECTIONS, EVENT_BLOCK, GUARDS, FAULT, FAULTY) = range(1, 34)
"""FAULT, FAULTY: what a law gave that it may not (sim/engines/loop/laws.py), and the value."""
STREAMS = 34
"""The keys of the streams, two cells each, in the order of PURPOSES."""
PURPOSES = ("arrivals", "picks", "holds", "skew", "network", "work", "wait", "parse", "handshake", "guard", "backoff", "instance",
            "sample", "attack_source", "attack_capture", "throttle", "restarts")
(S_ARRIVALS, S_PICKS, S_HOLDS, S_SKEW, S_NETWORK, S_WORK, S_WAIT, S_PARSE, S_HANDSHAKE, S_GUARD, S_BACKOFF, S_INSTANCE, S_SAMPLE,
 S_ATTACK_SOURCE, S_ATTACK_CAPTURE, S_THROTTLE, S_RESTARTS) = range(STREAMS, STREAMS + 34, 2)
ASKED, ASKED_WHEN, ASKED_ROW, IS_ASKED, FACT_REASONS, CREDENTIALS, CHANGE_LIST, LAW_ADDRESSES = range(68, 76)
"""Which guard's law was asked last, at which moment, about which row, and whether it is still at work: to say what went wrong.
FACT_REASONS: the number of the reason that the first fact is; CREDENTIALS: by fact, whether some message carries it; LAW_ADDRESSES:
by law, where it is called, if it is not in place in the loop."""
OWN_HEADER = 76
HEADER = 128
"""Cells of the header in all."""

DONE = 0
"""The address of the step after the last: the session is completed."""

# A step.
(INDEX, NODE, KIND, ACTOR, RECEIVER, NEXT, LOOP, LOOP_NUMBER, LEAVES, MAXIMUM, COMPLETES, CHECKS, CREDENTIAL, TAKES, WAYS, GIVES,
 CARRIES, NEEDS, SPENDS, ISSUES, KEEPS, REFUSALS, FRAGMENTS, WAIT, LINK, LINK_BACK, TURN_GOES, ORPHANS, FACTS, TAPS,
 CHECKS_FACTS) = range(31)
STEP_WIDTH = 31
SIGNED, LOOKED_UP = 1, 2
"""CHECKS: the signature of the request that is served, or only whether its credential is known."""
REQUEST, REPLY, ONE_WAY, OUTSIDE, ACTION, END, CHOICE, LOOP_KIND = range(8)
"""Kinds, as :class:`sim.protocol.projection.StepKind` numbers them."""

# A way out of a decision; ``WAY_CODE`` is its outcome in the trace.
WAY_KIND, WAY_SUBJECT, WAY_FACT, WAY_LACKS, WAY_UP_TO, WAY_TARGET, WAY_TARGET_INDEX, WAY_CODE = range(8)
WAY_WIDTH = 8

# A rule about a refusal.
RULE_STATUS, RULE_AT_MOST, RULE_GO_TO, RULE_REFUSE, RULE_DROP, RULE_NUMBER = range(6)
RULE_WIDTH = 6

# A draw: a distribution. ``CONSTANT_NS`` is what it always gives, -1 if chance is in it; a and b stand at FLOATS.
DRAW_KIND, CONSTANT_NS, FLOATS, TABLE, TABLE_LENGTH = range(5)
DRAW_WIDTH = 5

# A link.
TRANSPORT, ROUND_TRIPS, LATENCY, LOSS, KEEP_ALIVE_NS, OUT_UNTIL_NS = range(6)
LINK_WIDTH = 6

# A scheduled change: an event (its first three cells), and what is so from then on. CHANGE_SLOWER: 1 and a factor's place, or 0.
(CHANGE_INDEX, CHANGE_AT_NS, CHANGE_ENDS, CHANGE_WHO, CHANGE_CLOSED, CHANGE_SERVERS, CHANGE_SLOWER, CHANGE_LINKS) = range(3, 11)
CHANGED_LINK_WIDTH = 4
"""CHANGE_LINKS lists them one after the other: the row of the link, its LATENCY, LOSS and OUT_UNTIL_NS."""
DOOR_OPEN, DOOR_DROPS, DOOR_REFUSES = range(3)
"""DOOR."""

# Who plays: an instance of a server, or a participant at the side of a class of clients.
(PART, IS_SERVER, INSTANCE, WORK, EXPIRES, TIMEOUTS, ATTEMPTS_MOST, ON_TIMEOUT, STATUSES, BACKOFF_KIND, BASE_NS, CAP_NS, HEEDS,
 NAMES, ADDRESS_NUMBER, BUDGET, BUDGET_CELLS, THROTTLE, BREAKER) = range(19)
"""HEEDS: whether it honours Retry-After.
NAMES and ADDRESS_NUMBER: the number of its name, and of its address, in a trace; of a client, of that of the first client."""
# ... and of a server's instance also:
(STATION, ADDRESS, CAPACITY_SERVERS, CAPACITY, LIFO, DROPS, SILENT, HOLDS_SERVER, PARSE, HANDSHAKE, HANDLING, MEMORY_KINDS,
 NONCES, METER, OWN_CONNECTIONS, BUSY, STAYS, FIRST_WAITING, LAST_WAITING, WAITING, FIRST_INSIDE, PROTECTION, ORDER, QUEUE, FLOWS,
 QUEUED, BALANCE, TURN, DOOR, SLOWER, SHARES, SHARED, SHARING, VIRTUAL, VIRTUAL_AT_NS, FIRST_DONE, CAME, DUE_NS,
 MOST_SOCKETS, PER_ADDRESS, HEADER_NS, IDLE_NS, SOCKETS_DROP, OPEN_SOCKETS, FIRST_SOCKET, FIRST_IDLE, LAST_IDLE) = range(19, 66)
WHO_WIDTH = 66

"""BUDGET: 1 and the place of its floats (0: none); BUDGET_CELLS: the address of its state, or, in a member, -1 minus the offset."""
BUDGET_STATE = 3
"""Cells of a retry budget: whether it was ever asked, since when it stands, its balance (a float)."""

# A throttle or a breaker: where its states begin (as BUDGET_CELLS has it), one for each whom it calls, and how wide one is.
STATES, STATE_WIDTH, EACH_NS, IN_FLOATS, CALLS_LEAST, OPEN_FOR_NS = range(6)

# All that protects a server (sim/engines/protections.py). Tables by step hold lists of guards; KEY_STATES, by fact, cells by key.
(EDGE, INSIDE, ACTING, ISSUING, PROVING, OWN_KEYS, COLLECTS, KEY_STATES, KEY_ROOM, PROVEN, PROVEN_FROM, PROVEN_MEMORY,
 OF_STATION, WATCHED) = range(14)
PROTECTION_WIDTH = 14

# A guard: a mitigation at work. Its blocks: GUARD_INTS in the memory, GUARD_FLOATS among the floats; its laws by moment, or -1.
(GUARD_BY, GUARD_CODE, GUARD_WORK_NS, GUARD_PER, GUARD_KEY, GUARD_MEMORY, GUARD_DRAWS, GUARD_CHALLENGES, GUARD_DROPS, GUARD_K0,
 GUARD_K1, GUARD_INTS, GUARD_FLOATS, INT_WIDTH, FLOAT_WIDTH, FIRST_INT, FIRST_FLOAT, GUARD_ROOM, GUARD_TABLE,
 GUARD_WATCH, FIRST_LAW) = range(21)
AT_ARRIVAL, AT_TAKE_UP, AT_ACTION, AT_ISSUE, AT_PROOF, AT_END, CLIENT_HEARS = range(7)
"""Moments, in the order of :data:`sim.world.moments.MOMENTS`."""
GUARD_WIDTH = FIRST_LAW + 7
CHALLENGE_CODE = 600
"""Added to the number of a guard: what stands as the status of its challenges."""

# Attempts that wait equally long.
WAIT_NS, FIRST_IN_ROW, LAST_IN_ROW, SCHEDULED, SCHEDULED_NS = range(5)
TIMEOUTS_WIDTH = 5

# A class of clients.
(CLASS_INDEX, POPULATION, PICKS, FIRST_ADDRESS, ADDRESSES_PER, FIRST_NUMBER, DEADLINE_NS, SKEW, HOLDS, SIDES, ARRIVALS, STARTS,
 RATES, COUNTS, RATE_STEPS, TIMES, THINK, MOST_ARRIVALS, CLASS_METER, COUNT, LAST_NS, AT_ONCE, VISITS, MEMBERS, PLACE_OF,
 TRACE_CLASS, IS_ATTACK, HASH_RATE, RESTARTS, OWN_LINKS) = range(30)
"""OWN_LINKS: by step, the links of its message and of a refusal back; 0 if they are those of the steps."""
# ... and of an attack, whose messages are sessions of a class of its own, also:
(STRIKES, UNTIL, SIGNATURE, DELAY_NS, CAPTURED_SHARE, PROVIDED, OWN_ROWS, HAS_ROWS, FIRST_CAPTURED, LAST_CAPTURED,
 LATEST_CAPTURED, PLAYER, FIRST_HONEST, PREFIXES, FIRST_PREFIX, ANSWERS_CHALLENGES, POOLED, POOL_FREE_NS,
 UNKNOWN, SPOOFED, BOTS, DODGES, DODGED, FROM_NS, TOLD_NS, KEYS, SOCKETS, DRIP_NS, HELD_SOCKETS) = range(30, 59)
CLASS_WIDTH = 59
# How often the clients of a class start anew: the draw, what they forget, and in a member: how many starts were drawn, the next.
EVERY, FORGETS, FORGETS_KEYS, IN_MEMBER = range(4)
DRAWN_STARTS, NEXT_START_NS = range(2)
RESTART_STATE = 2
PICKS_NEW, PICKS_RANDOM, PICKS_ROUND_ROBIN = range(3)
POISSON, CONSTANT_RATE, AT_TIMES, CLOSED, RAMP, EVEN_RAMP = range(6)

# What somebody holds: until when, and the row that a server keeps of it; a server also whether it keeps a row itself.
UNTIL_NS, ROW, KEPT = range(3)
CLIENT_SLOT, SERVER_SLOT = 2, 3
"""Widths of a slot."""
AT_SERVER = 1 << 20
"""Set in the number of a slot that stands in the session, among what servers know of it, and not in a member."""

# Outcomes in the trace; from FIRST_WAY on the ways out of decisions.
(DELIVERED, LOST, REFUSED, DROPPED, EXPIRED, IS_DONE, IN_FLIGHT, COMPLETED, TIMED_OUT, GAVE_UP, ENDED, ENTERED,
 SKIPPED) = range(13)
OUTCOME_NAMES = ("delivered", "lost", "refused", "dropped", "expired", "done", "in_flight", "completed", "timed_out", "gave_up",
                 "ended", "entered", "skipped")
FIRST_WAY = 13

# Reasons that every plan has, by number.
BY_QUEUE, BY_LINK, BY_TIMEOUT, BY_DEADLINE, BY_BUDGET = range(5)
REASONS = ("queue", "link", "timeout", "deadline", "retry_budget", "credentials", "timestamp", "consumer_key", "signature", "nonce",
           "throttle", "breaker", "outage", "connections", "header_timeout")
(BY_CREDENTIALS, BY_TIMESTAMP, BY_KEY, BY_SIGNATURE, BY_NONCE, BY_THROTTLE, BY_BREAKER, BY_OUTAGE, BY_CONNECTIONS,
 BY_HEADER_TIMEOUT) = range(5, 15)
