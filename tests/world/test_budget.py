"""A retry budget: a share of the calls, a burst, and what time brings."""

from sim.world.budget import budget, refill, withdraw

S = 10**9


def test_at_first_it_is_full():
    blocks = budget(3.0)
    assert [withdraw(*blocks, 0, 0.0, 3.0) for _ in range(5)] == [1, 1, 1, 0, 0]


def test_ten_calls_at_ten_per_cent_pay_for_one_retry():
    blocks = budget(1.0)
    assert withdraw(*blocks, 0, 0.0, 1.0) == 1
    for _ in range(9):
        refill(*blocks, 0, 0.0, 1.0, 0.1)
    assert withdraw(*blocks, 0, 0.0, 1.0) == 0
    refill(*blocks, 0, 0.0, 1.0, 0.1)
    assert withdraw(*blocks, 0, 0.0, 1.0) == 1


def test_time_brings_the_minimum_and_never_more_than_the_burst():
    blocks = budget(2.0)
    assert [withdraw(*blocks, 0, 10.0, 2.0) for _ in range(3)] == [1, 1, 0]
    assert [withdraw(*blocks, S // 10, 10.0, 2.0) for _ in range(2)] == [1, 0]
    assert [withdraw(*blocks, 100 * S, 10.0, 2.0) for _ in range(3)] == [1, 1, 0]
