"""What is wrong with text that is no YAML at all, in words for people who do not know the grammar."""

from dataclasses import dataclass
from typing import Any

from sim.language.faults import Fault, shown

MAXIMUM_DEPTH = 50

_CLOSING = {"[": "]", "{": "}"}


def syntax_fault(error: Any, file: str, lines: list[str]) -> Fault:
    """The fault of a ``yaml.YAMLError``; ``lines`` is the text. The words do not depend on which parser found it."""
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context", None) or ""
    opened = getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    if mark is None:
        return Fault(file, None, None, "", f"this is no YAML: {problem}")
    row, column = mark.line, mark.column
    line = lines[row] if row < len(lines) else ""
    char = line[column : column + 1]

    fault = _Maker(file, row, column)
    if "nesting depth" in problem:  # libyaml has a limit of its own, and reads far ahead of what it has told
        return fault("the nesting is too deep", f"at most {MAXIMUM_DEPTH} levels")
    if char == "\t":
        return fault("a tab stands here", "spaces to indent")
    if problem.startswith("mapping values are not allowed"):
        start = _text_start(line, column)
        if start is None:
            return fault("a key stands here, deeper than the keys before it", "the same indentation for all keys of a mapping")
        rest = line[start:].partition(" #")[0].rstrip()
        place = _Maker(file, row, start)
        return place("': ' stands in text without quotes: quote the text", suggestion=_quoted(rest))
    if "sequence entries are not allowed" in problem:
        return fault("a list cannot start here", "each '- ' at the start of a line, deeper than its key")
    if "quoted scalar" in context and "end of stream" in problem and opened is not None:
        return fault("this quote is never closed", "the same quote at the end of the text", at=opened)
    if "unknown escape" in problem:
        expected = "single quotes for text with backslashes"
        return fault("a backslash in this text starts no known escape", expected, at=opened)
    if "cannot start any token" in problem:
        return fault(f"text cannot start with {shown(char)}: quote the text")
    if problem == "found unexpected ':'":
        return fault("':' in brackets without a space after it", "a space after ':', or quotes around the text")
    if "flow" in context and opened is not None:
        return _flow_fault(fault, lines, char, opened)
    if "block mapping" in context and opened is not None:
        found = f"{shown(line[column:].strip())} is no part of the mapping that starts on line {opened.line + 1}"
        return fault(found, "a key and ':' at the indentation of the others; quotes around all of the text or none")
    if "block collection" in context and opened is not None:
        found = f"{shown(line[column:].strip())} is no part of the list that starts on line {opened.line + 1}"
        return fault(found, "'- ' at the indentation of the others")
    return fault(f"this is no YAML: {problem}")


@dataclass(frozen=True)
class _Maker:
    """Makes faults of one file at one place (0-based, as the parser counts), or at another that it is told."""

    file: str
    row: int
    column: int

    def __call__(self, problem: str, expected: str = "", suggestion: str = "", at: Any = None) -> Fault:
        row, column = (at.line, at.column) if at is not None else (self.row, self.column)
        return Fault(self.file, row + 1, column + 1, "", problem, expected, suggestion)


def _flow_fault(fault: _Maker, lines: list[str], char: str, opened: Any) -> Fault:
    bracket = lines[opened.line][opened.column : opened.column + 1] if opened.line < len(lines) else ""
    closing = _CLOSING.get(bracket)
    if not char:
        return fault(f"the bracket {shown(bracket)} is never closed" if closing else "a bracket is never closed", at=opened)
    if closing is None or (opened.line, opened.column) == (fault.row, fault.column):
        return fault(f"got {shown(char)} in brackets", "a value")
    return fault(f"got {shown(char)} in the brackets that open on line {opened.line + 1}", f"',' or '{closing}'")


def _text_start(line: str, column: int) -> int | None:
    """Where the plain text that holds the ``:`` at ``column`` starts (after the line's first ``: ``), or None."""
    first = line.find(": ")
    if not 0 <= first < column:
        return None
    return first + 2 + len(line[first + 2 :]) - len(line[first + 2 :].lstrip())


def _quoted(text: str) -> str:
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'
