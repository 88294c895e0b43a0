"""The accounts of every run balance: for what ships, and for diagrams and scenarios that nobody would write.

The audit of every run (`conftest.audit_run`): its own checks, the same from its trace by other code, fates that are told
consistently, answers that were asked for. Here also: no address of chance is used twice.
"""

from typing import Any

import pytest
from hypothesis import Phase, given, note, settings
from made_up import MADE_UP, worlds

import sim

SHORT = {
    "step1": {},
    "step1_repeat": {},
    "step1_load": {"duration": "15 s", "warm_up": "2 s"},
    "access": {"duration": "20 s"},
    "device": {"duration": "60 s", "warm_up": "10 s"},
    "mm1": {"duration": "500 s", "warm_up": "50 s"},
    "key_flood": {"duration": "20 s", "warm_up": "2 s", "trace": "all", "attacks.flood.during": ["5 s", "15 s"]},
}
HARD = {
    "step1_load": {"network": {"default": {"latency": {"exponential": "50 ms"}, "loss": "10 %", "transport": "tcp"}},
                   "actors.authorization_manager.queue": {"capacity": 1}, "actors.authorization_manager.servers": 1,
                   "actors.authorization_manager.work": {"parse": "10 ms", "allocate_consumer_key": {"exponential": "40 ms"}},
                   "actors.consumer.timeout": "300 ms", "actors.consumer.deadline": "2 s"},
    "access": {"network": {"default": {"latency": {"exponential": "50 ms"}, "loss": "10 %", "transport": "datagram"}},
               "actors.authorization_manager.queue": {"capacity": 0}, "actors.authorization_manager.servers": 1,
               "actors.user_agent.work": {"read_consent_page": "1 s"},
               "actors.service_provider.timeout": "60 ms", "actors.service_provider.retry": {"attempts": 3},
               "actors.service_provider.holds_server": True},
    "device": {"network": {"default": {"latency": {"exponential": "50 ms"}, "loss": "10 %", "transport": "datagram"}},
               "actors.authorization_server.servers": 1, "actors.authorization_server.queue": {"capacity": 1, "order": "lifo"},
               "actors.authorization_server.work": {"parse": "30 ms", "make_codes": {"exponential": "400 ms"}},
               "actors.user.timeout": "300 ms", "actors.device.timeout": "300 ms"},
    "key_flood": {"attacks.flood.timeout": "1 s", "actors.authorization_manager.queue": {"capacity": 300, "order": "lifo", "full": "drop"},
                  "network": {"default": {"latency": {"exponential": "50 ms"}, "loss": "10 %", "transport": "datagram"}}},
}


@pytest.mark.parametrize("name", SHORT)
def test_what_ships(audit, name):
    records = audit(sim.run(f"{name}.yaml", set=SHORT[name]))
    assert len(records) > 10


@pytest.mark.parametrize("name", HARD)
def test_what_ships_in_hard_times(audit, addresses, name):
    with addresses() as used:
        run = sim.run(f"{name}.yaml", set={**SHORT[name], **HARD[name]})
    audit(run)
    assert [address for address, count in used.items() if count > 1] == []
    sessions = run.metrics["sessions"]
    assert sessions["completed"] > 0
    assert sessions["timed_out"] + sessions["refused"] + sessions["gave_up"] > 0


def test_what_ships_without_payloads_and_under_other_seeds(audit):
    for name in SHORT:
        for seed in (11, 12):
            audit(sim.run(f"{name}.yaml", set=SHORT[name], seed=seed, payloads=seed == 11))


def test_a_run_that_is_stopped_is_closed_where_it_stopped(audit):
    def stop(share: float) -> None:
        if share >= 0.5:
            raise KeyboardInterrupt

    run = sim.run("mm1.yaml", set=SHORT["mm1"], progress=stop)
    assert run.info["stopped_at_s"] == pytest.approx(250, rel=0.01)
    assert all(run.metrics["checks"].values())
    assert run.metrics["sessions"]["in_flight"] >= 0
    assert max(record["sent_ns"] for record in run.trace.records()) <= run.info["stopped_at_s"] * 1e9


def check_made_up(play: Any, addresses: Any, world: tuple[str, dict[str, Any]]) -> None:
    diagram, scenario = world
    note(f"{diagram}\n{scenario}")
    with addresses() as used:
        played = play(diagram, scenario)
    assert [address for address, count in used.items() if count > 1] == []
    again = sim.run(played.given, trace=False)
    assert again.metrics == played.run.metrics
    for station in played.metrics["stations"].values():
        for share in (station["utilisation"], station["utilisation_holding"]):
            assert share is None or 0 <= share <= 1


@settings(MADE_UP, max_examples=100)
@given(world=worlds())
def test_made_up_diagrams_and_scenarios(play, addresses, world):
    check_made_up(play, addresses, world)


@pytest.mark.long
@settings(MADE_UP, max_examples=4000, phases=list(Phase))
@given(world=worlds())
def test_many_made_up_diagrams_and_scenarios(play, addresses, world):
    check_made_up(play, addresses, world)
