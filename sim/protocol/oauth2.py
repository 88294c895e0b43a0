"""What messages of OAuth 2 are made of: PKCE's challenge (RFC 7636), signed tokens (RFC 7515), errors (RFC 6749, RFC 7591)."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import orjson

from sim.protocol.http import Refused

JSON = {"Content-Type": "application/json"}
NO_STORE = {**JSON, "Cache-Control": "no-store"}
"""Headers of an answer that holds a token or another secret (RFC 6749, 5.1)."""


def base64url(octets: bytes) -> str:
    """Without padding (RFC 7636, appendix A)."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def challenge_of(code_verifier: str) -> str:
    """S256: BASE64URL(SHA256(ASCII(code_verifier))) (RFC 7636, 4.2). What is not ASCII has the challenge of something else."""
    return base64url(hashlib.sha256(code_verifier.encode("ascii", "replace")).digest())


def fits(code_verifier: str, code_challenge: str) -> bool:
    """Whether a verifier is the one of a challenge, by S256 (RFC 7636, 4.6)."""
    return hmac.compare_digest(challenge_of(code_verifier).encode(), code_challenge.encode("utf-8", "replace"))


def signed(key: bytes, claims: Mapping[str, object], typ: str) -> str:
    """A JSON Web Token of a type, with HS256 (RFC 7515; RFC 7519)."""
    told = ".".join([base64url(orjson.dumps(part)) for part in ({"alg": "HS256", "typ": typ}, claims)])
    return f"{told}.{_mac(key, told)}"


def read_signed(key: bytes | None, token: str, typ: str) -> dict[str, Any] | None:
    """The claims of a token of this type that was signed with this key; None of any other text."""
    told, _, mac = token.rpartition(".")
    if key is None or not hmac.compare_digest(_mac(key, told).encode(), mac.encode("utf-8", "replace")):
        return None
    head, claims = (orjson.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in told.split("."))
    return dict(claims) if head == {"alg": "HS256", "typ": typ} else None


def error(status: int, code: str, reason: str, by: str) -> Refused:
    """A refusal that says an error code of OAuth (RFC 6749, 5.2; RFC 7591, 3.2.2)."""
    return Refused(status, reason, by, NO_STORE, orjson.dumps({"error": code, "error_description": reason}).decode())


def may_redirect_to(uri: object) -> bool:
    """Whether codes may be sent there: https, or http to the client's own machine (RFC 8252, 7.3), and no fragment."""
    return isinstance(uri, str) and "#" not in uri and uri.startswith(("https://", "http://127.0.0.1:", "http://localhost:"))


def _mac(key: bytes, told: str) -> str:
    return base64url(hmac.new(key, told.encode("utf-8", "replace"), "sha256").digest())
