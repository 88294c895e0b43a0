"""Faults: what is wrong with an input, where, and what was expected instead.

A fault says one thing about one place, on one line, in the form every compiler uses and every editor can jump to::

    scenarios/x.yaml:31:5: actors.consumer.timeout: got 3; expected a time with its unit, e.g. 3 s (did you mean '3 s'?)

Readers collect faults in a :class:`FaultList` and raise them together as :class:`Faults`, so that a file is mended
in one go. The exception tree::

    InputFault                the input is at fault, not the program: exit code 2
    +-- Faults                one or more positioned faults
    +-- BadValue              a value that does not fit, before its place in a file is known (also a ValueError)
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

MAXIMUM_FAULTS = 100  # more than anybody reads; a hostile file could otherwise print its own length many times over
MAXIMUM_WORDS = 20
MAXIMUM_LIST = 200  # characters of a list of words; the rest of its part of a fault, such as ", or a file", fits beside it
MAXIMUM_PART = 280  # characters of one part of a fault
MAXIMUM_SHOWN = 80  # characters of the input that a fault repeats

Step = str | int
"""One step of a path into a file: the key of a mapping or the index of a sequence."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    ``file`` may be empty (the input came from Python), ``line`` and ``column`` are 1-based and None where there is no
    position, ``path`` is the place in the words of the file (``actors.consumer.timeout``). What is empty is left out.
    """

    file: str
    line: int | None
    column: int | None
    path: str
    problem: str
    expected: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part not in (None, ""))
        text = "".join(f"{_cut(part)}: " for part in (place, self.path) if part) + _cut(self.problem)
        if self.expected:
            text += f"; expected {_cut(self.expected)}"
        if self.suggestion:
            text += f" (did you mean '{_cut(self.suggestion)}'?)"
        return printable(text)


class InputFault(Exception):  # noqa: N818 - a fault is of the input; errors are ours
    """The root of everything that the input, not the program, is to blame for: exit code 2."""


class Faults(InputFault):
    """One or more faults, ordered by position; ``str()`` has a line for each.

    ``faults`` holds at most :data:`MAXIMUM_FAULTS`; ``left_out`` counts the rest.
    """

    def __init__(self, faults: Iterable[Fault], left_out: int = 0) -> None:
        ordered = sorted(dict.fromkeys(faults), key=_position)
        self.left_out = left_out + max(0, len(ordered) - MAXIMUM_FAULTS)
        self.faults: tuple[Fault, ...] = tuple(ordered[:MAXIMUM_FAULTS])
        super().__init__(self.faults, self.left_out)

    def __str__(self) -> str:
        lines = [str(fault) for fault in self.faults]
        if self.left_out:
            lines.append(f"... and {self.left_out} more")
        return "\n".join(lines)


class BadValue(InputFault, ValueError):  # noqa: N818 - says what it is about: a value
    """A value that does not fit, raised where its place in a file is not known.

    Whoever knows the place turns it into faults with :meth:`at`. ``path`` is relative to the value: the steps from
    the value as a whole to the part that is wrong. Several bad parts of one value are gathered with :meth:`gather`;
    ``faults`` are those found in another file that the value names.
    """

    def __init__(
        self,
        problem: str,
        expected: str = "",
        suggestion: str = "",
        path: Sequence[Step] = (),
        faults: Sequence[Fault] = (),
    ) -> None:
        self.problem = problem
        self.expected = expected
        self.suggestion = suggestion
        self.path: tuple[Step, ...] = tuple(path)
        self.faults: tuple[Fault, ...] = tuple(faults)
        self.parts: tuple[BadValue, ...] = (self,)
        super().__init__(problem, expected, suggestion)

    @classmethod
    def gather(cls, parts: Sequence["BadValue"]) -> "BadValue":
        """One exception for several bad parts (at least one)."""
        first = parts[0]
        gathered = cls(first.problem, first.expected, first.suggestion, first.path, first.faults)
        gathered.parts = tuple(inner for part in parts for inner in part.parts)
        return gathered

    def under(self, *steps: Step) -> "BadValue":
        """The same, seen from a value that holds this one at ``steps``."""
        moved = [BadValue(part.problem, part.expected, part.suggestion, (*steps, *part.path), part.faults) for part in self.parts]
        return BadValue.gather(moved)

    def __str__(self) -> str:
        return "; ".join(str(Fault("", None, None, dotted(p.path), p.problem, p.expected, p.suggestion)) for p in self.parts)


class FaultList:
    """Collects faults until somebody asks whether there are any."""

    def __init__(self) -> None:
        self._faults: dict[Fault, None] = {}
        self._left_out = 0

    def __len__(self) -> int:
        return len(self._faults) + self._left_out

    def __iter__(self) -> Iterator[Fault]:
        return iter(tuple(self._faults))

    def add(
        self,
        file: str,
        line: int | None,
        column: int | None,
        path: str,
        problem: str,
        expected: str = "",
        suggestion: str = "",
    ) -> None:
        """Note one fault; the same one twice counts once."""
        self.append(Fault(file, line, column, path, problem, expected, suggestion))

    def append(self, fault: Fault) -> None:
        """Note a fault that is already made."""
        if fault in self._faults:
            return
        if len(self._faults) >= MAXIMUM_FAULTS:
            self._left_out += 1
        else:
            self._faults[fault] = None

    def extend(self, faults: Iterable[Fault] | Faults) -> None:
        """Note several, or all of an exception."""
        if isinstance(faults, Faults):
            self._left_out += faults.left_out
            faults = faults.faults
        for fault in faults:
            self.append(fault)

    def raise_if_any(self) -> None:
        """Raise :class:`Faults` with everything noted so far, or do nothing."""
        if self._faults:
            raise Faults(self._faults, self._left_out)


def suggest(word: object, known: Iterable[str]) -> str:
    """The known word nearest to ``word``, or an empty string if none is near."""
    from difflib import get_close_matches  # only ever needed once something is wrong

    text = str(word)[:MAXIMUM_SHOWN]
    candidates = sorted(known)
    lowered = {candidate.lower(): candidate for candidate in reversed(candidates)}
    near = get_close_matches(text.lower(), lowered, n=1, cutoff=0.6)
    return lowered[near[0]] if near else ""


def dotted(path: Iterable[Step]) -> str:
    """A path as written by people: ``actors.consumer.holds.0.share``."""
    return ".".join(str(step) for step in path)


def shown(value: object) -> str:
    """A value as a fault repeats it: text in quotes, YAML's words for the rest, cut to a line's length."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = f"'{value}'" if len(value) <= MAXIMUM_SHOWN else f"'{value[:MAXIMUM_SHOWN]}...'"
    elif isinstance(value, int) and abs(value) >= 10**MAXIMUM_SHOWN:
        text = "a very long number"
    elif isinstance(value, int | float):
        text = str(value)
    elif isinstance(value, dict):
        text = "a mapping" if value else "an empty mapping"
    elif isinstance(value, list | tuple):
        text = "a list" if value else "an empty list"
    else:
        text = f"a {type(value).__name__}"
    return printable(text)


