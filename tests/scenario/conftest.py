"""A scenario and the words of a diagram for it, shared by the tests of this folder."""

from pathlib import Path

import pytest

from sim.scenario.vocabulary import Vocabulary

SAMPLE = """\
scenario: Key-request flood on an unprotected authorization manager
model: protectserve/step1
start: 2009-04-09T00:00:00Z       # wall-clock at t=0: OAuth timestamps are real dates
duration: 10 min
warm_up: 1 min
seed: 7
network:
  default: {latency: {lognormal: {median: 20 ms, p95: 60 ms}}, loss: 0.1 %, transport: tls}
  consumer <-> authorization_manager: {latency: 35 ms}
actors:
  consumer:
    population: 5000
    classes:                                # optional; each may override any key of the actor
      laptop: {share: 60 %, addresses: own}
      hosted: {share: 40 %, addresses: {shared_by: 2000}}
    arrivals: {poisson: 20 /s}              # or constant, times (CSV), closed (think time), steps
    picks: new                              # which consumer comes: new, random, round_robin
    holds:                                  # joint shares; the rest holds nothing
      - {share: 30 %, items: [consumer_key]}
      - {share: 20 %, items: [consumer_key, access_token]}
    expires: {access_token: 1 h}
    deadline: 10 s                          # goodput counts what completes within it
    timeout: 3 s                            # of one attempt
    retry: {attempts: 3, on: [timeout, 429, 503], backoff: {full_jitter: {base: 500 ms, cap: 10 s}}}
    clock_skew: {normal: {mean: 0 s, sd: 2 s}}
  authorization_manager:
    instances: 1
    servers: 4
    queue: {capacity: 1000, order: fifo, full: refuse}     # waiting room only; full: refuse | drop
    work:                                   # server time of each step; every default cites a measurement
      parse: 0.1 ms
      allocate_consumer_key: {exponential: 4 ms}
      verify_signature: 0.1 ms
    memory: {consumer_key: 1 KiB, nonce: 64 B}
"""

WORDS = Vocabulary(
    participants=("user_agent", "authorization_manager", "service_provider", "consumer"),
    messages={
        "need_access": ("user_agent", "consumer", "..>"),
        "get_resource": ("consumer", "service_provider", "->"),
        "unauthorized": ("service_provider", "consumer", "-->"),
        "request_consumer_key": ("consumer", "authorization_manager", "->"),
        "consumer_key": ("authorization_manager", "consumer", "-->"),
    },
    actions={"allocate_consumer_key": "authorization_manager", "verify_signature": "authorization_manager"},
    facts=frozenset({"consumer_key", "access_token", "realm_metadata"}),
    servers=frozenset({"service_provider", "authorization_manager"}),
    parameters={
        "consumer": {"signature_method": ("HMAC-SHA1", "PLAINTEXT"), "tries": int, "patience": float},
        "authorization_manager": {"name": str, "strict": bool},
    },
)


@pytest.fixture
def sample() -> str:
    """The scenario of the design, without what comes later."""
    return SAMPLE


@pytest.fixture
def words() -> Vocabulary:
    """The words of a diagram like ProtectServe step 1."""
    return WORDS


@pytest.fixture
def written(tmp_path: Path):
    """Writes a scenario into a file, and gives its path."""

    def write(text: str, name: str = "x.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def minimal():
    """The shortest scenario, as data; keys given replace or add."""

    def make(consumer=None, **keys):
        client = {"arrivals": "20 /s", **(consumer or {})}
        actors = {"consumer": client, **keys.pop("actors", {})}
        return {"scenario": "Short", "model": "protectserve/step1", "duration": "10 min", **keys, "actors": actors}

    return make
