"""Each mitigation on a calm day and under a flood: it costs what it states, changes something, and moves no draw but its own.

Every one that ships has its line in `FLOODED`; a new one without a line is a failure here.
"""

from collections import Counter, defaultdict
from pathlib import Path

import pytest

import sim
from sim.measure.statistics import confidence_interval
from sim.mitigations.framework import common, registry
from sim.trace.records import HTTP

FLOOD = sim.load(Path(__file__).parents[2] / "scenarios/key_flood.yaml")
MANAGER = "authorization_manager"
LATENCY_S = 0.035
PARSE_S = 0.0001
CALM = {
    "attacks": [], "trace": "all", "duration": "10 min", "warm_up": "0 s", "actors.consumer.picks": "new",
    "actors.consumer.holds": [{"share": "30 %", "items": ["consumer_key"]}],
    "actors.consumer.arrivals": {"steps": [{"from": "0 s", "rate": "90 /s"}, {"from": "100 s", "rate": "0 /s"}]},
    "network.default": {"latency": "20 ms", "transport": "datagram"}, f"network.consumer <-> {MANAGER}": {"latency": "35 ms"},
    "actors.consumer.timeout": "5 min", "actors.consumer.deadline": "9 min", "actors.consumer.classes": {"laptop": {"share": "100 %"}},
    f"actors.{MANAGER}.servers": 100, f"actors.{MANAGER}.work.allocate_consumer_key": "1 ms",
}
"""Nobody waits for anybody, delays are constant, and all come to their end: what a mitigation takes is the difference of two times."""
KEYS = "request_consumer_key"
FLOODED = {
    "adaptive_puzzle": {"interval": "10 s", "message": KEYS},
    "address_cookie": {"message": KEYS},
    "bloom_filter": {"bits": 1000},
    "bulkhead": {"most": 2, "message": KEYS},
    "check_order": {"signature": "0.2 ms"},
    "client_puzzle": {"message": KEYS},
    "codel": {},
    "deduplication": {"per": "address"},
    "drop_expired": {"after": "3 s"},
    "gradient2": {},
    "human_confirmation": {"median": "1 s", "p95": "2 s", "message": KEYS},
    "initial_access_token": {"message": KEYS},
    "key_expiry": {"never_used": "10 s"},
    "leaky_bucket": {"rate": "12 /min", "burst": 2, "undelayed": 2, "message": KEYS},
    "negative_cache": {},
    "nonce_store": {"lookup": "0.2 ms"},
    "pending_cap": {"most": 300, "message": KEYS},
    "sliding_window": {"limit": 12, "message": KEYS},
    "stateless_keys": {},
    "table_cap": {"capacity": 3000, "message": KEYS},
    "token_bucket": {"rate": "12 /min", "burst": 3, "message": KEYS},
}
"""Of each, what it is told under the flood."""
ATTACKED = {"negative_cache": {"attacks.flood.sends": "request_access_token", "attacks.flood.signature": "unknown_key"}}
"""Where the flood has to be another one."""
CALMLY = {"nonce_store": {"lookup": "0.5 ms"}, "human_confirmation": {"message": KEYS}, "leaky_bucket": {"rate": "10 /s", "burst": 20, "undelayed": 20}}
"""On a calm day, where that differs from the defaults: people are asked once; without a burst, nginx refuses an honest client's second
request within 100 ms."""


def played(changes, name=None, given=None):
    listed = [] if name is None else [{name: given}]
    run = FLOOD.set({**changes, f"mitigations.{MANAGER}": listed}).run(engine="compiled")
    return run, list(run.trace.records())


def station(run):
    return run.metrics["stations"][MANAGER]


def on_a_calm_day(name):
    """Of a mitigation: its shipped defaults, and what a scenario must say as in the examples."""
    return CALMLY.get(name) or {each.name: each.example for each in common.all_parameters(registry.find(name)) if each.is_required}


@pytest.fixture(scope="module")
def calm():
    """The calm day without any mitigation."""
    return played(CALM)


@pytest.mark.parametrize("name", registry.shipped())
def test_it_costs_what_it_states_on_a_calm_day(calm, name):
    (bare, before), (run, after) = calm, played(CALM, name, on_a_calm_day(name))
    declared = registry.find(name)
    mitigation = run.scenario.mitigations[MANAGER][0]
    cost = declared.cost.at(mitigation.values)
    meets = [each["received_ns"] is not None and is_met(each, mitigation) for each in before]
    requests = Counter(each["session"] for each, met in zip(before, meets, strict=True) if met)
    assert requests.total() > 1000 or not declared.is_about_requests
    assert run.metrics["honest"]["false_refusals"] == pytest.approx(cost["refused"] * requests.total(), rel=0.02)
    assert_server_time(bare, run, before, cost, mitigation, requests.total())
    assert_response_times(before, after, cost, mitigation, requests)
    column = "key" if declared.per == "claimed_key" else "address"
    identities = {each[column] for each, met in zip(before, meets, strict=True) if met} - {None}
    if declared.per == "metadata":  # those who are given keys
        identities = {each["receiver"] for each in before if each["message"] == "consumer_key"}
    assert station(run)["memory_peak_bytes"].get(name, 0) == cost["fixed_bytes"] + cost["row_bytes"] * len(identities)


