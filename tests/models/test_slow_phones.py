"""A class of slow phones among the honest: its own access to the network, slow work, a small hash rate."""

from functools import cache
from pathlib import Path

import pytest
from engines_agree import difference

import sim
from sim.language.faults import Faults
from sim.scenario.spell import spelled_out

ROOT = Path(__file__).parents[2]
PHONES = {"share": "50 %", "hash_rate": "20000 /s", "network": {"latency": "300 ms", "loss": "2 %"}, "work": {}}
SCENARIO = {
    "scenario": "Phones", "model": "protectserve/step1", "duration": "60 s", "network": {"default": {"latency": "20 ms", "transport": "tcp"}},
    "actors": {"consumer": {"population": 200, "arrivals": "8 /s", "timeout": "10 s", "classes": {"laptop": {"share": "50 %"}, "phone": PHONES}},
               "service_provider": {}, "authorization_manager": {"servers": 2, "work": {"allocate_consumer_key": {"exponential": "10 ms"}}}}}


def delays(run, name):
    """How long the messages of a class were on their way, in ms."""
    return {(record["received_ns"] - record["sent_ns"]) / 1e6 for record in run.trace.records()
            if record["class"] == name and record["kind"] == "message" and record["received_ns"] is not None and record["message"] != "need_access"}


def test_a_class_has_its_own_access_and_nobody_else_has_it():
    run = sim.run(SCENARIO, set={"actors.consumer.classes.phone.network": {"latency": "300 ms"}})
    assert delays(run, "laptop") == {20, 60}  # on a new connection after its round trip
    assert delays(run, "phone") == {300, 900}


def test_its_loss_shows_as_retransmissions_and_the_others_draws_stay():
    run, other = sim.run(SCENARIO), sim.run(SCENARIO, set={"actors.consumer.classes.phone.network": {"latency": "10 ms"}})
    assert max(delays(run, "phone")) >= 1300
    mine, theirs = ([(record["message"], record["sent_ns"], record["received_ns"]) for record in each.trace.records() if record["class"] == "laptop"]
                    for each in (run, other))
    assert delays(run, "laptop") == {20, 60}
    assert [one[0] for one in mine[:50]] == [one[0] for one in theirs[:50]]
    starts = [[record["sent_ns"] for record in each.trace.records() if record["message"] == "session"] for each in (run, other)]
    assert starts[0] == starts[1]


@pytest.mark.parametrize("network", [{"latency": {"exponential": "80 ms"}}, {"loss": "5 %"}, {"keep_alive": "0 s", "latency": "40 ms"}], ids=str)
@pytest.mark.parametrize("transport", ["datagram", "tls"])
def test_both_engines_mean_the_same(network, transport):
    plan = sim.load(SCENARIO).set({"actors.consumer.classes.phone.network": network, "network.default.transport": transport, "duration": "20 s"}).plan()
    assert difference(plan, plain=True) is None


def test_what_the_actor_says_holds_for_its_classes_and_is_added_to(tmp_path):
    changes = {"actors.consumer.network": {"latency": "50 ms", "keep_alive": "0 s"}, "actors.consumer.classes.phone.network": {"latency": "300 ms"}}
    run = sim.run(SCENARIO, set=changes)
    assert delays(run, "laptop") == {50, 150}
    assert delays(run, "phone") == {300, 900}
    written = tmp_path / "again.yaml"
    written.write_text(spelled_out(run.scenario))
    assert "network: {latency: 300 ms, keep_alive: 0 s}" in written.read_text()
    again = sim.run(written)
    assert list(again.trace.records()) == list(run.trace.records())


def test_a_class_that_loses_messages_needs_a_timeout():
    with pytest.raises(Faults, match="a call to 'service_provider' would never end: messages may be lost"):
        sim.load(SCENARIO).set({"actors.consumer.timeout": "none"})


def test_what_an_access_cannot_have_is_a_fault():
    with pytest.raises(Faults, match=r"classes\.phone\.network\.transport"):
        sim.load(SCENARIO).set({"actors.consumer.classes.phone.network": {"transport": "tcp"}})


# --- what scenarios/slow_phones.yaml answers --------------------------------------------------------------------------


@cache
def answer(bits, seed=7, slower=1.0):
    """By class: success, and the median of the response times in s."""
    work = {"parse": f"{0.1 * slower} ms", "allocate_consumer_key": {"exponential": f"{4 * slower} ms"}, "verify_signature": f"{0.1 * slower} ms"}
    puzzle = [{"client_puzzle": {"message": "request_consumer_key", "bits": bits}}] if bits else []
    run = sim.load(ROOT / "scenarios/slow_phones.yaml").set({
        "mitigations.authorization_manager": puzzle, "actors.authorization_manager.work": work}).run(seed=seed, engine="compiled", trace=False)
    return {name: (each["success_ratio"], each["response_time_s"]["p50"]) for name, each in run.metrics["classes"].items()}


@pytest.mark.parametrize(("seed", "slower"), [(7, 1), (8, 1), (9, 1), (10, 1), (11, 1), (7, 0.5), (7, 2)])
def test_a_puzzle_is_paid_for_by_phones(seed, slower):
    with_, without = answer(18, seed, slower), answer(0, seed, slower)
    assert with_["laptop"][0] > 0.99
    assert with_["phone"][0] < 0.85
    assert without["phone"][0] > 0.99
    assert with_["phone"][1] - without["phone"][1] > 10 * (with_["laptop"][1] - without["laptop"][1]) > 1


def test_where_it_flips():
    assert answer(16)["phone"][0] > 0.95
    assert answer(16)["phone"][1] > 2 * answer(0)["phone"][1]
    assert answer(12)["phone"][0] > 0.99
    assert answer(12)["phone"][1] < 1.5 * answer(0)["phone"][1]
