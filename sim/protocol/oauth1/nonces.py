"""The nonces a server has accepted: each is good once per timestamp, consumer key and token (RFC 5849 section 3.3).

The store is also the state that the RFC warns of ("may exhaust available capacity", section 4.10): it holds only
what a valid signature vouched for, and forgets what the timestamp check would turn away anyhow.
"""

from heapq import heappop, heappush


class NonceStore:
    """Used nonces, one store per server or one shared by its instances.

    Invariant: every nonce accepted with a timestamp that may still come is held, so none is accepted twice; and
    every nonce with a timestamp that may not is forgotten, so the store is as large as the window is long.

    Under the *window* rule (:meth:`add`, :meth:`forget_before`) a timestamp may come until the window has passed
    it. Under the *monotonic* rule of OAuth Core 1.0 section 8, which RFC 5849 dropped (:meth:`advance`,
    :meth:`latest`), it may come until its consumer key has used a later one. A server keeps to one of them.
    """

    __slots__ = ("_count", "_horizon_s", "_latest", "_timestamps", "_used")

    def __init__(self) -> None:
        self._used: dict[int, set[tuple[str | None, str | None, str]]] = {}
        self._timestamps: list[int] = []  # a heap of the keys of _used, the oldest first
        self._horizon_s = 0
        self._latest: dict[tuple[str | None, str | None], tuple[int, set[tuple[str | None, str]]]] = {}
        self._count = 0

    def __len__(self) -> int:
        """How many nonces are held."""
        return self._count

    def __repr__(self) -> str:
        return f"<NonceStore of {self._count} nonces>"

    def add(self, timestamp: int, key: str | None, token: str | None, nonce: str) -> bool:
        """Takes up a nonce if it is not there: True, or False if it was used.

        One step, so of two copies of a request only one passes. A timestamp older than what is held is False
        too: its nonces are forgotten, so nobody can say that this one was not used.
        """
        if timestamp < self._horizon_s:
            return False
        used = self._used.get(timestamp)
        if used is None:
            used = self._used[timestamp] = set()
            heappush(self._timestamps, timestamp)
        before = len(used)
        used.add((key, token, nonce))
        added = len(used) - before
        self._count += added
        return added == 1

    def forget_before(self, horizon_s: int) -> None:
        """Forgets the nonces with timestamps below the horizon. It moves forward only: a server whose clock is
        behind must not open again what another, sharing the store, has closed.
        """
        if horizon_s <= self._horizon_s:
            return
        self._horizon_s = horizon_s
        while self._timestamps and self._timestamps[0] < horizon_s:
            self._count -= len(self._used.pop(heappop(self._timestamps)))

    def latest(self, key: str | None, token: str | None) -> int:
        """The latest timestamp :meth:`advance` accepted from a consumer key (from a token, if key is None); 0 if
        there was none.
        """
        return self._latest.get(_signer(key, token), (0,))[0]

    def advance(self, timestamp: int, key: str | None, token: str | None, nonce: str) -> bool:
        """As :meth:`add` under the monotonic rule: False also if the key has used a later timestamp; and
        with a new one, its nonces of older ones are forgotten.
        """
        signer = _signer(key, token)
        latest, used = self._latest.get(signer, (0, set()))
        if timestamp < latest or (timestamp == latest and (token, nonce) in used):
            return False
        if timestamp > latest:
            self._count -= len(used)
            used = set()
            self._latest[signer] = (timestamp, used)
        used.add((token, nonce))
        self._count += 1
        return True


def _signer(key: str | None, token: str | None) -> tuple[str | None, str | None]:
    """Whose clock a timestamp is of: the consumer's, or the token's where requests carry no consumer key."""
    return (key, None) if key is not None else (None, token)
