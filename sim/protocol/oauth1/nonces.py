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

    def seen_by(self, instance: int, now_ns: int) -> "NonceStore":
        """The store as an instance of the server sees it now; one that they share is the same for all."""
        return self

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
            self._count -= self._forget(heappop(self._timestamps))

    def _forget(self, timestamp: int) -> int:
        """Forgets the nonces of a timestamp; how many rows that were."""
        return len(self._used.pop(timestamp))

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


class ReplicatedNonceStore(NonceStore):
    """The nonces of a server whose ``instances`` keep them apart: each hears of what another has taken up after ``lag_ns``
    (None: never). Under the window rule; :meth:`seen_by` says who looks.

    What is on its way to an instance is counted with what it holds.
    """

    __slots__ = ("_copies", "_instance", "_lag_ns", "_now_ns", "_taken")

    def __init__(self, instances: int, lag_ns: int | None) -> None:
        super().__init__()
        self._lag_ns = lag_ns
        self._copies = 1 if lag_ns is None else instances
        self._taken: dict[int, dict[tuple[str | None, str | None, str], tuple[int, set[int]]]] = {}
        self._instance = self._now_ns = 0

    def seen_by(self, instance: int, now_ns: int) -> NonceStore:
        """The store as an instance sees it now."""
        self._instance, self._now_ns = instance, now_ns
        return self

    def add(self, timestamp: int, key: str | None, token: str | None, nonce: str) -> bool:
        """Takes up a nonce if the instance that looks knows of nobody who did."""
        if timestamp < self._horizon_s:
            return False
        taken = self._taken.get(timestamp)
        if taken is None:
            taken = self._taken[timestamp] = {}
            heappush(self._timestamps, timestamp)
        first_ns, takers = taken.setdefault((key, token, nonce), (self._now_ns, set()))
        if self._instance in takers or (takers and self._lag_ns is not None and self._now_ns - first_ns >= self._lag_ns):
            return False
        self._count += self._copies if not takers or self._lag_ns is None else 0
        takers.add(self._instance)
        return True

    def _forget(self, timestamp: int) -> int:
        taken = self._taken.pop(timestamp)
        return sum(len(takers) if self._lag_ns is None else self._copies for _, takers in taken.values())

    def latest(self, key: str | None, token: str | None) -> int:
        raise ValueError("timestamps: monotonic needs one store of nonces, which the instances share")

    def advance(self, timestamp: int, key: str | None, token: str | None, nonce: str) -> bool:
        raise ValueError("timestamps: monotonic needs one store of nonces, which the instances share")


def nonce_store(instances: int, kept: str = "shared", lag_ns: int = 0) -> NonceStore:
    """The store of a server with so many instances: "shared", "per_instance", or "replicated" with a lag."""
    if kept == "shared":
        return NonceStore()
    return ReplicatedNonceStore(instances, lag_ns if kept == "replicated" else None)


def _signer(key: str | None, token: str | None) -> tuple[str | None, str | None]:
    """Whose clock a timestamp is of: the consumer's, or the token's where requests carry no consumer key."""
    return (key, None) if key is not None else (None, token)
