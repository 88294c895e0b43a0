"""Terminal cells: how wide text is on a terminal, and where to break its lines.

Widths follow the East Asian Width property (Unicode annex 11): wide and fullwidth characters take two cells,
combining and formatting ones none; what is joined by a zero-width joiner takes the cells of its first character.
Characters that would act on a terminal (escape, bidirectional overrides) are shown, never sent: labels come from
other people's traces.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_ZWJ: Final = "\u200d"
_EMOJI_STYLE: Final = "\ufe0f"
_BREAK_AFTER: Final = "/-_.,:;&=?)]}|@+"
"""Where a word longer than a line is best broken."""
_SPACE: Final = re.compile(r"[^\S\u00a0\u202f]+")
"""White space at which a line may be broken: any but no-break spaces."""
_TURNING: Final = frozenset(range(0x202A, 0x202F)) | frozenset(range(0x2066, 0x206A)) | {0x200E, 0x200F, 0x061C}


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    """``char``, or what stands for it if it is a control character."""
    code = ord(char)
    if char in "\t\v\f\x1c\x1d\x1e\x1f":
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0x80 <= code < 0xA0 or 0xD800 <= code < 0xE000 or code in _TURNING:
        return "\ufffd"
    return char


@lru_cache(maxsize=4096)
def _char_width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 1 if char == "\u00ad" else 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


@lru_cache(maxsize=16384)
def cells(text: str) -> tuple[str, ...]:
    """One string a cell: a wide character is followed by an empty one, combining characters stand with the one before.

    >>> cells("a漢e\u0301")
    ('a', '漢', '', 'é')
    """
    if text.isascii() and text.isprintable():
        return tuple(text)
    made: list[str] = []
    joining = False
    for char in map(_shown, text):
        size = _char_width(char)
        modifies = 0x1F3FB <= ord(char) <= 0x1F3FF and bool(made)
        if (size == 0 or joining or modifies) and made:
            last = -2 if made[-1] == "" else -1
            made[last] += char
            if char == _EMOJI_STYLE and last == -1 and len(made[-1]) == 2 and not made[-1][0].isascii():
                made.append("")
            joining = char == _ZWJ
        else:
            made.extend((char, "") if size == 2 else (char if size else f"◌{char}",))
            joining = False
    return tuple(made)


def width(text: str) -> int:
    """How many cells ``text`` takes, on one line."""
    return len(cells(text))


@lru_cache(maxsize=16384)
def wrap(text: str, room: int) -> tuple[str, ...]:
    """``text`` in lines of at most ``room`` cells, at least one line; nothing but white space at line ends is lost.

    Words longer than a line are broken, best after a punctuation mark. A single character wider than ``room``
    stands on a line of its own.
    """
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        lines.extend(_wrap_paragraph(paragraph, max(1, room)))
    return tuple(lines)


@lru_cache(maxsize=16384)
def balance(text: str, room: int) -> tuple[str, ...]:
    """As :func:`wrap`, in lines as even as they can be without becoming more."""
    lines = wrap(text, room)
    if len(lines) == 1 or len(lines) > 12:
        return lines
    longest_word = max((width(word) for word in _SPACE.split(text)), default=1)
    low, high = min(longest_word, room), room
    while low < high:
        middle = (low + high) // 2
        if len(wrap(text, middle)) <= len(lines):
            high = middle
        else:
            low = middle + 1
    return wrap(text, high)


@lru_cache(maxsize=4096)
def wrap_parts(text: str, room: int) -> tuple[str, ...]:
    """As :func:`wrap`, broken after commas first, so that numbers stay with what they count."""
    parts = text.split(", ")
    kept = [part.replace(" ", "\u00a0") if width(part) < room else part for part in parts]
    return tuple(line.replace("\u00a0", " ") for line in wrap(", ".join(kept), room))


def _wrap_paragraph(paragraph: str, room: int) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for word in filter(None, _SPACE.split(paragraph)):
        size = width(word)
        if line and used + 1 + size <= room:
            line, used = f"{line} {word}", used + 1 + size
            continue
        if line:
            lines.append(line)
        while size > room:
            head, word = _broken(word, room)
            lines.append(head)
            size = width(word)
        line, used = word, size
    if line or not lines:
        lines.append(line)
    return lines


def _broken(word: str, room: int) -> tuple[str, str]:
    """The beginning of a word that fills a line, and the rest."""
    pieces = cells(word)
    end = room
    while end > 1 and end < len(pieces) and pieces[end] == "":
        end -= 1
    best = next((i for i in range(end, room // 2, -1) if pieces[i - 1] and pieces[i - 1] in _BREAK_AFTER), end)
    best = max(best, 2 if len(pieces) > 1 and pieces[1] == "" else 1)
    return "".join(pieces[:best]), "".join(pieces[best:])
