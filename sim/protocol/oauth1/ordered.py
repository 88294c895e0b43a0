"""A verifier whose checks come in a chosen order, and which stops at the first that fails."""

from collections.abc import Sequence
from typing import Any

from sim.protocol.http import Refused, Request
from sim.protocol.oauth1.base_string import assemble, received
from sim.protocol.oauth1.encoding import Malformed
from sim.protocol.oauth1.verification import Verified, Verifier

CHECKS = ("timestamp", "key", "nonce", "signature")


class OrderedVerifier(Verifier):
    """As :class:`Verifier`, in the ``order`` of :data:`CHECKS` given.

    ``key`` refuses an unknown consumer key without computing a signature, so the time tells it from a wrong signature. A
    ``signature`` that comes before it says nothing about an unknown key, which has none that could be wrong.
    ``nonce`` stores in the step in which it checks: before the signature, it takes the nonces of those who cannot sign.
    """

    def __init__(self, *arguments: Any, order: Sequence[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        if sorted(order) != sorted(CHECKS):
            raise ValueError(f"order: got {', '.join(order)}; expected {', '.join(CHECKS)}, each once")
        self.order = tuple(order)

    def verify(self, request: Request, now_s: int) -> Verified:
        try:
            uri, parameters, own = received(request)
            claim = self._claim(own)
        except Malformed as fault:
            raise Refused(400, str(fault), "parameters") from None
        knows_key = False
        for check in self.order:
            if check == "key" and claim.consumer_key is not None:
                self._check_key(claim.consumer_key)
                knows_key = True
            elif check == "signature" and (knows_key or self._knows(claim.consumer_key)):
                self._check_signature(claim, assemble(request.method, uri, parameters), own.signature or "")
                if own.body_hash is not None:
                    self._check_body_hash(request, own.body_hash)
            elif check == "timestamp" and claim.timestamp is not None:
                self._check_timestamp(claim, claim.timestamp, now_s)
            elif check == "nonce":
                self._check_nonce(claim, now_s)
        return claim

    def _knows(self, key: str | None) -> bool:
        """Whether there is a secret by which the signature could hold (of a token alone, its check says)."""
        return key is None or self.secrets.consumer_secret(key) is not None or self.secrets.public_key(key) is not None
