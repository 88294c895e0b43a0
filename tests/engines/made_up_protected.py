"""Scenarios for ProtectServe step 1 whose authorization manager is attacked and protected, made up by hypothesis."""

from typing import Any

from hypothesis import strategies as st

from sim.world.balancing import BALANCE_NAMES
from sim.world.queues import ORDER_NAMES

ONE_OF = (frozenset({"key_expiry", "table_cap"}), frozenset({"bloom_filter", "nonce_store"}), frozenset({"check_order"}))
"""Of these a server has one at most."""
MESSAGE = st.sampled_from(["all", "request_consumer_key", "request_access_token"])
WORK = st.sampled_from(["0 s", "0.3 ms"])
PER = st.sampled_from(["address", "prefix", "claimed_key", "proven_key", "all", "metadata"])
TABLE = st.sampled_from(["unlimited", 1, 3]).map(lambda capacity: {"capacity": capacity})
BUCKET = st.fixed_dictionaries({"rate": st.sampled_from(["1 /s", "5 /s", "1 /h"]), "burst": st.integers(1, 5), "per": PER, "message": MESSAGE,
                                "table": TABLE, "at": st.just("server"), "work": WORK})
SEEN = st.sampled_from(["address", "prefix", "all"])
"""What the edge sees."""
EDGE = st.fixed_dictionaries({"rate": st.just("2 /s"), "per": SEEN, "at": st.just("edge")})


def pending_cap() -> Any:
    return st.fixed_dictionaries({"most": st.integers(1, 6), "lapses_after": st.sampled_from(["100 ms", "1 h"]), "message": MESSAGE}).map(
        lambda given: {"pending_cap": given})


def gradient2() -> Any:
    return st.fixed_dictionaries({"initial": st.integers(1, 3), "least": st.integers(1, 2), "most": st.integers(3, 9), "queue": st.integers(0, 4),
                                  "samples": st.sampled_from([5, 600])}).map(lambda given: {"gradient2": given})


def seen(given: dict[str, Any]) -> dict[str, Any]:
    """At the edge, by what is seen there."""
    return {**given, "per": "address"} if given["at"] == "edge" and given["per"] not in ("address", "prefix", "all") else given


def bulkhead() -> Any:
    return st.fixed_dictionaries({"most": st.integers(1, 3), "per": PER, "table": TABLE, "message": MESSAGE,
                                  "at": st.sampled_from(["edge", "server"])}).map(lambda given: {"bulkhead": seen(given)})


def leaky_bucket() -> Any:
    return st.fixed_dictionaries({"rate": st.sampled_from(["3 /s", "30 /s"]), "burst": st.integers(0, 5), "undelayed": st.integers(0, 5),
                                  "per": SEEN, "table": TABLE, "message": MESSAGE}).map(
        lambda given: {"leaky_bucket": {**given, "undelayed": min(given["undelayed"], given["burst"])}})


def negative_cache() -> Any:
    return st.fixed_dictionaries({"lasts": st.sampled_from(["100 ms", "1 h"]), "per": PER, "table": TABLE, "message": MESSAGE}).map(
        lambda given: {"negative_cache": given})


def initial_access_token() -> Any:
    return st.fixed_dictionaries({"held_by": st.sampled_from(["80 %", "100 %"]), "leaked_to": st.sampled_from(["0 %", "30 %"]), "message": MESSAGE,
                                  "at": st.sampled_from(["edge", "server"])}).map(lambda given: {"initial_access_token": given})


def bloom_filter() -> Any:
    return st.fixed_dictionaries({"bits": st.sampled_from([32, 200, 4000]), "hashes": st.integers(1, 7), "window": st.sampled_from(["100 ms", "10 min"])}).map(
        lambda given: {"bloom_filter": given})


def deduplication() -> Any:
    return st.fixed_dictionaries({"per": st.sampled_from(["metadata", "address"]), "table": TABLE}).map(lambda given: {"deduplication": given})


def check_order() -> Any:
    return st.fixed_dictionaries({"order": st.one_of(st.just(["timestamp", "key", "signature", "nonce"]), st.permutations(["timestamp", "key", "nonce", "signature"])), "signature": WORK, "key": WORK}).map(
        lambda given: {"check_order": given})


def nonce_store() -> Any:
    return st.sampled_from([{"kept": "per_instance"}, {"kept": "replicated", "lag": "300 ms"}, {"kept": "replicated", "lag": "30 ms"}]).map(
        lambda given: {"nonce_store": given})


def table_cap() -> Any:
    return st.fixed_dictionaries({"capacity": st.integers(1, 8), "message": MESSAGE}).map(lambda given: {"table_cap": given})


