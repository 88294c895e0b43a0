"""Signed requests, a server's secrets, and what a verifier makes of the one by the other."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from oauth1_definition import NOW_S

from sim.protocol.http import FORM, Refused, Request
from sim.protocol.oauth1 import SecretTable, Verifier, sign

PRIVATE_KEY = rsa.generate_private_key(65537, 1024)
PRIVATE_PEM = PRIVATE_KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
PUBLIC_PEM = PRIVATE_KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
TABLE = SecretTable(
    {"ck": "cks", "ck2": "cks2"},
    {("ck", "at"): "ats", (None, "at"): "ats"},
    {"ck": PUBLIC_PEM, "ck3": PRIVATE_KEY.public_key()},
)
ALL = ("HMAC-SHA1", "HMAC-SHA256", "RSA-SHA1", "PLAINTEXT")
REQUEST = Request("POST", "https://am.example/token?q=1", {"Content-Type": FORM}, "sph=x%2Fy")


def signed(request: Request = REQUEST, **changes: Any) -> Request:
    defaults = {"consumer_key": "ck", "consumer_secret": "cks", "timestamp": NOW_S, "nonce": "n"}
    return sign(request, **defaults | changes)


def refusal(request: Request, now_s: int = NOW_S, verifier: Verifier | None = None) -> Refused:
    with pytest.raises(Refused) as caught:
        (verifier or Verifier(TABLE, methods=ALL)).verify(request, now_s)
    return caught.value


def verdict(request: Request, now_s: int = NOW_S, verifier: Verifier | None = None) -> tuple[int, str]:
    refused = refusal(request, now_s, verifier)
    return refused.status, refused.by


def rewritten(request: Request, old: str, new: str) -> Request:
    """The request with a part of its Authorization header exchanged."""
    header = request.headers["Authorization"]
    assert old in header
    return Request(request.method, request.url, request.headers | {"Authorization": header.replace(old, new, 1)}, request.body)
