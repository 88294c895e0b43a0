"""The signature base string (RFC 5849 section 3.4.1): what both sides of a signature make of a request.

A parameter is held as one text, ``name value``, both encoded, with a space between. Encoded names hold no
character as low as a space, so these texts sort just as the pairs (name, value) do; ``name=value`` would
not: "a-" sorts before "a" there, since "-" is lower than "=".
"""

import re
from collections.abc import Iterable

from sim.protocol.http import Request, is_form, split_url
from sim.protocol.oauth1 import authorization
from sim.protocol.oauth1.authorization import ProtocolParameters
from sim.protocol.oauth1.encoding import ENCODED, UNRESERVED, Malformed, encode, recode

_DEFAULT_PORTS = {"http": 80, "https": 443}
_NOTHING = ProtocolParameters()
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})

_PLAIN_FORM = rf"{ENCODED}={ENCODED}(?:&{ENCODED}={ENCODED})*+"
_is_plain_form = re.compile(_PLAIN_FORM).fullmatch
_plain_url = re.compile(rf"(https?)://([a-z0-9.\-]++)(/[{UNRESERVED}/]*+)(?:\?({_PLAIN_FORM}))?").fullmatch
_authority = re.compile(r"(?:.*@)?(\[[^\[\]@]*\]|[^\[\]:@]+)(?::([0-9]*))?", re.DOTALL).fullmatch


def encoded_uri(url: str) -> tuple[str, list[str]]:
    """The base string URI (section 3.4.1.2), encoded, and the parameters of the query.

    Malformed if the URL is not an absolute http or https one with a host and a port below 65536.
    """
    match = _plain_url(url)
    if match is None:
        return _encoded_any_uri(url)
    scheme, host, path, query = match.groups()
    parameters = query.replace("=", " ").split("&") if query else []
    return f"{scheme}%3A%2F%2F{host}{path.replace('/', '%2F')}", parameters


def _encoded_any_uri(url: str) -> tuple[str, list[str]]:
    """As :func:`encoded_uri`, for every URL there can be: the definition that the short way in it abridges."""
    try:
        scheme, authority, path, query = split_url(url)
    except ValueError as fault:
        raise Malformed(str(fault)) from None
    scheme = scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise Malformed(f"got the URL {url!r}; expected http or https")
    match = _authority(authority)
    if match is None:
        raise Malformed(f"got the URL {url!r}; expected a host, or a host and a port")
    host, port_text = match.groups()
    port = int(port_text) if port_text and len(port_text) <= 5 else 0 if port_text else None
    if port is not None and not 0 < port < 65536:
        raise Malformed(f"got the port {port_text} in {url!r}; expected 1 to 65535")
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    # A space is no character of a URL: whoever sends this one has to send "%20" (as oauthlib assumes, too).
    base = f"{scheme}://{host.lower()}{path or '/'}".replace(" ", "%20")
    return encode(base), form_parameters(query)


def form_parameters(text: str) -> list[str]:
    """The parameters of a query or a form body (section 3.4.1.3.1), each as ``name value``, in order."""
    if not text:
        return []
    if _is_plain_form(text):
        return text.replace("=", " ").split("&")
    parameters = []
    for piece in text.split("&"):
        if piece:
            name, _, value = piece.replace("+", " ").partition("=")
            parameters.append(f"{recode(name)} {recode(value)}")
    return parameters


def outside_header(request: Request) -> tuple[str, list[str], list[str], str | None]:
    """What a request holds beside its Authorization header, and that header.

    Returns the encoded base string URI, the parameters of the query, those of the body, and the value of the
    header (None if there is none). Malformed if the URL cannot be read, or a header that matters is there twice
    (under names in different case).
    """
    credentials = content_type = None
    for name, value in request.headers.items():
        lower = name.lower()
        if lower == "authorization":
            if credentials is not None:
                raise Malformed("there are two Authorization headers")
            credentials = value
        elif lower == "content-type":
            if content_type is not None:
                raise Malformed("there are two Content-Type headers")
            content_type = value
    uri, query = encoded_uri(request.url)
    body = form_parameters(request.body) if request.body and is_form(content_type) else []
    return uri, query, body, credentials


def received(request: Request) -> tuple[str, list[str], ProtocolParameters]:
    """What a server reads: the encoded base string URI; the parameters to sign, each ``name value``; and those of
    the protocol, which come from one place (section 3.5): the header, the body or the query.

    Malformed if they come from two, if one is there twice, or if the request cannot be read.
    """
    uri, query, body, credentials = outside_header(request)
    own = _NOTHING if credentials is None else authorization.read(credentials)
    parameters = query + body
    if "&oauth_" in "&" + "&".join(parameters):
        in_query, in_body = ([p for p in place if p.startswith("oauth_")] for place in (query, body))
        if (in_query and in_body) or not own.is_empty():
            raise Malformed("there are oauth_ parameters in more than one place")
        parameters = [p for p in parameters if not p.startswith("oauth_signature ")]
        parameters += own.further
        return uri, parameters, authorization.from_pairs(_pair(p) for p in in_query or in_body)
    own.add_signed_to(parameters)
    return uri, parameters, own


def _pair(parameter: str) -> tuple[str, str]:
    name, _, value = parameter.partition(" ")
    return name, value


def assemble(method: str, uri: str, parameters: Iterable[str]) -> str:
    """The base string (section 3.4.1.1) of a method, an encoded base string URI and ``name value`` parameters."""
    text = "&".join(sorted(parameters)).replace("%", "%25").replace("&", "%26").replace(" ", "%3D")
    return f"{method if method in _METHODS else encode(method.upper())}&{uri}&{text}"


def base_string(request: Request) -> str:
    """The signature base string of a request, signed (its ``oauth_signature`` is left out) or not.

    Malformed (a ValueError) if the request cannot be read.
    """
    uri, parameters, _ = received(request)
    return assemble(request.method, uri, parameters)
