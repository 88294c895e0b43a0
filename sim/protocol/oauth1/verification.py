"""Verifying a request (RFC 5849 section 3.2): what a server does before it believes one.

The verifier gets the request as it came and nothing else. It reads, in this order: the parameters, the
timestamp, the credentials, the signature, and last the nonce, which is stored in the same step: a store that
took nonces of unverified requests would be filled by anybody.
"""

from collections.abc import Mapping, Sequence
from hmac import compare_digest
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol
from urllib.parse import unquote_to_bytes

from sim.protocol.http import Refused, Request, header, is_form
from sim.protocol.oauth1.authorization import ProtocolParameters, quoted
from sim.protocol.oauth1.base_string import assemble, received
from sim.protocol.oauth1.encoding import Malformed, decode, encode
from sim.protocol.oauth1.nonces import NonceStore
from sim.protocol.oauth1.signature import HMAC_HASHES, METHODS, body_hash, encode_base64, make, rsa_holds

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_TIMESTAMP_DIGITS = 15  # more than any clock needs, and few enough that no number gets out of hand
_NOBODYS = "of nobody"  # signs in place of a secret that there is not, so that unknown keys take as long


class Secrets(Protocol):
    """Where a server looks up what it issued. None means: there is no such key or token (any more)."""

    def consumer_secret(self, consumer_key: str) -> str | None:
        """The secret of a consumer key ("" for one that has just a public key)."""

    def token_secret(self, consumer_key: str | None, token: str) -> str | None:
        """The secret of a token, if it was issued to this consumer key (None: to be used without one)."""

    def public_key(self, consumer_key: str) -> "RSAPublicKey | str | bytes | None":
        """The public key (PEM, or of ``cryptography``) of a consumer key, for RSA-SHA1."""


class SecretTable:
    """Secrets in dictionaries: by consumer key; and by consumer key (or None) and token."""

    __slots__ = ("consumers", "public_keys", "tokens")

    def __init__(
        self,
        consumers: dict[str, str] | None = None,
        tokens: dict[tuple[str | None, str], str] | None = None,
        public_keys: "Mapping[str, RSAPublicKey | str | bytes] | None" = None,
    ) -> None:
        self.consumers = {} if consumers is None else consumers
        self.tokens = {} if tokens is None else tokens
        self.public_keys = {} if public_keys is None else public_keys

    def consumer_secret(self, consumer_key: str) -> str | None:
        return self.consumers.get(consumer_key)

    def token_secret(self, consumer_key: str | None, token: str) -> str | None:
        return self.tokens.get((consumer_key, token))

    def public_key(self, consumer_key: str) -> "RSAPublicKey | str | bytes | None":
        return self.public_keys.get(consumer_key)


class Verified(NamedTuple):
    """What a verified request proved. Timestamp (s since 1970) and nonce are None if PLAINTEXT left them out."""

    consumer_key: str | None
    token: str | None
    method: str
    timestamp: int | None
    nonce: str | None


