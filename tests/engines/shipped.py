"""What ships, and what shortens the long ones of it for a test that only wants each to be run."""

from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml"))
SHORTENED: dict[str, dict[str, Any]] = {
    "device": {"duration": "5 min", "warm_up": "30 s"},
    "flash_crowd": {"duration": "50 s", "actors.consumer.arrivals": {"steps": [
        {"from": "0 s", "rate": "10 /s"}, {"from": "15 s", "rate": "30 /s"}, {"from": "25 s", "rate": "100 /s"}, {"from": "31 s", "rate": "10 /s"}]}},
    "junk_tokens": {"duration": "40 s", "attacks.junk.rate": "400 /s", "attacks.junk.during": ["20 s", "28 s"]},
    "key_flood": {"duration": "30 s", "warm_up": "5 s", "attacks.flood.during": ["10 s", "20 s"]},
    "key_flood_limited": {"duration": "30 s", "warm_up": "5 s", "attacks.flood.during": ["10 s", "20 s"]},
    "key_flood_sybil": {"duration": "45 s", "attacks.flood.rate": "300 /s", "attacks.flood.during": ["15 s", "30 s"]},
    "key_table_exhaustion": {"duration": "80 s", "attacks.flood.rate": "80 /s", "attacks.flood.during": ["15 s", "70 s"]},
    "mastodon_vacuum": {"duration": "3 d", "attacks.flood.during": ["28 h", "50 h"]},
    "mcp_registration_flood": {"duration": "30 s", "warm_up": "5 s", "attacks.flood.during": ["10 s", "20 s"]},
    "mcphub_reregistration": {"duration": "4 h", "actors.consumer.restarts.every": "40 min"},
    "metadata_reflection": {"duration": "22 s"},
    "mm1": {"duration": "200 s", "warm_up": "20 s"},
    "nonce_before_signature": {"duration": "50 s", "attacks.junk.rate": "100 /s", "attacks.junk.during": ["15 s", "40 s"]},
    "nonce_exhaustion": {"duration": "50 s", "attacks.junk.rate": "100 /s", "attacks.junk.during": ["15 s", "40 s"]},
    "pulses": {"duration": "50 s", "attacks.pulses.rate.pulses.period": "20 s", "attacks.pulses.rate.pulses.rate": "3000 /s",
               "attacks.pulses.during": ["15 s", "45 s"]},
    "retry_storm": {"duration": "20 s", "warm_up": "1 s", "attacks.spike.during": ["5 s", "8 s"], "trace": "all"},
    "rsa_amplification": {"duration": "50 s", "attacks.junk.during": ["15 s", "30 s"]},
    "shared_egress": {"duration": "130 min", "attacks.flood.during": ["2 h", "125 min"]},
    "sized_limit": {"duration": "20 s", "warm_up": "5 s", "attacks.flood.during": ["5 s", "15 s"]},
    "slow_connections": {"duration": "50 s", "attacks.slow.during": ["15 s", "40 s"]},
    "slow_phones": {"duration": "60 s"},
    "step1_load": {"duration": "60 s", "warm_up": "10 s"},
    "step1_store": {"duration": "20 s", "warm_up": "5 s"},
    "token_flood_invalid_hmac": {"duration": "40 s", "attacks.junk.rate": "400 /s", "attacks.junk.during": ["15 s", "25 s"]},
    "token_flood_invalid_rsa": {"duration": "50 s", "attacks.junk.rate": "400 /s", "attacks.junk.during": ["15 s", "30 s"]},
    "token_replay": {"actors.consumer.arrivals.poisson": "1 /s", "attacks.junk.rate": "400 /s"},
    "victim_lock_out": {"duration": "40 s", "attacks.junk.during": ["15 s", "25 s"]},
}
"""Of each, what still has every phase and every actor of the whole, and almost every outcome."""
