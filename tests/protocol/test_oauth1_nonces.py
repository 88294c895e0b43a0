from hypothesis import given
from hypothesis import strategies as st

from sim.protocol.oauth1 import NonceStore

keys = st.sampled_from([None, "ck", "ck2"])
tokens = st.sampled_from([None, "at", "at2"])
entries = st.tuples(st.integers(1, 8), keys, tokens, st.sampled_from("nm"))


def test_nonce_is_good_once_per_timestamp_key_and_token() -> None:
    store = NonceStore()
    entry = (5, "ck", "at", "n")
    others = [(6, "ck", "at", "n"), (5, "ck2", "at", "n"), (5, "ck", None, "n"), (5, None, "at", "n"), (5, "ck", "at", "m")]
    assert [True, False] == [store.add(*entry), store.add(*entry)]
    assert [True] * 5 == [store.add(*other) for other in others]
    assert 6 == len(store)


@given(steps=st.lists(entries | st.integers(0, 10), max_size=40))
def test_window_store_is_a_set_with_a_horizon(steps: list[tuple[int, str | None, str | None, str] | int]) -> None:
    store, held, horizon_s = NonceStore(), set[tuple[int, str | None, str | None, str]](), 0
    for step in steps:
        if isinstance(step, int):
            store.forget_before(step)
            horizon_s = max(horizon_s, step)
            held = {entry for entry in held if entry[0] >= horizon_s}
        else:
            assert (step[0] >= horizon_s and step not in held) == store.add(*step)
            if step[0] >= horizon_s:
                held.add(step)
        assert len(held) == len(store)


@given(steps=st.lists(entries, max_size=40))
def test_monotonic_store_never_goes_back(steps: list[tuple[int, str | None, str | None, str]]) -> None:
    store, accepted = NonceStore(), list[tuple[int, str | None, str | None, str]]()
    for timestamp, key, token, nonce in steps:
        of_signer = [a for a in accepted if a[1] == key and (key is not None or a[2] == token)]
        latest = max((a[0] for a in of_signer), default=0)
        assert latest == store.latest(key, token)
        expected = timestamp >= latest and (timestamp, key, token, nonce) not in of_signer
        assert expected == store.advance(timestamp, key, token, nonce)
        if expected:
            accepted.append((timestamp, key, token, nonce))
    signers = {(key, None if key is not None else token) for _, key, token, _ in accepted}
    held = 0
    for key, token in signers:
        stamps = [a[0] for a in accepted if a[1] == key and (key is not None or a[2] == token)]
        held += stamps.count(max(stamps))
    assert held == len(store)


def test_store_stays_as_large_as_its_window() -> None:
    store = NonceStore()
    for now_s in range(1000, 11_000):
        store.forget_before(now_s - 300)
        assert store.add(now_s, "ck", None, "n")
    assert 301 == len(store)
    assert "<NonceStore of 301 nonces>" == repr(store)
