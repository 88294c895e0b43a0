"""Percent-encoding of parameters (RFC 5849 section 3.6), and the test whether a text has it already.

Most of what a signature costs goes into texts, not into the hash, and nearly every text that is signed needs no
encoding at all or stands in the message encoded already. So that is asked first, with one regular expression for
a whole query, body or header; :func:`encode` and :func:`recode` say what holds for all the others.

Octets are kept, not characters: ``%FF`` is no UTF-8, yet it must not read the same as ``%FE``, or a byte could be
changed under a signature that still holds.
"""

import re
from urllib.parse import unquote_to_bytes

from sim.protocol.http import percent_encode

UNRESERVED = r"A-Za-z0-9\-._~"
"""The characters that are never encoded (RFC 3986 section 2.3), as a class of a regular expression."""

ESCAPE = r"%(?:[0189A-F][0-9A-F]|2[0-9A-CF]|3[A-F]|[46]0|5[B-E]|7[B-DF])"
"""The escapes section 3.6 produces: upper-case hex, and never of an unreserved character."""

ENCODED = rf"[{UNRESERVED}]*+(?:{ESCAPE}[{UNRESERVED}]*+)*+"
"""A text that is its own encoding, as a regular expression (possessive: it never goes back, so a long text that
is not takes no longer than one that is)."""

_is_unreserved = re.compile(rf"[{UNRESERVED}]*").fullmatch


class Malformed(ValueError):  # noqa: N818 - says what the message is
    """A message that cannot be read as an OAuth request; the text says why. A server answers it with 400."""


def encode(text: str) -> str:
    """The encoding of a text: UTF-8, with every octet but the unreserved ones as ``%XX``."""
    if (text.isalnum() and text.isascii()) or _is_unreserved(text):
        return text
    return percent_encode(text.encode("utf-8", "surrogatepass"))


def recode(text: str) -> str:
    """An encoded text, however it was encoded, as section 3.6 wants it: decoded, then encoded.

    A ``%`` that starts no escape stands for itself.
    """
    return percent_encode(unquote_to_bytes(text.encode("utf-8", "surrogatepass")))


def decode(encoded: str) -> str:
    """The text of a parameter that came encoded. Malformed if its octets are not UTF-8."""
    if "%" not in encoded:
        return encoded
    try:
        return unquote_to_bytes(encoded.encode("utf-8", "surrogatepass")).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(f"the value {encoded!r} is not UTF-8") from None