MITIGATION = st.one_of(
    st.fixed_dictionaries({"never_used": st.sampled_from(["1 ms", "150 ms", "3 s"]), "idle": st.sampled_from(["1 ms", "2 s"]),
                           "message": MESSAGE}).map(lambda given: {"key_expiry": given}),
    st.one_of(BUCKET, EDGE).map(lambda given: {"token_bucket": given}),
    st.fixed_dictionaries({"after": st.sampled_from(["0 s", "5 ms", "1 s"]), "work": WORK}).map(lambda given: {"drop_expired": given}),
    st.just({"stateless_keys": {"work": "0.1 ms"}}),
    st.fixed_dictionaries({"limit": st.integers(1, 5), "window": st.sampled_from(["70 ms", "1 s"]), "per": PER, "message": MESSAGE,
                           "at": st.sampled_from(["edge", "server"])}).map(lambda given: {"sliding_window": seen(given)}),
    st.fixed_dictionaries({"target": st.sampled_from(["1 ms", "20 ms"]), "interval": st.sampled_from(["30 ms", "200 ms"]),
                           "work": WORK}).map(lambda given: {"codel": given}),
    *(strategy() for strategy in (table_cap, pending_cap, gradient2, bulkhead, leaky_bucket, negative_cache, initial_access_token, bloom_filter, deduplication, check_order, nonce_store) for _ in range(3)))  # as often as those of several kinds
WHERE = {"at": st.sampled_from(["edge", "server"]), "message": MESSAGE}
CHALLENGE = st.one_of(
    st.fixed_dictionaries({"bits": st.sampled_from([1, 12, 19]), **WHERE}).map(lambda given: [{"client_puzzle": given}]),
    st.fixed_dictionaries({"interval": st.sampled_from(["30 ms", "200 ms"]), "tries": st.sampled_from([2, 500]), **WHERE}).map(
        lambda given: [{"adaptive_puzzle": given}]),
    st.fixed_dictionaries(WHERE).map(lambda given: [{"address_cookie": given}]),
    st.fixed_dictionaries({"median": st.sampled_from(["1 ms", "80 ms"]), "p95": st.just("200 ms"), "bots_pass": st.sampled_from(["0 %", "50 %"]),
                           "solver": st.just("50 ms"), "most": st.sampled_from([2, 100]), "lapses_after": st.sampled_from(["60 ms", "1 min"]),
                           **WHERE}).map(lambda given: [{"human_confirmation": given}]))
CHALLENGES = frozenset({"client_puzzle", "adaptive_puzzle", "address_cookie", "human_confirmation"})
WHEN = st.sampled_from([None, None, {"queue_wait_over": "0 s", "for": "0 s"}, {"queue_wait_over": "5 ms", "for": "50 ms"}])


def under_load(mitigation: dict[str, Any], when: Any) -> dict[str, Any]:
    """The same, at such times alone."""
    return {name: given if when is None or name in ("check_order", "nonce_store", "stateless_keys") else {**given, "when": when} for name, given in mitigation.items()}


def alone(mitigation: dict[str, Any]) -> object:
    """What of a list there is once."""
    return next((group for group in ONE_OF if group & set(mitigation)), repr(mitigation))


MITIGATIONS = st.builds(
    lambda challenge, others: [*challenge, *others], st.one_of(st.just([]), CHALLENGE, CHALLENGE),
    st.lists(st.builds(under_load, MITIGATION, WHEN), min_size=3, max_size=7, unique_by=alone))
SERVER = st.fixed_dictionaries({
    "servers": st.integers(1, 2), "instances": st.sampled_from([1, 2, 2, 3]), "balance": st.sampled_from(BALANCE_NAMES), "silent": st.booleans(),
    "queue": st.fixed_dictionaries({"order": st.sampled_from([*ORDER_NAMES, "priority", "priority", "adaptive_lifo", "adaptive_lifo", "adaptive_lifo", "effort", "effort"]), "capacity": st.sampled_from([0, 3, "unlimited"]),
                                    "full": st.sampled_from(["refuse", "drop"])}).map(
        lambda given: {**given, "backlog": 1} if given["order"] == "adaptive_lifo" else
        {**given, "capacity": given["capacity"] or 2} if given["order"] == "processor_sharing" else given),
    "work": st.just({"parse": "0.2 ms", "allocate_consumer_key": {"exponential": "40 ms"}, "verify_signature": "30 ms"}),
    "memory": st.just({"consumer_key": "1 KiB", "nonce": "64 B"})})
CLIENT = st.fixed_dictionaries({
    "population": st.integers(2, 40), "picks": st.sampled_from(["new", "random"]), "addresses": st.sampled_from(["own", {"shared_by": 5}]),
    "arrivals": st.sampled_from(["20 /s", "60 /s"]), "expires": st.just({"access_token": "100 ms"}), "timeout": st.just("400 ms"),
    "hash_rate": st.sampled_from(["1000 /s", "1000000 /s"]),
    "classes": st.sampled_from([{"known": {"share": "100 %"}}, {"known": {"share": "100 %"}}, {"known": {"share": "60 %"}, "reflected": {"unknown": ["realm_metadata"]}}]),
    "throttle": st.sampled_from([{"k": 2, "shared": True}, {"k": 1}, "none", "none"]), "breaker": st.sampled_from([{"calls": 5, "shared": True}, {"calls": 2, "window": "none"}, "none", "none"]),
    "retry": st.fixed_dictionaries({"attempts": st.integers(1, 3), "honours_retry_after": st.booleans(), "backoff": st.just({"full_jitter": {"base": "50 ms", "cap": "1 s"}}),
                                    "budget": st.fixed_dictionaries({"burst": st.integers(1, 20), "shared": st.booleans()})})}, optional={
        "restarts": st.just({"every": {"exponential": "300 ms"}, "forgets": ["consumer_key", "access_token"]})}).map(
            lambda given: given if given["picks"] != "new" else {key: value for key, value in given.items() if key != "restarts"})
