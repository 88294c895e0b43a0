"""Consumer keys of which the server keeps nothing: all that it must know stands in the key.

    key = random . issue time . tag          tag = HMAC-SHA256(master, "tag" . random . issue time), cut to 64 bits
    secret = HMAC-SHA256(master, "secret" . key), cut to 128 bits

The tag is what makes a key a key: without it any string would be one, and junk would lose its cheap refusal. Whoever has the
master has all secrets; to revoke one key takes a list of those denied. See T. Aura, P. Nikander, "Stateless Connections",
ICICS 1997.
"""

import hmac

_RANDOM, _TIME, _TAG, _SECRET = 24, 10, 16, 32  # hexadecimal digits


class StatelessKeys:
    """Makes keys and knows them again; a :class:`sim.protocol.oauth1.Secrets` without tokens and public keys."""

    def __init__(self, master: bytes) -> None:
        self._master = master

    def issue(self, random: str, now_s: int) -> tuple[str, str]:
        """A new key and its secret, of 24 random hexadecimal digits and the time in s since 1970."""
        told = f"{random[:_RANDOM]}{now_s:0{_TIME}x}"
        key = told + self._mac("tag", told)[:_TAG]
        return key, self._mac("secret", key)[:_SECRET]

    def consumer_secret(self, consumer_key: str) -> str | None:
        """The secret of a key that was issued with this master; None for any other text."""
        told, tag = consumer_key[:-_TAG], consumer_key[-_TAG:]
        if len(consumer_key) != _RANDOM + _TIME + _TAG or not consumer_key.isascii():
            return None
        if not hmac.compare_digest(self._mac("tag", told)[:_TAG], tag):
            return None
        return self._mac("secret", consumer_key)[:_SECRET]

    def token_secret(self, consumer_key: str | None, token: str) -> str | None:
        """No tokens are issued this way."""
        return None

    def public_key(self, consumer_key: str) -> None:
        """Nor public keys."""
        return

    def _mac(self, purpose: str, text: str) -> str:
        return hmac.new(self._master, f"{purpose}\0{text}".encode(), "sha256").hexdigest()
