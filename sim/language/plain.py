"""Unquoted YAML text: what it means by YAML 1.2's core schema, and where YAML 1.1 would read something else.

YAML 1.2.2, section 10.3.2 (core schema). What YAML 1.1 tools, PyYAML among them, turn into another value is refused,
because neither reading is safe: the author may have either in mind.
"""

import re

from sim.language.faults import BadValue

MAXIMUM_DIGITS = 300

_WORDS: dict[str, object] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    ".inf": float("inf"), ".Inf": float("inf"), ".INF": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"),
    ".nan": float("nan"), ".NaN": float("nan"), ".NAN": float("nan"),
}  # fmt: skip

_BOOLEANS_1_1 = {
    form: truth
    for word, truth in {"yes": "true", "on": "true", "no": "false", "off": "false"}.items()
    for form in (word, word.capitalize(), word.upper())
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_OCTAL = re.compile(r"[-+]?(?:0[0-9_]+|0o[0-7]+)")
_UNDERSCORED = re.compile(r"[-+]?(?:[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?|0b[01_]+|0x[0-9a-fA-F_]+)")


def plain_value(text: str) -> object:
    """The value of unquoted text: None, bool, int, float or str. Raises :class:`BadValue` where YAML 1.1 differs."""
    if text in _WORDS:
        return _WORDS[text]
    if text in _BOOLEANS_1_1:
        problem = f"'{text}' without quotes is {_BOOLEANS_1_1[text]} to some YAML readers"
        raise BadValue(problem, "true or false, or the text in quotes")
    if text[0] not in "+-.0123456789":
        return text
    if len(text) > MAXIMUM_DIGITS and (_FLOAT.fullmatch(text) or _HEXADECIMAL.fullmatch(text)):
        raise BadValue(f"a number of {len(text)} characters", f"at most {MAXIMUM_DIGITS}")
    if _INTEGER.fullmatch(text):
        return int(text)
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if _SEXAGESIMAL.fullmatch(text):
        problem = f"'{text}' without quotes is a number to base 60 to some YAML readers"
        raise BadValue(problem, "a quantity with its unit, e.g. 90 s, or the text in quotes")
    if _OCTAL.fullmatch(text):
        problem = f"'{text}' without quotes is an octal number to some YAML readers"
        raise BadValue(problem, "a decimal number without leading zeros, or the text in quotes")
    if _UNDERSCORED.fullmatch(text):
        problem = f"'{text}' without quotes is a number to some YAML readers and text to others"
        raise BadValue(problem, "a plain decimal number, or the text in quotes")
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def key_value(text: str) -> int | str:
    """The value of an unquoted key: a decimal number, or the text as it stands (keys such as ``on`` are only names)."""
    return int(text) if len(text) <= MAXIMUM_DIGITS and _INTEGER.fullmatch(text) else text
