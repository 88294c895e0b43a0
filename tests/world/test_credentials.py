"""Signatures known by construction: the same verdicts, and as many nonces, as those who look at the bytes come to."""

from math import nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.protocol.http import Refused, Request
from sim.protocol.oauth1 import NonceStore, OrderedVerifier, SecretTable, Verifier, nonce_store, sign
from sim.world import attackers
from sim.world import credentials as c
from sim.world.clock import NEVER_NS

NOW = 1_239_235_200


def test_what_is_looked_at_first_refuses_first():
    late, known = NOW - c.WINDOW_S - 1, 1
    assert c.verdict(c.MISSING, 0, late, NOW, 1, c.DEFAULT_ORDER) == c.NO_CREDENTIALS
    assert c.verdict(c.UNKNOWN_KEY, 0, late, NOW, 1, c.DEFAULT_ORDER) == c.BAD_TIMESTAMP
    assert c.verdict(c.UNKNOWN_KEY, known, NOW, NOW, 1, c.DEFAULT_ORDER) == c.NO_SUCH_KEY
    assert c.verdict(c.WRONG, 0, NOW, NOW, 1, c.DEFAULT_ORDER) == c.NO_SUCH_KEY
    assert c.verdict(c.WRONG, known, NOW, NOW, 1, c.DEFAULT_ORDER) == c.BAD_SIGNATURE
    assert c.verdict(c.REPLAYED, known, NOW, NOW, 1, c.DEFAULT_ORDER) == c.USED_NONCE
    for kind in (c.VALID, c.REPLAYED):
        assert c.verdict(kind, known, NOW, NOW, 0, c.DEFAULT_ORDER) == c.HOLDS
    assert [c.verdict(c.VALID, known, NOW + ahead, NOW, 0, c.DEFAULT_ORDER) for ahead in (-301, -300, 300, 301)] == [
        c.BAD_TIMESTAMP, c.HOLDS, c.HOLDS, c.BAD_TIMESTAMP]
    assert len(c.VERDICT_NAMES) == c.USED_NONCE + 1
    assert len(c.KIND_NAMES) == c.REPLAYED + 1


def test_a_credential_that_is_named_is_known_or_not():
    assert [c.looked_up(kind, 1) for kind in (c.VALID, c.REPLAYED, c.MISSING, c.UNKNOWN_KEY)] == [c.HOLDS, c.HOLDS, c.NO_CREDENTIALS, c.NO_SUCH_KEY]
    assert [c.looked_up(kind, 0) for kind in (c.VALID, c.REPLAYED, c.MISSING)] == [c.NO_SUCH_KEY, c.NO_SUCH_KEY, c.NO_CREDENTIALS]


REQUESTS = st.lists(st.tuples(st.sampled_from([c.VALID, c.MISSING, c.WRONG, c.UNKNOWN_KEY, c.REPLAYED]), st.integers(0, 900), st.integers(-320, 320),
                              st.booleans()), max_size=40)


ORDERS = st.permutations(c.CHECKS)


