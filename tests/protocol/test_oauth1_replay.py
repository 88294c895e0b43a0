"""Timestamps and nonces: no request is good twice (RFC 5849 section 3.3)."""

from typing import Any

import pytest
from oauth1_definition import NOW_S
from oauth1_requests import TABLE, refusal, signed, verdict

from sim.protocol.oauth1 import NonceStore, Verifier


def test_replay_is_refused() -> None:
    verifier = Verifier(TABLE)
    request = signed()
    verifier.verify(request, NOW_S)
    assert (401, "nonce") == verdict(request, verifier=verifier)
    assert 1 == len(verifier.nonces)


def test_nonce_counts_per_timestamp_key_and_token() -> None:
    verifier = Verifier(TABLE)
    for changes in ({}, {"timestamp": NOW_S + 1}, {"token": "at", "token_secret": "ats"}):
        verifier.verify(signed(**changes), NOW_S)
    verifier.verify(signed(consumer_key="ck2", consumer_secret="cks2"), NOW_S)
    assert 4 == len(verifier.nonces)


def test_replay_hits_the_sibling_that_shares_the_store_only() -> None:
    nonces = NonceStore()
    first, second, apart = Verifier(TABLE, nonces=nonces), Verifier(TABLE, nonces=nonces), Verifier(TABLE)
    request = signed()
    first.verify(request, NOW_S)
    assert "nonce" == refusal(request, verifier=second).by
    assert "ck" == apart.verify(request, NOW_S).consumer_key


@pytest.mark.parametrize("wrong", [{"consumer_secret": "wrong"}, {"consumer_key": "unknown"}, {"token": "unknown"}])
@pytest.mark.parametrize("timestamps", ["window", "monotonic"])
def test_nonce_is_not_stored_unless_the_signature_holds(wrong: dict[str, str], timestamps: Any) -> None:
    verifier = Verifier(TABLE, timestamps=timestamps)
    refusal(signed(**wrong), verifier=verifier)
    assert 0 == len(verifier.nonces)
    assert "n" == verifier.verify(signed(), NOW_S).nonce


def test_window_has_two_sides_and_both_ends_belong_to_it() -> None:
    verifier = Verifier(TABLE, window_s=10)
    for timestamp in (NOW_S - 10, NOW_S + 10):
        assert timestamp == verifier.verify(signed(timestamp=timestamp), NOW_S).timestamp
    for timestamp in (NOW_S - 11, NOW_S + 11):
        assert (401, "timestamp") == verdict(signed(timestamp=timestamp), verifier=verifier)


def test_replay_is_refused_as_long_as_its_timestamp_is_not() -> None:
    verifier = Verifier(TABLE, window_s=10)
    request = signed(timestamp=NOW_S + 10)
    verifier.verify(request, NOW_S)
    outcomes = [refusal(request, now_s, verifier).by for now_s in range(NOW_S, NOW_S + 25)]
    assert ["nonce"] * 21 + ["timestamp"] * 4 == outcomes


def test_store_forgets_with_the_window() -> None:
    verifier = Verifier(TABLE, window_s=10)
    for second in range(100):
        verifier.verify(signed(timestamp=NOW_S + second), NOW_S + second)
    assert 11 == len(verifier.nonces)


def test_clock_that_is_behind_opens_no_second_chance() -> None:
    nonces = NonceStore()
    ahead, behind = Verifier(TABLE, window_s=10, nonces=nonces), Verifier(TABLE, window_s=10, nonces=nonces)
    request = signed()
    behind.verify(request, NOW_S)
    ahead.verify(signed(timestamp=NOW_S + 60), NOW_S + 60)  # forgets the request's nonce
    assert "nonce" == refusal(request, NOW_S, behind).by


def test_monotonic_timestamps_never_go_back_for_a_key() -> None:
    verifier = Verifier(TABLE, timestamps="monotonic")
    for timestamp, nonce in ((5, "a"), (5, "b"), (9, "a")):
        assert timestamp == verifier.verify(signed(timestamp=timestamp, nonce=nonce), NOW_S).timestamp
    assert (401, "timestamp") == verdict(signed(timestamp=8), verifier=verifier)
    assert (401, "nonce") == verdict(signed(timestamp=9, nonce="a"), verifier=verifier)
    assert 4 == verifier.verify(signed(timestamp=4, consumer_key="ck2", consumer_secret="cks2"), NOW_S).timestamp
    assert 2 == len(verifier.nonces)  # for each key, those of its last second
