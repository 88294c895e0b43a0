"""OAuth 1.0 signing and verifying of our own (RFC 5849 section 3).

``encoding`` and ``base_string`` say what is signed, ``signature`` by which method, ``authorization`` how it stands in
the header; ``signing`` is the consumer's side, ``verification`` and ``nonces`` the server's.

Beyond the RFC: HMAC-SHA256; a body hash, checked if there is one; requests signed by a token alone (ProtectServe's
consumer keys buy tokens only); and the monotonic timestamps that RFC 5849 dropped from OAuth Core 1.0.
"""

from sim.protocol.oauth1.base_string import base_string
from sim.protocol.oauth1.encoding import Malformed
from sim.protocol.oauth1.nonces import NonceStore, ReplicatedNonceStore, nonce_store
from sim.protocol.oauth1.ordered import OrderedVerifier
from sim.protocol.oauth1.signature import METHODS, body_hash
from sim.protocol.oauth1.signing import sign, signature_of
from sim.protocol.oauth1.stateless import StatelessKeys
from sim.protocol.oauth1.verification import Secrets, SecretTable, Verified, Verifier

__all__ = [
    "METHODS",
    "Malformed",
    "NonceStore",
    "OrderedVerifier",
    "ReplicatedNonceStore",
    "SecretTable",
    "Secrets",
    "StatelessKeys",
    "Verified",
    "Verifier",
    "base_string",
    "body_hash",
    "nonce_store",
    "sign",
    "signature_of",
]
