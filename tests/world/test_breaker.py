"""A circuit breaker: when it opens, what probes, and when it closes."""

import pytest

from sim.world.breaker import IS_OPEN, PASSES, PROBES, SHUT, permission, probe, state, verdict

S = 10**9
HYSTRIX = {"each_ns": S, "calls": 20, "failures": 0.5}
RESILIENCE4J = {"each_ns": 0, "calls": 100, "failures": 0.5}


def asked(ints, now_ns, open_for_ns=5 * S):
    """What becomes of a request; one that may probe does."""
    found = permission(ints, now_ns, open_for_ns)
    if found == PROBES:
        probe(ints, now_ns)
    return found


def made(each_ns, calls, failures):
    ints = [0] * state(each_ns, calls)

    def tell(now_ns, failed, is_probe=0):
        verdict(ints, now_ns, each_ns, calls, failures, failed, is_probe)
        return ints[IS_OPEN]

    return ints, tell


@pytest.mark.parametrize(("numbers", "opens_at"), [(HYSTRIX, 20), (RESILIENCE4J, 100)])
def test_it_opens_at_half_of_enough_calls(numbers, opens_at):
    _, tell = made(**numbers)
    assert [tell(0, k % 2) for k in range(opens_at)] == [0] * (opens_at - 1) + [1]


def test_a_share_that_no_float_is_opens_too():
    """30 % of ten is three, though 0.3 times 10 is not."""
    _, tell = made(0, 10, 0.1 + 0.2)
    assert [tell(0, 1 if k < 3 else 0) for k in range(10)][-1] == 1


def test_what_left_the_window_does_not_count():
    _, tell = made(**HYSTRIX)
    assert [tell(0, 1) for _ in range(19)] == [0] * 19
    assert tell(10 * S, 1) == 0
    assert [tell(10 * S, 1) for _ in range(19)][-2:] == [0, 1]


def test_the_oldest_of_the_last_calls_goes_first():
    _, tell = made(0, 4, 0.5)
    assert [tell(0, failed) for failed in (1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1)] == [0] * 11 + [1]


def test_one_probe_gets_through_and_decides():
    ints, tell = made(0, 2, 0.5)
    assert [asked(ints, 0), tell(0, 1), tell(0, 1)] == [PASSES, 0, 1]
    assert [asked(ints, now) for now in (0, 5 * S - 1, 5 * S, 5 * S)] == [SHUT, SHUT, PROBES, SHUT]
    assert tell(6 * S, 1, is_probe=1) == 1
    assert [asked(ints, now) for now in (11 * S - 1, 11 * S)] == [SHUT, PROBES]
    assert tell(12 * S, 0) == 1, "what was sent before it opened changes nothing"
    assert tell(12 * S, 0, is_probe=1) == 0
    assert asked(ints, 12 * S) == PASSES
    assert ints == [0, 11 * S] + [0] * 5, "it counts anew"


def test_a_probe_of_which_nothing_is_heard_is_given_up():
    ints, tell = made(0, 1, 0.5)
    tell(0, 1)
    assert [asked(ints, now * S) for now in (5, 9, 10)] == [PROBES, SHUT, PROBES]
