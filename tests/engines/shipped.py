"""What ships, and what shortens the long ones of it for a test that only wants each to be run."""

from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml"))
SHORTENED: dict[str, dict[str, Any]] = {
    "step1_load": {"duration": "60 s", "warm_up": "10 s"},
    "mm1": {"duration": "200 s", "warm_up": "20 s"},
    "token_flood_invalid_hmac": {"attacks.junk.rate": "400 /s"},
    "token_flood_invalid_rsa": {"attacks.junk.rate": "400 /s"},
    "token_replay": {"attacks.junk.rate": "400 /s"},
    "junk_tokens": {"attacks.junk.rate": "400 /s"},
    "metadata_reflection": {"duration": "24 s"},
    "mcp_registration_flood": {"duration": "30 s", "warm_up": "5 s", "attacks.flood.during": ["10 s", "20 s"]},
    "step1_store": {"duration": "20 s", "warm_up": "5 s"},
    "slow_phones": {"duration": "60 s"},
    "retry_storm": {"duration": "20 s", "warm_up": "1 s", "attacks.spike.during": ["5 s", "8 s"], "trace": "all"},
    "mcphub_reregistration": {"duration": "4 h", "actors.consumer.restarts.every": "40 min"},
    "key_flood": {"duration": "30 s", "warm_up": "5 s", "attacks.flood.during": ["10 s", "20 s"]},
    "key_flood_limited": {"duration": "30 s", "warm_up": "5 s", "attacks.flood.during": ["10 s", "20 s"]},
    "mastodon_vacuum": {"duration": "3 d", "attacks.flood.during": ["28 h", "50 h"]},
    "nonce_before_signature": {"attacks.junk.rate": "100 /s"},
    "nonce_exhaustion": {"attacks.junk.rate": "100 /s"},
    "key_table_exhaustion": {"attacks.flood.rate": "80 /s"},
    "sized_limit": {"duration": "20 s", "warm_up": "5 s", "attacks.flood.during": ["5 s", "15 s"]},
    "key_flood_sybil": {"attacks.flood.rate": "300 /s"},
}
