"""Scenarios for MCP registration, attacked and protected, made up by hypothesis: credentials are looked up, not verified."""

from typing import Any

from hypothesis import strategies as st

LOOKED_UP = ("token_request", "refresh_request", "authorization_request", "mcp_request")
SIGNATURE = st.sampled_from(["valid", "missing", "missing", "unknown_key", "unknown_key", {"replayed": {"delay": "100 ms"}}])
ATTACK = st.one_of(
    st.fixed_dictionaries({"sends": st.sampled_from(LOOKED_UP), "signature": SIGNATURE, "rate": st.sampled_from(["20 /s", {"constant": "30 /s"}])}),
    st.fixed_dictionaries({"sends": st.sampled_from(["registration_request", "approval"]), "rate": st.just("60 /s")}))
COLLECTOR = st.one_of(
    st.fixed_dictionaries({"never_used": st.sampled_from(["80 ms", "500 ms"]), "idle": st.sampled_from(["100 ms", "1 s"])}).map(
        lambda given: {"key_expiry": {"key": "client_id", **given}}),
    st.integers(2, 9).map(lambda capacity: {"table_cap": {"key": "client_id", "capacity": capacity, "message": "registration_request"}}))
OTHERS = st.lists(st.sampled_from([
    {"token_bucket": {"per": "claimed_key", "rate": "5 /s", "message": ["token_request", "refresh_request"]}},
    {"token_bucket": {"per": "proven_key", "rate": "20 /s", "burst": 3}}, {"stateless_keys": {"work": "0.1 ms"}},
    {"deduplication": {}}]), max_size=2, unique_by=repr)
CLIENT = st.fixed_dictionaries({
    "population": st.integers(1, 20), "picks": st.sampled_from(["new", "random"]), "arrivals": st.sampled_from(["15 /s", "40 /s"]),
    "holds": st.just([{"share": "40 %", "items": ["client_id", "refresh_token"]}, {"share": "20 %", "items": ["client_id", "access_token"]}]),
    "expires": st.just({"access_token": "300 ms"}), "timeout": st.sampled_from(["150 ms", "2 s"]),
    "retry": st.just({"attempts": 2, "backoff": {"constant": "20 ms"}})})
SERVER = st.fixed_dictionaries({
    "servers": st.integers(1, 2), "instances": st.integers(1, 2), "expires": st.sampled_from([{}, {"authorization_grant": "40 ms"}]),
    "work": st.just({"register_client": {"exponential": "20 ms"}, "issue_code": "3 ms", "check_client": "2 ms"}),
    "memory": st.just({"client_id": "1 KiB", "authorization_grant": "256 B"})})


def registered(duration: str) -> Any:
    """Whole scenarios of so long."""
    return st.builds(
        lambda client, server, collector, others, attacks, seed: {
            "scenario": "Generated", "model": "mcp/registration", "duration": duration, "seed": seed,
            "network": {"default": {"latency": {"exponential": "10 ms"}, "loss": "2 %", "transport": "tcp"}},
            "actors": {"user_agent": {"timeout": "1 s", "work": {"approve": {"exponential": "50 ms"}}}, "client": client,
                       "authorization_server": server, "resource_server": {}},
            "mitigations": {"authorization_server": [*collector, *others]},
            "attacks": [{**attack, "name": f"x{number}"} for number, attack in enumerate(attacks)]},
        CLIENT, SERVER, st.one_of(st.just([]), COLLECTOR.map(lambda one: [one])), OTHERS, st.lists(ATTACK, min_size=1, max_size=3), st.integers(0, 2**31))