class Verifier:
    """A server's check of signed requests.

    ``methods``: the signature methods it accepts. ``timestamps``: "window" accepts those at most ``window_s`` seconds
    from now, either way; "monotonic" (OAuth Core 1.0 section 8) those no older than the last of the same consumer
    key. ``nonces``: shared with other instances, or its own. ``token_only``: requests signed by a token alone, without
    a consumer key (an extension to RFC 5849: in ProtectServe, a consumer key buys tokens only).
    ``realm``: named in the challenge of a 401.
    """

    __slots__ = ("_challenge", "_token_only", "_window_s", "methods", "nonces", "secrets")

    def __init__(
        self,
        secrets: Secrets,
        *,
        methods: Sequence[str] = ("HMAC-SHA1",),
        timestamps: Literal["window", "monotonic"] = "window",
        window_s: int = 300,
        nonces: NonceStore | None = None,
        token_only: bool = False,
        realm: str | None = None,
    ) -> None:
        unknown = [method for method in methods if method not in METHODS]
        if unknown or not methods:
            raise ValueError(f"methods: got {', '.join(unknown) or 'none'}; expected some of {', '.join(METHODS)}")
        if token_only and "RSA-SHA1" in methods:
            raise ValueError("methods: RSA-SHA1 proves a consumer key, and with token_only there is none")
        if timestamps not in ("window", "monotonic"):
            raise ValueError(f"timestamps: got {timestamps!r}; expected 'window' or 'monotonic'")
        if window_s < 0:
            raise ValueError(f"window_s: got {window_s}; expected 0 or more seconds")
        self.secrets = secrets
        self.methods = frozenset(methods)
        self.nonces = NonceStore() if nonces is None else nonces
        self._window_s = window_s if timestamps == "window" else None
        self._token_only = token_only
        self._challenge = "OAuth" if realm is None else f"OAuth realm={quoted(realm)}"

    def verify(self, request: Request, now_s: int) -> Verified:
        """What the request proved, at ``now_s`` seconds since 1970 by the server's clock.

        Raises Refused: 400 by "parameters", "signature_method" or "timestamp" if it cannot be read; 401, with a
        challenge, by "credentials" (there are none), "consumer_key", "token", "timestamp", "body_hash", "signature" or
        "nonce".
        """
        try:
            uri, parameters, own = received(request)
            claim = self._claim(own)
        except Malformed as fault:
            raise Refused(400, str(fault), "parameters") from None
        timestamp = claim.timestamp
        if timestamp is not None:
            self._check_timestamp(claim, timestamp, now_s)
        self._check_signature(claim, assemble(request.method, uri, parameters), own.signature or "")
        if own.body_hash is not None:
            self._check_body_hash(request, own.body_hash)
        self._check_nonce(claim, now_s)
        return claim

    def _claim(self, own: ProtocolParameters) -> Verified:
        """What the parameters of the protocol claim. Malformed or Refused if they are not as section 3.1 wants them."""
        key, token, method, digits, nonce, version, _, _, _, signature, _, further = own
        if not key or self._token_only:
            self._check_no_key(own)
        for parameter in further:  # names without oauth_ are not the protocol's: they are just signed
            if parameter.startswith("oauth_"):
                raise Malformed(f"the parameter {parameter.partition(' ')[0]} is not supported")
        if not method or not signature:
            raise Malformed("oauth_signature_method or oauth_signature is missing")
        if method not in self.methods:
            expected = ", ".join(sorted(self.methods))
            raise Refused(400, f"got the signature method {method}; expected one of {expected}", "signature_method")
        if version is not None and version != "1.0":
            raise Malformed(f"got oauth_version {version}; expected 1.0")
        timestamp = None
        if digits and nonce:
            if not digits.isdecimal() or len(digits) > _TIMESTAMP_DIGITS or (timestamp := int(digits)) == 0:
                raise Refused(400, f"got the timestamp {digits}; expected a positive integer", "timestamp")
        elif method != "PLAINTEXT" or digits is not None or nonce is not None:
            raise Malformed("oauth_timestamp or oauth_nonce is missing")
        token = decode(token) if token else None  # an empty one is none: two-legged clients may send it so
        return Verified(key and decode(key), token, method, timestamp, nonce and decode(nonce))

    def _check_no_key(self, own: ProtocolParameters) -> None:
        """Lets a request pass that has a token and no consumer key, if that is what is wanted here."""
        if self._token_only and own.consumer_key is not None:
            raise self._unauthorized("consumer_key", "a consumer key buys tokens only; expected a token alone")
        if self._token_only and own.token:
            return
        if own.is_empty():
            raise self._unauthorized("credentials", "the request carries no OAuth credentials")
        raise Malformed(f"{'oauth_token' if self._token_only else 'oauth_consumer_key'} is missing")

    def _check_timestamp(self, claim: Verified, timestamp: int, now_s: int) -> None:
        """Before the signature, since it is cheap; what it tells is no secret."""
        if self._window_s is None:
            latest = self.nonces.latest(claim.consumer_key, claim.token)
            if timestamp < latest:
                raise self._unauthorized("timestamp", f"got the timestamp {timestamp}; expected {latest} or later")
        elif not -self._window_s <= timestamp - now_s <= self._window_s:
            raise self._unauthorized(
                "timestamp", f"got the timestamp {timestamp}; expected {now_s} give or take {self._window_s} s"
            )

    def _check_signature(self, claim: Verified, base: str, signature: str) -> None:
        """For unknown keys too (RSA-SHA1 excepted) the signature is computed, so that the time does not tell them."""
        key, token, method, _, _ = claim
        secrets = self.secrets
        consumer_secret = "" if key is None else secrets.consumer_secret(key)
        token_secret = "" if token is None else secrets.token_secret(key, token)
        if method == "RSA-SHA1":
            public_key = None if key is None else secrets.public_key(key)
            consumer_secret = None if public_key is None else ""
            holds = public_key is not None and rsa_holds(base, unquote_to_bytes(signature), public_key)
        else:
            expected = make(
                method,
                base,
                _NOBODYS if consumer_secret is None else consumer_secret,
                _NOBODYS if token_secret is None else token_secret,
            )
            # Both sides encoded, hence ASCII, which compare_digest wants of texts; the encoding is one to one.
            holds = compare_digest(encode_base64(expected) if method in HMAC_HASHES else encode(expected), signature)
        if consumer_secret is None:
            raise self._unauthorized("consumer_key", f"there is no consumer key {key!r}")
        if token_secret is None:
            raise self._unauthorized("token", f"there is no token {token!r} for this consumer")
        if not holds:
            raise self._unauthorized("signature", f"the {method} signature does not hold")

    def _check_key(self, key: str) -> None:
        """Whether the consumer key is known at all: the first half of what the signature's check finds out."""
        if self.secrets.consumer_secret(key) is None and self.secrets.public_key(key) is None:
            raise self._unauthorized("consumer_key", f"there is no consumer key {key!r}")

    def _check_nonce(self, claim: Verified, now_s: int) -> None:
        """Takes up the nonce, in one step with the check that it is new."""
        key, token, _, timestamp, nonce = claim
        if timestamp is None or nonce is None:
            return
        nonces = self.nonces
        if self._window_s is None:
            unused = nonces.advance(timestamp, key, token, nonce)
        else:
            nonces.forget_before(now_s - self._window_s)
            unused = nonces.add(timestamp, key, token, nonce)
        if not unused:
            raise self._unauthorized("nonce", "the nonce was used before")

    def _check_body_hash(self, request: Request, claimed: str) -> None:
        """The body was covered by the signature only through its hash: so that has to be the hash of this body."""
        if is_form(header(request, "Content-Type")):
            raise Refused(400, "oauth_body_hash is not for forms, whose parameters are signed", "parameters")
        if not compare_digest(encode_base64(body_hash(request.body)), claimed):
            raise self._unauthorized("body_hash", "the body is not the one that was signed")

    def _unauthorized(self, by: str, reason: str) -> Refused:
        return Refused(401, reason, by, {"WWW-Authenticate": self._challenge})
