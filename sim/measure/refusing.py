"""The accumulators of false refusals: requests of honest clients that a mitigation turned away (a full queue is none).

As in :mod:`sim.measure.accumulators`, whose rows of classes and phases hold the columns.
"""

from collections.abc import Callable

from sim.measure.accumulators import (
    CLASS_FALSE_REFUSALS,
    FALSE_CALLS,
    FALSE_REFUSALS,
    FALSE_SESSIONS,
    KNOWN_CALLS,
    KNOWN_REFUSALS,
    KNOWN_SESSIONS,
    PHASES,
    phase_at,
)

NO_CALL = -1
"""The call of a session that no mitigation has refused yet."""


def refuse_falsely(block: list[int], row: int, started_ns: int, is_known: int, last_call: int, call: int) -> None:
    """A mitigation refused a request of an honest session, of the class at ``row``.

    ``is_known``: 1 if its client held something when the session started; ``call``: a number of the call within the
    session; ``last_call``: that of its false refusal before (NO_CALL: there was none). A call counts once for all of
    its attempts that are refused one after the other, a session once.
    """
    block[FALSE_REFUSALS] += 1
    is_new_call = 1 if call != last_call else 0
    is_new_session = 1 if last_call == NO_CALL else 0
    add_refusal(block, row, is_known, is_new_call, is_new_session)
    if block[PHASES] > 0:
        add_refusal(block, phase_at(block, started_ns), is_known, is_new_call, is_new_session)


def add_refusal(block: list[int], row: int, is_known: int, is_new_call: int, is_new_session: int) -> None:
    """The same in one row, of a class or a phase."""
    block[row + CLASS_FALSE_REFUSALS] += 1
    block[row + FALSE_CALLS] += is_new_call
    block[row + FALSE_SESSIONS] += is_new_session
    if is_known == 1:
        block[row + KNOWN_REFUSALS] += 1
        block[row + KNOWN_CALLS] += is_new_call
        block[row + KNOWN_SESSIONS] += is_new_session


LAWS: tuple[Callable[..., None], ...] = (add_refusal, refuse_falsely)
"""Every law of this module, callees before callers."""
