"""Labels: text from diagrams and traces, made fit for the languages that drawings are written in."""

import unicodedata
from functools import lru_cache


def lines(text: str) -> list[str]:
    """The lines of ``text``, white space at their ends cut off; what no language of text can hold is a blank or U+FFFD."""
    return ["".join(map(_held, line)).strip() for line in text.splitlines()]


def one_line(text: str) -> str:
    """``text`` on one line."""
    return " ".join(" ".join(lines(text)).split())


@lru_cache(maxsize=4096)
def _held(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cc":
        return " "
    return "\ufffd" if category == "Cs" or ord(char) & 0xFFFE == 0xFFFE else char
