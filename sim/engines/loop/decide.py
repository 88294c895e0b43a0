"""Deciding at fragments: which way out of an opt, an alt or a loop is taken (the rules of :mod:`sim.engines.decider`)."""

from sim.engines.loop.facts import any_server_holds, holds
from sim.engines.loop.memory import (
    AT,
    C0,
    C1,
    CALLED_AT_MOST,
    CONTEXT,
    ENTERED_TIMES,
    FREE_JUMP,
    FREE_LOOPS,
    IS_IN,
    ITERATION,
    JUMP_PATH,
    JUMP_WIDTH,
    JUMPED_AT_MOST,
    JUMPS,
    LOOP_CELLS,
    LOOPS,
    NEXT_JUMP,
    NOW_NS,
    PASS,
    PATH,
    SESSION_HEAD,
    V_SESSION,
    WORK_NS,
    take,
)
from sim.engines.loop.record import OF_FRAGMENT, note_step
from sim.plan import cells as c
from sim.world.chance import AddressOverflow, uniform

ALWAYS, HOLDS, CHANCE = 0, 1, 2
WHILE = 1
MOST = 1 << 20


def iteration_of(m: list[int], context: int, step: int) -> int:
    """The number of the pass of the loop around a step, or how often it was jumped to."""
    loop = m[step + c.LOOP]
    if loop >= 0 and m[context + LOOPS] != 0:
        state = m[context + LOOPS] + LOOP_CELLS * loop
        if m[state + IS_IN] == 1:
            return m[state + PASS]
    return m[context + ITERATION]


def loop_state(m: list[int], context: int, loop: int) -> int:
    """Where a loop of a context stands; made when it is first asked for."""
    if m[context + LOOPS] == 0:
        block = take(m, FREE_LOOPS, LOOP_CELLS * m[c.N_LOOPS])
        for k in range(block, block + LOOP_CELLS * m[c.N_LOOPS]):
            m[k] = 0
        m[context + LOOPS] = block
    return m[context + LOOPS] + LOOP_CELLS * loop


def note_fragment(m: list[int], r: list[int], visit: int, step: int, iteration: int, outcome: int) -> None:
    """A decision, in the trace."""
    at_ns = m[NOW_NS] + m[visit + WORK_NS]
    note_step(
        m, r, m[visit + V_SESSION], m[visit + CONTEXT], step, m[visit + AT], iteration, OF_FRAGMENT, at_ns, at_ns, outcome, -1
    )


def guard_holds(m: list[int], session: int, way: int) -> bool:
    """Whether a guard about facts holds now."""
    if m[way + c.WAY_SUBJECT] >= 0:
        held = holds(m, session, m[way + c.WAY_SUBJECT], m[way + c.WAY_FACT])
    else:
        held = any_server_holds(m, session, m[way + c.WAY_FACT])
    return held != (m[way + c.WAY_LACKS] == 1)


def draw_guard(m: list[int], visit: int, step: int, iteration: int) -> float:
    """The one draw that the chances of a fragment share."""
    session = m[visit + V_SESSION]
    return uniform(
        m[c.S_GUARD],
        m[c.S_GUARD + 1],
        m[session + C0],
        m[session + C1],
        m[step + c.NODE] << 20 | iteration,
        m[m[visit + CONTEXT] + PATH] << 12,
        0,
    )


def decide(m: list[int], x: list[float], r: list[int], visit: int, step: int) -> int:
    """Take a way out of an opt or an alt."""
    context = m[visit + CONTEXT]
    iteration = m[context + ITERATION] if m[step + c.LOOP] < 0 else iteration_of(m, context, step)
    drawn = -1.0
    ways = m[step + c.WAYS]
    for k in range(m[ways]):
        way = ways + 1 + c.WAY_WIDTH * k
        if m[way + c.WAY_KIND] == CHANCE:
            if drawn < 0.0:
                drawn = draw_guard(m, visit, step, iteration)
            taken = drawn < x[m[way + c.WAY_UP_TO]]
        else:
            taken = m[way + c.WAY_KIND] != HOLDS or guard_holds(m, m[visit + V_SESSION], way)
        if taken:
            note_fragment(m, r, visit, step, iteration, m[way + c.WAY_CODE])
            return m[way + c.WAY_TARGET]
    note_fragment(m, r, visit, step, iteration, c.SKIPPED)
    return m[step + c.NEXT]


