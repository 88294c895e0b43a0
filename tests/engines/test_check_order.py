"""The order in which a server checks is real: a nonce before the signature is taken up for whoever cannot sign."""

from pathlib import Path

import pytest

import sim

FLOOD = sim.load(Path(__file__).parents[2] / "scenarios/key_flood.yaml").set({
    "duration": "30 s", "warm_up": "2 s", "trace": "none",
    "attacks": [{"name": "junk", "sends": "request_access_token", "rate": "200 /s", "during": ["5 s", "25 s"], "sources": {"addresses": 50},
                 "signature": "wrong"}]})
AFTER, BEFORE = ["timestamp", "key", "signature", "nonce"], ["timestamp", "key", "nonce", "signature"]


def nonces(order, **options):
    run = FLOOD.set({"mitigations.authorization_manager": [{"check_order": {"order": order}}]}).run(**options)
    return run.metrics["stations"]["authorization_manager"]["memory_peak_bytes"]["nonce"] // 64, run.metrics


@pytest.mark.parametrize("options", [{"engine": "compiled"}, {"engine": "simpy"}, {"engine": "simpy", "payloads": False}], ids=str)
def test_a_nonce_before_the_signature_lets_junk_fill_the_store(options):
    (after, good), (before, bad) = nonces(AFTER, **options), nonces(BEFORE, **options)
    sent = good["attack"]["sent"]
    assert sent > 3_500
    assert after < 0.2 * sent
    assert before > 0.95 * sent
    assert good["attack"]["served"] == bad["attack"]["served"] == 0