def either(words: Iterable[object]) -> str:
    """``fifo or lifo``; ``a, b or c``: the words that may stand in a place; of many, those that fit, and how many others."""
    texts = [f"'{word}'" if ", " in str(word) else str(word) for word in words]  # a comma in a name would end it
    if not texts:
        return "nothing"
    shown_words = _fitting(texts)
    left = len(texts) - shown_words
    if left:
        return f"{', '.join(texts[:shown_words])} or one {f'of {left} others' if left > 1 else 'other'}"
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"


def _fitting(texts: Sequence[str]) -> int:
    """How many of some words a list has room for; the first always."""
    length = -len(", ")
    for number, text in enumerate(texts[:MAXIMUM_WORDS]):
        length += len(", ") + len(text)
        if number and length > MAXIMUM_LIST:
            return number
    return min(len(texts), MAXIMUM_WORDS)


def printable(text: str) -> str:
    """``text`` on one line, for any terminal: control characters and lone surrogates become escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def _cut(text: str) -> str:
    """A part of a fault; of one that would fill the screen the middle is left out, between two words if it has any."""
    if len(text) <= MAXIMUM_PART:
        return text
    head, tail = text[: MAXIMUM_PART // 2], text[-MAXIMUM_PART // 4 :]
    return f"{head.rpartition(' ')[0] or head} ... {tail.partition(' ')[2] or tail}"


def _position(fault: Fault) -> tuple[str, int, int, str, str]:
    return (fault.file, fault.line or 0, fault.column or 0, fault.path, fault.problem)
