"""What ``scenarios/mcp_registration_flood.yaml`` answers, with margins, under other seeds and speeds, and where it flips."""

from functools import cache
from pathlib import Path

import pytest

import sim

SCENARIO = Path(__file__).parents[2] / "scenarios" / "mcp_registration_flood.yaml"
WORK = {"parse": 0.1, "register_client": 20, "check_refresh_token": 2, "issue_code": 2, "verify_code_verifier": 2}


def limit(rate):
    return [{"token_bucket": {"per": "address", "message": "registration_request", "rate": rate, "burst": 5}}]


PROTECTIONS = {"none": [], "limit": limit("12 /min"), "loose limit": limit("300 /min"), "stateless": None, "dedup": [{"deduplication": {}}]}


@cache
def answer(protection, seed=7, slower=1.0):
    """Success during the flood, of desktop clients, of hosted ones; false refusals; bytes of the table of clients."""
    work = {name: f"{slower * ms} ms" if name == "parse" else {"exponential": f"{slower * ms} ms"} for name, ms in WORK.items()}
    mitigations = PROTECTIONS[protection]
    if mitigations is None:
        mitigations = [{"stateless_keys": {"work": f"{slower * 0.02} ms"}}]
    changes = {"actors.authorization_server.work": work, "mitigations.authorization_server": mitigations}
    metrics = sim.load(SCENARIO).set(changes).run(seed=seed, engine="compiled", trace=False).metrics
    assert metrics["checks"] == {"sessions": True, "messages": True, "little": True}
    classes, server = metrics["classes"], metrics["stations"]["authorization_server"]
    return (metrics["phases"]["flood"]["during"]["success_ratio"], classes["desktop"]["success_ratio"],
            classes["hosted"]["success_ratio"], metrics["honest"]["false_refusals"], server["memory_peak_bytes"]["client_id"])


@pytest.mark.parametrize(("seed", "slower"), [(7, 1), (8, 1), (9, 1), (10, 1), (11, 1), (7, 0.5), (7, 2)])
def test_the_limit_is_paid_for_by_the_hosted_and_identifiers_without_rows_by_nobody(seed, slower):
    flooded = answer("none", seed, slower)[0]
    during, desktop, hosted, false_refusals, rows = answer("limit", seed, slower)
    assert flooded + 0.1 < during < 0.9 < answer("stateless", seed, slower)[0]
    assert hosted + 0.3 < desktop
    assert hosted < 0.6
    assert desktop > 0.85
    assert false_refusals > 1000
    _, stateless_desktop, stateless_hosted, stateless_false, stateless_rows = answer("stateless", seed, slower)
    assert min(stateless_desktop, stateless_hosted) > 0.98
    assert stateless_false == 0
    assert stateless_rows == 0 < 3_000_000 < rows < answer("none", seed, slower)[4]


def test_deduplication_punishes_nobody_and_holds_off_nothing():
    """Each message of the flood says something else: it is as much work as ever."""
    during, desktop, hosted, false_refusals, rows = answer("dedup")
    assert abs(during - answer("none")[0]) < 0.05
    assert abs(desktop - hosted) < 0.1
    assert false_refusals == 0
    assert rows < answer("none")[4]


def test_a_limit_that_lets_the_platform_in_lets_in_the_flood():
    assert abs(answer("loose limit")[0] - answer("none")[0]) < 0.1
    assert answer("limit")[0] > answer("loose limit")[0] + 0.3


def test_on_a_server_of_a_quarter_of_the_speed_addresses_within_their_limits_are_a_flood():
    assert answer("limit", slower=4)[0] < 0.1
    assert answer("stateless", slower=4)[0] > 0.95
