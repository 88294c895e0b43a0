"""Texts as they come from people, editors and disks that err: mutations of a text, each from a seed."""

import random
import re
from collections.abc import Callable

NUMBERS = ("0", "-1", "1e999", "99999999999999999999", "-0.0", "1e-300", "0.1", "NaN", ".inf", "0x10", "1_000", "007", "1:30", "9" * 400)
ODDITIES = ("\u202e", "\ufeff", "\u0000", "\x07", "\u00e9", "\u4e2d\u6587", "\U0001f600", "\u2028", "\u0301", "\t", "\r", "\xa0", "\ud7ff")
WORDS = ("null", "true", "no", "~", "''", "[]", "{}", "[1, 2]", "{a: b}", "!!binary aGk=", "&a x", "*a", "- x", "? y", "|", ">", "%", "@x",
         "''''", '"\\x"', "<<", "2009-13-45", "{{x}}", "${x}", "..", "/dev/zero", "a" * 200, "-> b", "consumer lacks", "5 s", "3 /s", "1 KiB")
_TOKEN = re.compile(r"[A-Za-z_]\w*|\d+(?:\.\d+)?|[^\sA-Za-z_\d]+")

Mutation = Callable[[str, random.Random], str]


def _place(text: str, chance: random.Random) -> int:
    return chance.randrange(len(text) + 1)


def _token(text: str, chance: random.Random) -> re.Match[str] | None:
    found = list(_TOKEN.finditer(text))
    return chance.choice(found) if found else None


def _instead(text: str, match: re.Match[str] | None, other: str) -> str:
    return text if match is None else text[: match.start()] + other + text[match.end():]


def flip(text: str, chance: random.Random) -> str:
    """One bit of one byte."""
    data = bytearray(text.encode("utf-8", "surrogateescape"))
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data.decode("utf-8", "surrogateescape")


def delete(text: str, chance: random.Random) -> str:
    """Up to 40 characters gone."""
    start = _place(text, chance)
    return text[:start] + text[start + chance.randint(1, 40):]


def cut(text: str, chance: random.Random) -> str:
    """The end gone."""
    return text[: _place(text, chance)]


def insert(text: str, chance: random.Random) -> str:
    """An odd character or a word somewhere."""
    place = _place(text, chance)
    return text[:place] + chance.choice(ODDITIES + WORDS) + text[place:]


def change_line(text: str, chance: random.Random) -> str:
    """A line gone, twice, elsewhere, or indented otherwise."""
    lines = text.split("\n")
    index, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(5):
        case 0:
            del lines[index]
        case 1:
            lines.insert(other, lines[index])
        case 2:
            lines[index], lines[other] = lines[other], lines[index]
        case 3:
            lines[index] = " " * chance.randint(0, 12) + lines[index].lstrip()
        case _:
            lines[index] = lines[index] + chance.choice((" #", ": x", " &a", "  ", ",", "]", "}"))
    return "\n".join(lines)


def swap_tokens(text: str, chance: random.Random) -> str:
    """Two words or signs in each other's place."""
    found = list(_TOKEN.finditer(text))
    if len(found) < 2:
        return text
    one, two = sorted(chance.sample(found, 2), key=re.Match.start)
    return text[: one.start()] + two[0] + text[one.end(): two.start()] + one[0] + text[two.end():]


def change_token(text: str, chance: random.Random) -> str:
    """A word or sign becomes another of the text, or something odd."""
    others = [found[0] for found in _TOKEN.finditer(text)]
    return _instead(text, _token(text, chance), chance.choice(chance.choice((others or [""], list(WORDS), list(NUMBERS)))))


def change_number(text: str, chance: random.Random) -> str:
    """A number becomes another, huge, tiny or odd one."""
    found = list(re.finditer(r"\d+(?:\.\d+)?", text))
    if not found:
        return text
    match = chance.choice(found)
    other = chance.choice((*NUMBERS, str(chance.randint(0, 10**chance.randint(1, 25))), f"{match[0]}{chance.randint(0, 9)}", f"-{match[0]}"))
    return _instead(text, match, other)


def change_value(text: str, chance: random.Random) -> str:
    """What stands behind a colon becomes a value of another kind."""
    found = list(re.finditer(r"(?<=: )[^\n]+", text))
    return _instead(text, chance.choice(found) if found else None, chance.choice(WORDS + NUMBERS))


MUTATIONS: tuple[Mutation, ...] = (flip, delete, cut, insert, change_line, change_line, swap_tokens, change_token, change_number, change_number,
                                   change_value, change_value)


def mutated(text: str, seed: int) -> bytes:
    """The text after one to three mutations, as bytes: not always UTF-8."""
    chance = random.Random(seed)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        text = chance.choice(MUTATIONS)(text, chance)
    return text.encode("utf-8", "surrogateescape")