def decide_loop(m: list[int], x: list[float], r: list[int], visit: int, step: int) -> int:
    """Make another pass, or leave the loop."""
    session, loop = m[visit + V_SESSION], m[step + c.LOOP_NUMBER]
    state = loop_state(m, m[visit + CONTEXT], loop)
    m[state + IS_IN] = 1
    passes = session + SESSION_HEAD + loop
    way = m[step + c.WAYS] + 1
    leaves, entered = m[step + c.LEAVES], m[state + ENTERED_TIMES]
    again = True
    if entered >= m[step + c.MAXIMUM]:
        again = False
    elif leaves == WHILE or (entered > 0 and m[way + c.WAY_KIND] != ALWAYS):
        if m[way + c.WAY_KIND] == CHANCE:  # `until` asks about the pass that is over, `while` about the next one
            number = m[passes] if leaves == WHILE else m[state + PASS]
            if number >= MOST:
                raise AddressOverflow("iteration", number, MOST)
            held = draw_guard(m, visit, step, number) < x[m[way + c.WAY_UP_TO]]
        else:
            held = m[way + c.WAY_KIND] != HOLDS or guard_holds(m, session, way)
        again = held if leaves == WHILE else not held
    if again:
        begin_pass(m, session, loop, state)
        m[state + ENTERED_TIMES] += 1
        note_fragment(m, r, visit, step, m[state + PASS], c.ENTERED)
        return m[way + c.WAY_TARGET]
    number = m[passes]
    if entered == 0:
        note_fragment(m, r, visit, step, number, c.SKIPPED)
    if leaves == WHILE:
        m[passes] = number + 1  # this decision had its draw: the next one has another
    m[state + ENTERED_TIMES] = 0
    return m[step + c.NEXT]


def begin_pass(m: list[int], session: int, loop: int, state: int) -> None:
    """Begin a pass of a loop, under a number of its own in the session."""
    number = m[session + SESSION_HEAD + loop]
    if number >= MOST:
        raise AddressOverflow("iteration", number, MOST)
    m[state + PASS] = number
    m[session + SESSION_HEAD + loop] = number + 1


def jump_of(m: list[int], session: int, path: int) -> int:
    """How far a path of a session has been called and jumped in."""
    jump = m[session + JUMPS]
    while jump != 0:
        if m[jump + JUMP_PATH] == path:
            return jump
        jump = m[jump + NEXT_JUMP]
    jump = take(m, FREE_JUMP, JUMP_WIDTH)
    m[jump + NEXT_JUMP] = m[session + JUMPS]
    m[jump + JUMP_PATH] = path
    m[jump + CALLED_AT_MOST] = 0
    m[jump + JUMPED_AT_MOST] = -1
    m[session + JUMPS] = jump
    return jump


def take_next_iteration(m: list[int], session: int, context: int) -> None:
    """Let a context go on in an iteration in which nobody was before: what a jump does."""
    jump = jump_of(m, session, m[context + PATH])
    number = max(m[context + ITERATION], m[jump + CALLED_AT_MOST], m[jump + JUMPED_AT_MOST], 0) + 1
    if number >= MOST:
        raise AddressOverflow("iteration", number, MOST)
    m[context + ITERATION] = number
    m[jump + JUMPED_AT_MOST] = number


def way_to(m: list[int], fragment: int, target: int) -> int:
    """How a jump to a step enters a fragment around it, as an outcome."""
    ways = m[fragment + c.WAYS]
    best = code = -1
    for k in range(m[ways]):
        way = ways + 1 + c.WAY_WIDTH * k
        if best < m[way + c.WAY_TARGET_INDEX] <= m[target + c.INDEX]:
            best, code = m[way + c.WAY_TARGET_INDEX], m[way + c.WAY_CODE]
    return code


def is_around(m: list[int], fragment: int, step: int) -> bool:
    """Whether a decision is around a step."""
    around = m[step + c.FRAGMENTS]
    if around != 0:
        for k in range(around + 1, around + 1 + m[around]):
            if m[k] == fragment:
                return True
    return False


def enter(m: list[int], r: list[int], visit: int, step: int, target: int) -> None:
    """Go from a step to another: out of the fragments around the one, into those around the other."""
    context, session = m[visit + CONTEXT], m[visit + V_SESSION]
    take_next_iteration(m, session, context)
    around = m[step + c.FRAGMENTS]
    if around != 0 and m[context + LOOPS] != 0:
        for k in range(around + 1, around + 1 + m[around]):
            loop = m[m[k] + c.LOOP_NUMBER]
            if loop >= 0 and not is_around(m, m[k], target):
                m[loop_state(m, context, loop) + ENTERED_TIMES] = 0
    anew = False
    into = m[target + c.FRAGMENTS]
    if into == 0:
        return
    for k in range(into + 1, into + 1 + m[into]):
        fragment = m[k]
        iteration = iteration_of(m, context, fragment)
        was_inside = is_around(m, fragment, step)
        way = way_to(m, fragment, target)
        loop = m[fragment + c.LOOP_NUMBER]
        if loop >= 0:
            state = loop_state(m, context, loop)
            if not was_inside or m[state + IS_IN] == 1:  # a pass that begins in its middle
                m[state + IS_IN] = 1
                begin_pass(m, session, loop, state)
                m[state + ENTERED_TIMES] += 0 if was_inside else 1
                iteration = m[state + PASS]
                anew = True
        if anew or not was_inside or way != way_to(m, fragment, step):
            note_fragment(m, r, visit, fragment, iteration, way)
