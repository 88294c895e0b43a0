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
    "metadata_reflection": {"duration": "30 s"},
    "mcp_registration_flood": {"duration": "30 s", "warm_up": "5 s", "attacks.flood.during": ["10 s", "20 s"]},
    "step1_store": {"duration": "20 s", "warm_up": "5 s"},
    "slow_phones": {"duration": "60 s"},
}
