"""The protocol's own parameters, and the ``Authorization: OAuth ...`` header they come in (RFC 5849 section 3.5.1).

They are held *encoded* (section 3.6), the way they stand in the header and in the signature base string: most of
them are never decoded.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from sim.protocol.oauth1.encoding import ENCODED, Malformed, recode


class ProtocolParameters(NamedTuple):
    """The parameters of RFC 5849 sections 2 and 3.1, each without the ``oauth_`` of its name; None where not there.

    ``body_hash`` is that of draft-eaton-oauth-bodyhash-00; ``realm`` is RFC 2617's, is never signed, and is as it
    stands in the header, quoted pairs included. ``further`` are the others whose names begin with ``oauth_`` and, in a
    header, the others of any name, each as ``name value``.
    """

    consumer_key: str | None = None
    token: str | None = None
    signature_method: str | None = None
    timestamp: str | None = None
    nonce: str | None = None
    version: str | None = None
    callback: str | None = None
    verifier: str | None = None
    body_hash: str | None = None
    signature: str | None = None
    realm: str | None = None
    further: tuple[str, ...] = ()

    def add_signed_to(self, parameters: list[str]) -> None:
        """Appends those that the signature covers, each as ``name value``."""
        for name, value in zip(_SIGNED, self, strict=False):  # realm and further stand behind the last of _SIGNED
            if value is not None:
                parameters.append(f"{name}{value}")
        parameters += self.further

    def is_empty(self) -> bool:
        """Whether there is none whose name begins with ``oauth_``."""
        return self[: len(_OWN)].count(None) == len(_OWN) and not any(name.startswith("oauth_") for name in self.further)


_OWN = ProtocolParameters._fields[:10]
_SIGNED = tuple(f"oauth_{field} " for field in _OWN if field != "signature")
_FIELDS = {f"oauth_{field}": field for field in _OWN} | {"realm": "realm"}

_scheme = re.compile(r"[ \t]*OAuth(?:[ \t][ \t\r\n,]*|$)", re.IGNORECASE).match

# As nearly every client writes it: known names, encoded values, ", " between. One group a field, in their order;
# (?(i)(?!)) fails where group i has matched before, that is, where a name is there twice.
_OWN_ELEMENT = "|".join(f'{field}(?({i})(?!))="({ENCODED})"' for i, field in enumerate(_OWN, 1))
_REALM_ELEMENT = rf'realm(?({len(_FIELDS)})(?!))="([^"\\]*+)"'
_plain = re.compile(rf"OAuth (?:(?:oauth_(?:{_OWN_ELEMENT})|{_REALM_ELEMENT})(?:, |$))++").fullmatch

# As RFC 2617 section 1.2 allows it: empty list elements, white space around them, quoted pairs in the realm.
_any_element = re.compile(r'(?P<name>[^\s=",]+)="(?P<value>(?:[^"\\]|\\.)*+)"[ \t\r\n]*(?:,[ \t\r\n,]*|$)', re.DOTALL).match


def write(signed: Iterable[str], signature: str, realm: str | None) -> str:
    """The header's value from the signed parameters (each ``name value``), the signature, encoded, and the realm.

    ValueError if the realm holds a line break.
    """
    start = "OAuth " if realm is None else f"OAuth realm={quoted(realm)}, "
    elements = "&".join(signed).replace(" ", '="').replace("&", '", ')  # encoded texts hold no & and no space
    return f'{start}{elements}", oauth_signature="{signature}"'


def quoted(text: str) -> str:
    """A quoted-string (RFC 9110 section 5.6.4). ValueError if it cannot be one: a line break would end the header."""
    if "\r" in text or "\n" in text or "\0" in text:
        raise ValueError(f"got the realm {text!r}; expected no line breaks or NUL characters")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read(value: str) -> ProtocolParameters:
    """The parameters of an Authorization header; none if its scheme is not OAuth (in any case).

    Malformed if they are not a list of ``name="value"``, or one of them is there twice.
    """
    match = _plain(value)
    if match is None:
        return _read_any(value)
    values: tuple[str | None, ...] = match.groups()
    return ProtocolParameters(*values)  # type: ignore[arg-type]  # a value a field; further keeps its default


def _read_any(value: str) -> ProtocolParameters:
    """As :func:`read`, for every header there can be: the definition that the short way in it abridges."""
    scheme = _scheme(value)
    position = scheme.end() if scheme else len(value)
    pairs = []
    while position < len(value):
        element = _any_element(value, position)
        if element is None:
            raise Malformed(f'the Authorization header is not a list of name="value" at character {position + 1}')
        name, text = recode(element["name"]), element["value"]
        if name.lower() == "realm":  # of RFC 2617, whose names have no case; OAuth's have
            pairs.append(("realm", text))
        elif "\\" in text:
            raise Malformed(f"the value of {name} is not percent-encoded: it holds a backslash")
        else:
            pairs.append((name, recode(text)))
        position = element.end()
    return from_pairs(pairs)


def from_pairs(pairs: Iterable[tuple[str, str]]) -> ProtocolParameters:
    """The parameters from names and encoded values. Malformed if a name is there twice (section 3.1)."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise Malformed(f"the parameter {name} is there twice")
        values[name] = value
    known = {field: values.pop(name) for name, field in _FIELDS.items() if name in values}
    return ProtocolParameters(**known, further=tuple([f"{name} {value}" for name, value in values.items()]))
