"""Writing data as YAML that the strict reader gives back equal: blocks outside, one line where it fits."""

import re
from typing import Any

from sim.language.faults import BadValue
from sim.language.plain import key_value, plain_value

WIDTH = 100
BLOCKS = 2
"""Levels that are always written as blocks: the file, and what it holds."""

_SAFE = re.compile(r"[A-Za-z0-9.+/_-](?:[A-Za-z0-9 .+/%_()<>'-]*[A-Za-z0-9.+/%_()>'-])?")
_INSTANT = re.compile(r"[0-9]{4}(?:-[0-9]{2}){2}T[0-9]{2}(?::[0-9]{2}){2}[0-9.]*Z")
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def dump(data: dict[str, Any]) -> str:
    """A mapping as a YAML file."""
    return "".join(f"{line}\n" for key, value in data.items() for line in _entry(str(key), value, 0))


def flow(value: Any) -> str:
    """A value on one line, in YAML's flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(str(key))}: {flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(part) for part in value) + "]"
    return scalar(value)


def scalar(value: object) -> str:
    """A value that is no mapping or list: plain if it reads back as it is, else in double quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    return text if _is_plain(text) else '"' + "".join(_escaped(char) for char in text) + '"'


def _entry(key: str, value: Any, depth: int) -> list[str]:
    indent = "  " * depth
    name = _key(key)
    line = f"{indent}{name}: {flow(value)}" if not _long(value) else ""
    is_open = isinstance(value, dict | list) and len(value) > 0
    if line and (not is_open or (depth >= BLOCKS and len(line) <= WIDTH)):
        return [line]
    if isinstance(value, dict):
        return [f"{indent}{name}:", *(part for k, v in value.items() for part in _entry(str(k), v, depth + 1))]
    return [f"{indent}{name}:", *(f"{indent}  - {flow(part)}" for part in value)]


def _key(text: str) -> str:
    """A key: always text to the reader, so that words such as ``on`` need no quotes."""
    return text if _SAFE.fullmatch(text) and key_value(text) == text else scalar(text)


def _long(value: Any) -> bool:
    """Whether it is not worth trying to write a value on one line."""
    return isinstance(value, dict | list) and len(value) > WIDTH


def _is_plain(text: str) -> bool:
    if _INSTANT.fullmatch(text):
        return True
    if not _SAFE.fullmatch(text) or " #" in text or text.startswith(("- ", "---", "...")) or text == "-":
        return False
    try:
        return plain_value(text) == text
    except BadValue:
        return False


def _escaped(char: str) -> str:
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