@given(REQUESTS, st.none() | ORDERS)
def test_the_verifier_says_the_same_of_real_requests_and_holds_as_many_nonces(requests, checks):
    secrets = SecretTable(consumers={"known": "s"})
    verifier = Verifier(secrets) if checks is None else OrderedVerifier(secrets, order=checks)
    order = c.DEFAULT_ORDER if checks is None else c.order_of(checks)
    block = [0] * c.NONCES_WIDTH
    now_s, sent, taken = NOW, [], set()
    for number, (kind, later_s, ahead_s, is_known) in enumerate(requests):
        now_s += later_s
        request, signed = Request("POST", "https://a.example/x"), now_s + ahead_s
        again = number
        if kind == c.REPLAYED:
            if not sent:
                continue
            request, signed, again, is_known = sent[later_s % len(sent)]
        elif kind != c.MISSING:
            is_known = is_known and kind != c.UNKNOWN_KEY
            request = sign(request, consumer_key="known" if is_known else "nobody's", consumer_secret="other" if kind == c.WRONG else "s",
                           timestamp=signed, nonce=f"n{number}")
            if kind == c.VALID:
                sent.append((request, signed, number, is_known))
        found = c.verdict(kind, int(is_known), signed, now_s, int(again in taken), order)
        if c.comes_to_nonce(found, order):
            c.forget_nonces(block, now_s)
            if found != c.USED_NONCE:
                c.keep_nonce(block, signed, 1)
                taken.add(again)
        try:
            verifier.verify(request, now_s)
            said = 0, ""
        except Refused as refused:
            said = refused.status, refused.by
        assert said == (c.REFUSAL_STATUS if found else 0, c.VERDICT_NAMES[found])
        assert block[c.HELD] == len(verifier.nonces)


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(-c.WINDOW_S, c.WINDOW_S)), max_size=60))
def test_nonces_are_forgotten_as_in_the_store(steps):
    store, block, now_s = NonceStore(), [0] * c.NONCES_WIDTH, NOW
    for number, (later_s, ahead_s) in enumerate(steps):
        now_s += later_s
        store.forget_before(now_s - c.WINDOW_S)
        c.forget_nonces(block, now_s)
        assert block[c.HELD] == len(store)
        assert store.add(now_s + ahead_s, "k", None, str(number))
        c.keep_nonce(block, now_s + ahead_s, 1)
        assert block[c.HELD] == len(store) == sum(block[c.RING:])


@given(st.lists(st.tuples(st.integers(0, 400_000_000), st.integers(0, 3), st.integers(0, 6)), max_size=60), st.sampled_from(c.KEPT_NAMES),
       st.integers(0, 10**9))
def test_stores_of_instances_say_the_same_as_the_laws(steps, kept, lag_ns):
    """Each looks at one of some nonces, at an instance, later and later."""
    store = nonce_store(4, kept, lag_ns)
    lag_ns = {"shared": 0, "per_instance": NEVER_NS, "replicated": lag_ns}[kept]
    copies = 4 if kept == "replicated" else 1
    block, now_ns, taken, takers = [0] * c.NONCES_WIDTH, NOW * 10**9, {}, {}
    for later_ns, instance, nonce in steps:
        now_ns += later_ns
        now_s = now_ns // 10**9
        seen = store.seen_by(instance, now_ns)
        seen.forget_before(now_s - c.WINDOW_S)
        c.forget_nonces(block, now_s)
        taken_ns = taken.get(nonce, -1)
        is_new = c.is_known_nonce(int(instance in takers.setdefault(nonce, set())), taken_ns, now_ns, lag_ns) == 0
        assert seen.add(NOW + nonce, "k", None, str(nonce)) == is_new
        if is_new:
            c.keep_nonce(block, NOW + nonce, c.rows_of_nonce(taken_ns, lag_ns, copies))
            taken.setdefault(nonce, now_ns)
            takers[nonce].add(instance)
        assert block[c.HELD] == len(store)
    store.seen_by(0, now_ns).forget_before(NOW + 3600)
    assert len(store) == 0


def test_stores_apart_know_no_order_of_timestamps():
    store = nonce_store(2, "per_instance")
    for question in (lambda: store.latest("k", None), lambda: store.advance(NOW, "k", None, "n")):
        with pytest.raises(ValueError, match="needs one store"):
            question()


@pytest.mark.parametrize("addresses", [1, 2, 3, 254, 4_161_536, 2**31 - 1])
def test_every_address_can_be_drawn_and_none_beyond(addresses):
    assert attackers.source_at(nextafter(1.0, 0.0), addresses) == addresses - 1
    assert attackers.source_at(2.0**-54, addresses) == 0
    assert [attackers.is_captured(u, 0.25) for u in (0.1, nextafter(0.25, 0), 0.25, 0.9)] == [True, True, False, False]
