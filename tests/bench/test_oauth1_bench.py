"""What signing and verifying cost, each time with a key, a nonce and parameters that were never seen before.

Run by hand: ``python -m pytest tests/bench/test_oauth1_bench.py -n 0``. It asserts no timing. oauthlib stands beside, on
the same requests. The goal is a median of at most 12 us each, parsing of URL, header and body included.
"""

import random
from collections.abc import Callable
from typing import Any

import pytest
from oauthlib import oauth1

from sim.protocol.http import FORM, Refused, Request
from sim.protocol.oauth1 import SecretTable, Verifier, sign

NOW_S = 1239235200  # 2009-04-09T00:00:00Z
ROUNDS = 20_000


class Requests:
    """Requests for an access token (row 9 of ProtectServe step 1), each with its own consumer."""

    def __init__(self) -> None:
        self.random = random.Random(20090409)
        self.table = SecretTable()
        self.now_s = NOW_S

    def text(self, octets: int) -> str:
        return self.random.randbytes(octets).hex()

    def fresh(self) -> tuple[Request, dict[str, Any]]:
        """A request to sign, and with what."""
        self.now_s += self.random.random() < 0.05
        url = f"https://am.example.org/access_token?realm={self.text(2)}&handle={self.text(4)}"
        body = f"sph={self.text(6)}&scope=read%20write&callback=https%3A%2F%2Fc{self.text(2)}.example%2Fready"
        key, secret = self.text(8), self.text(16)
        self.table.consumers[key] = secret
        request = Request("POST", url, {"Content-Type": FORM, "Accept": "application/json"}, body)
        return request, {"consumer_key": key, "consumer_secret": secret, "timestamp": self.now_s, "nonce": self.text(8)}


@pytest.fixture
def requests() -> Requests:
    return Requests()


def test_sign(benchmark: Any, requests: Requests) -> None:
    def setup() -> tuple[tuple[Request], dict[str, Any]]:
        request, credentials = requests.fresh()
        return (request,), credentials

    signed = benchmark.pedantic(sign, setup=setup, rounds=ROUNDS, warmup_rounds=200)
    assert requests.now_s == Verifier(requests.table).verify(signed, requests.now_s).timestamp


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_verify(benchmark: Any, requests: Requests, known: bool) -> None:
    """Of an unknown consumer key, refusing must not be quicker by the hash."""
    verifier = Verifier(requests.table)

    def setup() -> tuple[tuple[Request, int], dict[str, Any]]:
        request, credentials = requests.fresh()
        if not known:
            del requests.table.consumers[credentials["consumer_key"]]
        return (sign(request, **credentials), requests.now_s), {}

    def refused_by(request: Request, now_s: int) -> str | None:
        try:
            verifier.verify(request, now_s)
        except Refused as refused:
            return refused.by
        return None

    result = benchmark.pedantic(verifier.verify if known else refused_by, setup=setup, rounds=ROUNDS, warmup_rounds=200)
    assert (requests.now_s if known else "consumer_key") == (result.timestamp if known else result)


def test_oauthlib_sign(benchmark: Any, requests: Requests) -> None:
    def setup() -> tuple[tuple[Any, ...], dict[str, Any]]:
        request, credentials = requests.fresh()
        client = oauth1.Client(
            credentials["consumer_key"],
            client_secret=credentials["consumer_secret"],
            timestamp=str(credentials["timestamp"]),
            nonce=credentials["nonce"],
        )
        return (client.sign, request), {}

    def oauthlib_sign(client_sign: Callable[..., Any], request: Request) -> Request:
        url, headers, body = client_sign(request.url, request.method, request.body, request.headers)
        return Request(request.method, url, headers, body)

    signed = benchmark.pedantic(oauthlib_sign, setup=setup, rounds=2_000, warmup_rounds=50)
    assert requests.now_s == Verifier(requests.table).verify(signed, requests.now_s).timestamp