RATES = st.sampled_from(["30 /s", {"constant": "50 /s"}, {"ramp": {"from": "5 /s", "to": "90 /s"}}, {"ramp": {"from": "90 /s", "to": "0 /s"}, "process": "constant"},
                         {"times": [f"{at} ms" for at in range(100, 900, 17)]}])
SOURCES = st.sampled_from([{"addresses": 3}, {"addresses": 40, "prefixes": 7}, {"among": "consumer"}])
KEY_FLOOD = st.fixed_dictionaries({"sends": st.just("request_consumer_key"), "rate": RATES,
                                   "sources": SOURCES})
SIGNATURE = st.sampled_from(["wrong", "missing", "unknown_key", "valid", {"valid": {"keys": 3}}, {"valid": {"keys": 50}}, {"wrong": {"keys": 7}}, {"replayed": {"delay": "300 ms"}}, {"replayed": {"delay": "1 ms", "captured": "40 %"}}])
TOKEN_FLOODS = st.lists(SIGNATURE, min_size=2, max_size=4, unique_by=repr).flatmap(lambda signatures: st.tuples(*(
    st.fixed_dictionaries({"sends": st.just("request_access_token"), "rate": RATES,
                           "sources": SOURCES, "signature": st.just(signature)}) for signature in signatures)))


def budgeted(attack: Any) -> Any:
    """An attack, often with a budget of hashes, or without an answer to challenges, or with a handle that nobody knows."""
    is_original = attack["sends"] == "request_access_token" and "replayed" not in attack["signature"]
    facts = [{}, {"unknown": ["realm_metadata"]}] if is_original else [{}]
    return st.tuples(st.sampled_from([{}, {"hash_rate": "20000 /s"}, {"hash_rate": "3000000 /s"}, {"solves": False}]), st.sampled_from(facts)).map(
        lambda more: {**attack, **more[0], **more[1]}).flatmap(lambda attack: st.sampled_from([attack, attack, attack, *(
            {**{key: attack[key] for key in attack if key != "rate"}, "bots": {"count": 9, "think": "80 ms", "on_refusal": on}} for on in ("obey", "dodge"))]))


ATTACKS = st.one_of(KEY_FLOOD.map(lambda attack: (attack,)), TOKEN_FLOODS, TOKEN_FLOODS).map(
    lambda attacks: [{**attack, "name": f"x{number}"} for number, attack in enumerate(attacks)]).flatmap(
    lambda attacks: st.tuples(*map(budgeted, attacks)).map(list))


def spoofed(scenario: dict[str, Any]) -> dict[str, Any]:
    """Over datagrams, the first attack says that it is from anywhere."""
    if scenario["network"]["default"]["transport"] != "datagram" or "attacks" not in scenario:
        return scenario
    first, *others = scenario["attacks"]
    return {**scenario, "attacks": [{**first, "sources": {**first["sources"], "spoofed": True}}, *others]}


def fitting(server: dict[str, Any], mitigations: list[dict[str, Any]]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A server and mitigations that mean something together: efforts are asked for, and where nobody waits no wait counts."""
    order = server["queue"]["order"]
    if order == "effort" and not CHALLENGES & {name for each in mitigations for name in each}:
        return {**server, "queue": {**server["queue"], "order": "lifo"}}, mitigations
    if order != "processor_sharing":
        return server, mitigations
    kept = [each for each in mitigations if not {"codel", "drop_expired"} & set(each)]
    return server, [{name: {key: value for key, value in given.items() if key != "when"}} for each in kept for name, given in each.items()]


def protected(duration: str, attacks: Any = ATTACKS) -> Any:
    """Whole scenarios of so long."""
    return st.builds(
        lambda fitted, client, attacks, seed, transport: {
            "scenario": "Generated", "model": "protectserve/step1", "duration": duration, "seed": seed,
            "network": {"default": {"latency": {"exponential": "10 ms"}, "loss": "1 %", "transport": transport}},
            "actors": {"consumer": client, "authorization_manager": fitted[0]}, "mitigations": {"authorization_manager": fitted[1]}, **({"attacks": attacks} if attacks else {})},
        st.builds(fitting, SERVER, MITIGATIONS), CLIENT, st.one_of(st.none(), attacks, attacks, attacks), st.integers(0, 2**31), st.sampled_from(["tcp", "tcp", "datagram"])).map(spoofed)
