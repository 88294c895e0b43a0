"""When a server is under load."""

from sim.world.load import IS_ON, observe, watch

MS = 10**6


def test_a_stretch_of_long_waits_begins_it_and_one_of_short_waits_ends_it():
    load, seen = watch(50 * MS, 100 * MS), []
    waits = [(0, 60), (99, 60), (100, 60), (150, 50), (200, 60), (210, 50), (309, 50), (310, 0)]
    for at_ms, waited_ms in waits:
        observe(load, at_ms * MS, waited_ms * MS)
        seen.append(load[IS_ON])
    assert seen == [0, 0, 1, 1, 1, 1, 1, 0]


def test_without_a_stretch_it_follows_each_wait():
    load, seen = watch(0, 0), []
    for at_ms, waited_ms in [(0, 0), (1, 1), (2, 0)]:
        observe(load, at_ms * MS, waited_ms * MS)
        seen.append(load[IS_ON])
    assert seen == [0, 1, 0]
