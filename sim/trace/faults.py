"""What is wrong with a trace, said where it is."""

import os
from collections.abc import Iterable
from typing import Any

import orjson

from sim.language.faults import InputFault, printable, suggest

SHOWN_CHARACTERS = 60
"""A fault quotes at most so much of what it found: it is one or two lines, also for a body of a megabyte."""


class TraceFault(InputFault):
    """A trace, or a question put to one, that cannot be answered.

    ``path`` is the file as the user named it (None for a trace in memory), ``line`` its 1-based line (None where no
    line is meant), ``what`` the sentence: what was found, and what was expected. ``str()`` puts them together as
    ``runs/x/trace.jsonl:17: what``.
    """

    def __init__(self, what: str, path: str | os.PathLike[str] | None = None, line: int | None = None) -> None:
        self.what = what
        self.path = None if path is None else os.fspath(path)
        self.line = line
        super().__init__(what, self.path, line)

    def __str__(self) -> str:
        place = "" if self.path is None else f"{self.path}:"
        if self.line is not None:
            place += f"{self.line}:" if place else f"line {self.line}:"
        return printable(f"{place} {self.what}" if place else self.what)


def show(value: Any) -> str:
    """``value`` as JSON on one line, shortened, to be quoted in a fault."""
    try:
        text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        # What JSON cannot write (bytes, an actor's object, a lone surrogate) still has to be named.
        text = ascii(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def did_you_mean(word: Any, known: Iterable[str]) -> str:
    """`` (did you mean 'delivered'?)`` or nothing."""
    near = suggest(word, known) if isinstance(word, str) else ""
    return f" (did you mean '{near}'?)" if near else ""
