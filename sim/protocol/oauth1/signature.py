"""The signature methods: from base string and secrets to ``oauth_signature`` (RFC 5849 sections 3.4.2 to 3.4.4).

HMAC-SHA256 is an extension: RFC 5849 does not have it, but servers and libraries do, made from HMAC-SHA1 by
exchanging the hash.
"""

import binascii
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.protocol.oauth1.encoding import encode

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

HMAC_HASHES: "dict[str, Callable[[bytes], hashlib._Hash]]" = {
    "HMAC-SHA1": hashlib.sha1,
    "HMAC-SHA256": hashlib.sha256,
}
METHODS = (*HMAC_HASHES, "RSA-SHA1", "PLAINTEXT")

_BLOCK_OCTETS = 64  # of SHA-1 and SHA-256 alike
_INNER_PAD = bytes(octet ^ 0x36 for octet in range(256))
_OUTER_PAD = bytes(octet ^ 0x5C for octet in range(256))


def hmac_digest(key: bytes, message: bytes, sha: "Callable[[bytes], hashlib._Hash]") -> bytes:
    """HMAC (RFC 2104) with SHA-1 or SHA-256. Not by the module hmac, which takes half as long again: OpenSSL 3 looks
    up its HMAC at every call.
    """
    if len(key) > _BLOCK_OCTETS:
        key = sha(key).digest()
    key = key.ljust(_BLOCK_OCTETS, b"\0")
    return sha(key.translate(_OUTER_PAD) + sha(key.translate(_INNER_PAD) + message).digest()).digest()


def make(
    method: str,
    base: str,
    consumer_secret: str,
    token_secret: str,
    private_key: "RSAPrivateKey | str | bytes | None" = None,
) -> str:
    """The signature of a base string by one of METHODS, not yet encoded.

    HMAC-*: the digest in base64, under the key enc(consumer secret)&enc(token secret), whose "&" stays if either is
    empty (section 3.4.2). PLAINTEXT: that key itself (3.4.4). RSA-SHA1: see :func:`rsa_signature`.
    ValueError if the method is none of METHODS, or the private key is missing.
    """
    secrets = consumer_secret + token_secret
    if secrets.isalnum() and secrets.isascii():  # what encode() would find out of each
        key = f"{consumer_secret}&{token_secret}"
    else:
        key = f"{encode(consumer_secret)}&{encode(token_secret)}"
    sha = HMAC_HASHES.get(method)
    if sha is not None:
        digest = hmac_digest(key.encode(), base.encode(), sha)
        return binascii.b2a_base64(digest, newline=False).decode()
    if method == "PLAINTEXT":
        return key
    if method != "RSA-SHA1":
        raise ValueError(f"got the signature method {method!r}; expected one of {', '.join(METHODS)}")
    if private_key is None:
        raise ValueError("RSA-SHA1 signs with a private key: got none")
    return rsa_signature(base, private_key)


def body_hash(body: str) -> str:
    """The value of ``oauth_body_hash``: SHA-1 of the body in base64. It puts a body that is no form under the
    signature (draft-eaton-oauth-bodyhash-00, an extension to RFC 5849, which signs forms only).
    """
    digest = hashlib.sha1(body.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
    return binascii.b2a_base64(digest, newline=False).decode()


def encode_base64(signature: str) -> str:
    """As encode(), for a signature in base64, of whose characters just three are not unreserved."""
    return signature.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D")


def rsa_signature(base: str, private_key: "RSAPrivateKey | str | bytes") -> str:
    """The signature by RSA-SHA1 of a base string: RSASSA-PKCS1-v1_5 with SHA-1, in base64 (section 3.4.3).

    The key is a PEM text or a key of ``cryptography``. ValueError if it is neither, or no RSA key.
    """
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key: object = private_key
    if isinstance(private_key, str | bytes):
        pem = private_key.encode() if isinstance(private_key, str) else private_key
        key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"got {type(key).__name__}; expected an RSA private key")
    signature = key.sign(base.encode(), padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - the RFC's method
    return binascii.b2a_base64(signature, newline=False).decode()


def rsa_holds(base: str, signature: bytes, public_key: "RSAPublicKey | str | bytes") -> bool:
    """Whether an RSA-SHA1 signature (base64) of a base string was made with the private key of this public one.

    ValueError if the key is no RSA key. What is wrong with the signature, its base64 included, is just False.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key: object = public_key
    if isinstance(public_key, str | bytes):
        pem = public_key.encode() if isinstance(public_key, str) else public_key
        key = serialization.load_pem_public_key(pem)
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError(f"got {type(key).__name__}; expected an RSA public key")
    try:
        octets = binascii.a2b_base64(signature, strict_mode=True)
        key.verify(octets, base.encode(), padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - the RFC's method
    except (InvalidSignature, ValueError):
        return False
    return True