def is_met(record, mitigation):
    """Whether a record of the calm day is a request that a mitigation is about."""
    return (record["kind"] == "message" and record["receiver"].startswith(MANAGER) and record["attempt"] > 0
            and mitigation.declared.is_about_requests and record["message"] in (mitigation.values["message"] or [record["message"]]))


def work_s(run):
    """All the work of the servers, in s."""
    found = station(run)
    return found["utilisation"] * run.scenario.actors[MANAGER].servers * run.scenario.duration_ns * 1e-9


def action_differences_s(before, cost, mitigation):
    """By session: by how much longer those of its actions take that a mitigation is about."""
    found = defaultdict(float)
    kinds = {"signature": "verify_signature", "allocation": "allocate_consumer_key"}
    for each in before:
        if kinds.get(mitigation.declared.actions) == each["message"] and each["finished_ns"] is not None:
            if cost["instead_s"] is not None:
                found[each["session"]] += cost["instead_s"] - (each["finished_ns"] - each["started_ns"]) * 1e-9
            found[each["session"]] += cost["added_s"]
    return found


def assert_server_time(bare, run, before, cost, mitigation, requests):
    work = mitigation.values.get("work", 0) * 1e-9 if "at_take_up" in mitigation.declared.laws else 0.0
    each_s = work + cost["round_trips"] * (PARSE_S + work)
    expected = requests * each_s + sum(action_differences_s(before, cost, mitigation).values())
    assert work_s(run) - work_s(bare) == pytest.approx(expected, abs=0.5 * PARSE_S + 1e-3 * abs(expected))


def assert_response_times(before, after, cost, mitigation, requests):
    """Of each session: the difference of its times is that of its requests and actions; the client's own time in the mean."""
    spans = [{each["session"]: (each["finished_ns"] - each["sent_ns"]) * 1e-9 for each in records
              if each["kind"] == "session" and each["outcome"] == "completed"} for records in (before, after)]
    both = spans[0].keys() & spans[1].keys()
    assert len(both) > 1000
    own = action_differences_s(before, cost, mitigation)
    rests = {who: spans[1][who] - spans[0][who] - own[who] - requests[who] * cost["round_trips"] * (2 * LATENCY_S + PARSE_S) for who in both}
    if not cost["client_s"]:
        assert max(map(abs, rests.values())) < 2e-9
        return
    each = confidence_interval([rest / requests[who] for who, rest in rests.items() if requests[who]])
    assert cost["client_s"] in each
    assert each.relative_half_width < 0.02


# --- under the flood ----------------------------------------------------------------------------------------------------

DRAWN = {"trace": "all", "duration": "90 s", "warm_up": "10 s", "attacks.flood.during": ["30 s", "65 s"], "network.default.transport": "datagram"}
"""Datagrams: no connections that are kept or opened, so that a delay is one draw."""


def test_every_one_that_ships_has_its_line():
    assert sorted(FLOODED) == list(registry.shipped()), "FLOODED says what each is told under the flood"


@pytest.fixture(scope="module")
def flood():
    """The records of the flood without any mitigation."""
    return played(DRAWN)[1]


@pytest.fixture(scope="module")
def other_floods():
    """The same where the flood has to be another one, by mitigation."""
    return {name: played({**DRAWN, **changes})[1] for name, changes in ATTACKED.items()}


@pytest.mark.parametrize("name", registry.shipped())
def test_under_the_flood_it_changes_something_and_no_draw_of_anything_else(flood, other_floods, name):
    """Who comes and when, the delays and the work of whatever both runs have are the same, number for number."""
    before = other_floods.get(name, flood)
    after = played({**DRAWN, **ATTACKED.get(name, {})}, name, FLOODED[name])[1]
    assert [tuple(each.values())[:HTTP] for each in after] != [tuple(each.values())[:HTTP] for each in before]
    in_place_of_the_allocation = registry.find(name).actions == "allocation"
    for what, (mine, other) in zip(("arrivals", "delays", "work"), zip(drawn(before), drawn(after), strict=True), strict=True):
        both = mine.keys() & other.keys()
        if what == "work" and in_place_of_the_allocation:
            continue
        assert len(both) > 250, what
        assert {who for who in both if mine[who] != other[who]} == set(), what
        assert what != "arrivals" or mine.keys() == other.keys()


def drawn(records):
    """When each session began; by address of the draw: how long each message was under way, and each allocation took."""
    arrivals, delays, work = {}, {}, {}
    for each in records:
        who = tuple(each[key] for key in ("class", "session", "message", "iteration", "attempt"))
        if each["kind"] == "session":
            arrivals[who] = each["sent_ns"], each["sender"], each["address"]
        elif each["kind"] == "message" and each["received_ns"] is not None and "!" not in each["message"]:
            delays.setdefault(who, each["received_ns"] - each["sent_ns"])  # (the answer to a challenge bears the same name)
        elif each["message"] == "allocate_consumer_key" and each["finished_ns"] is not None:
            work[who] = each["finished_ns"] - each["started_ns"]
    return arrivals, delays, work
