"""Signing a request (RFC 5849 sections 3.1 and 3.4 to 3.5): what a consumer does before it sends."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sim.protocol.http import Request
from sim.protocol.oauth1 import authorization
from sim.protocol.oauth1.base_string import assemble, outside_header, received
from sim.protocol.oauth1.encoding import decode, encode
from sim.protocol.oauth1.signature import HMAC_HASHES, encode_base64, make

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_SET_HERE = frozenset("oauth_" + name for name in ("consumer_key", "token", "signature_method", "timestamp", "nonce", "signature"))


def sign(
    request: Request,
    *,
    consumer_key: str | None,
    consumer_secret: str = "",
    token: str | None = None,
    token_secret: str = "",
    method: str = "HMAC-SHA1",
    timestamp: int | None = None,
    nonce: str | None = None,
    realm: str | None = None,
    private_key: "RSAPrivateKey | str | bytes | None" = None,
    extra: Mapping[str, str] | None = None,
) -> Request:
    """A copy of the request with its OAuth ``Authorization`` header; one that it had is replaced.

    ``method`` is HMAC-SHA1, HMAC-SHA256 (an extension to RFC 5849), RSA-SHA1 (wants ``private_key``) or PLAINTEXT
    (may go without ``timestamp``, in seconds since 1970, and ``nonce``). ``extra`` are further parameters of the
    header, such as ``oauth_callback`` or ``oauth_version``. Without a ``consumer_key`` the token alone signs: an
    extension to RFC 5849, which wants the key in every request.

    ValueError if the request cannot be read, carries ``oauth_`` parameters already, or something is missing.
    """
    uri, query, body, before = outside_header(request)
    parameters = query + body
    if "&oauth_" in "&" + "&".join(parameters):
        raise ValueError("got oauth_ parameters in the query or the body; expected none: they go into the header")
    own = _protocol_parameters(consumer_key, token, method, timestamp, nonce)
    if extra:
        own += _extra_parameters(extra)
    base = assemble(request.method, uri, parameters + own)
    signature = make(method, base, consumer_secret, token_secret, private_key)
    signature = encode_base64(signature) if method in HMAC_HASHES else encode(signature)
    headers = request.headers
    if before is not None:
        headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
    credentials = authorization.write(own, signature, realm)
    return Request(request.method, request.url, {**headers, "Authorization": credentials}, request.body)


def _protocol_parameters(
    consumer_key: str | None, token: str | None, method: str, timestamp: int | None, nonce: str | None
) -> list[str]:
    """The parameters of RFC 5849 section 3.1 but the signature, each as ``name value``."""
    own = []
    if consumer_key is not None:
        own.append(f"oauth_consumer_key {encode(consumer_key)}")
    elif token is None:
        raise ValueError("got neither a consumer key nor a token; expected one of them")
    if token is not None:
        own.append(f"oauth_token {encode(token)}")
    own.append(f"oauth_signature_method {method}")
    if timestamp is not None and nonce:
        if timestamp <= 0:
            raise ValueError(f"got the timestamp {timestamp}; expected seconds since 1970, above 0")
        own.append(f"oauth_timestamp {timestamp}")
        own.append(f"oauth_nonce {encode(nonce)}")
    elif method != "PLAINTEXT" or timestamp is not None or nonce is not None:
        raise ValueError(f"{method} signs a timestamp and a nonce (only PLAINTEXT may go without both)")
    return own


def _extra_parameters(extra: Mapping[str, str]) -> list[str]:
    for name in extra:
        if name in _SET_HERE or name.lower() == "realm":
            raise ValueError(f"got {name} among the extra parameters; expected it as an argument of its own")
        if not name:
            raise ValueError("got an extra parameter without a name")
    return [f"{encode(name)} {encode(value)}" for name, value in extra.items()]


def signature_of(
    request: Request,
    *,
    consumer_secret: str = "",
    token_secret: str = "",
    method: str | None = None,
    private_key: "RSAPrivateKey | str | bytes | None" = None,
) -> str:
    """What ``oauth_signature`` of a request has to be, by these secrets (for RSA-SHA1, by this key).

    The method is the one that the request names, unless given. ValueError if the request cannot be read, there is
    no such method, or the key is missing.
    """
    uri, parameters, own = received(request)
    if method is None:
        method = decode(own.signature_method or "")
    return make(method, assemble(request.method, uri, parameters), consumer_secret, token_secret, private_key)
