"""Address cookie: a request is answered with a cookie, and served when it comes again with it; so its address is no invention.

The cookie is a MAC of the address and the request with the server's secret: the server keeps nothing until the address has been
proven, and the client needs no work, only one more round trip. Put it at the edge (``at: edge``), before anything is kept.

It proves addresses and nothing else. Over tcp and tls they are proven already by the handshake, and it adds nothing but its
round trip: it is for links with ``transport: datagram``. Weak against bots with addresses of their own.

Source: RFC 9000, 8.1 (address validation by Retry packets); RFC 6347, 4.2.1 (DTLS, stateless cookies); P. Karn, W. Simpson,
"Photuris", RFC 2522 (1999); strongSwan: cookies from 10 half-open exchanges on.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from sim.mitigations.framework.costs import Cost
from sim.protocol.http import Request, Response, header
from sim.world.moments import CHALLENGE, PASS, SOLVED

CHALLENGES = True
STATED_COST = Cost(round_trips=1)
_SECRET = b"another of the server's own"


def at_take_up(ints: list[int], floats: list[float], row: int, event: list[int]) -> int:
    """Let pass what brings a cookie, challenge the rest."""
    return PASS if event[SOLVED] == 1 else CHALLENGE


at_arrival = at_take_up


def http_challenge(values: Mapping[str, Any], request: Request, address: str) -> Response:
    """401 with the cookie."""
    return Response(401, "Unauthorized", {"WWW-Authenticate": f'Cookie value="{_cookie(request, address)}"'}, "")


def http_answer(response: Response, request: Request) -> Request:
    """The request again, with the cookie."""
    value = (header(response, "WWW-Authenticate") or "").partition('"')[2].partition('"')[0]
    return Request(request.method, request.url, {**request.headers, "Address-Cookie": value}, request.body)


def http_holds(values: Mapping[str, Any], request: Request, address: str) -> bool:
    """Whether the request brings the cookie of its own address."""
    return hmac.compare_digest((header(request, "Address-Cookie") or "").encode(), _cookie(request, address).encode())


def _cookie(request: Request, address: str) -> str:
    """What only the server could have made for this request from this address."""
    return hmac.new(_SECRET, f"{address}\n{request.method}\n{request.url}".encode(), hashlib.sha256).hexdigest()[:32]
