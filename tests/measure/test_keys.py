"""Every key of metrics.json is described in the README of the metrics, and nothing else is."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sim

ROOT = Path(__file__).parents[2]
README = ROOT / "sim" / "measure" / "README.md"


def described() -> list[str]:
    rows = [line.split("|")[1] for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    return [key for row in rows for key in re.findall(r"`([^`]+)`", row)]


def leaves(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}".removeprefix("."))
    else:
        yield path


def as_described(path: str) -> str:
    """The path of what stands in the README: a class's and a phase's numbers are those of ``honest``, an attack's of ``attack``."""
    path = re.sub(r"^(classes\.[^.]+|phases\.[^.]+\.(before|during|after))\.", "honest.", path)
    own = re.match(r"attacks\.[^.]+\.(?!from_s|until_s|recover)", path)
    return f"attack.{path[own.end():]}" if own else path


def covers(pattern: str, path: str) -> bool:
    """A ``*`` at the end stands for any path, within for one name."""
    parts = pattern.removesuffix(".*").split(".")
    wanted = r"\.".join("[^.]+" if part == "*" else re.escape(part) for part in parts)
    return re.fullmatch(wanted + (r"\..+" if pattern.endswith(".*") else ""), path) is not None


def test_every_key_is_described_and_every_description_has_a_key() -> None:
    run = sim.run(ROOT / "scenarios" / "key_flood_limited.yaml", payloads=False, trace=False, set={
        "duration": "30 s", "warm_up": "5 s", "attacks.0.during": ["10 s", "20 s"]})
    paths = {as_described(path) for path in leaves(run.metrics, "")}
    keys = described()
    assert [path for path in sorted(paths) if not any(covers(key, path) for key in keys)] == []
    assert [key for key in keys if not any(covers(key, path) for path in paths)] == []
    assert len(set(keys)) == len(keys)
