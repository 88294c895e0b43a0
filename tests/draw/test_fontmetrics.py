"""Font metrics: no width is less than that of a font they stand for, and wrapping loses nothing."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from sim.draw import fontmetrics
from sim.draw.fontmetrics import ALPHABET, EM_UNITS, RANGES, STEP_UNITS, Style, clean, width_px, wrap

PLAIN, BOLD = Style(13), Style(13, bold=True)
CHARACTERS = [chr(code) for first, last in RANGES for code in range(first, last + 1)]
SPEC = find_spec("matplotlib")
FONTS = Path(os.path.dirname(SPEC.origin if SPEC and SPEC.origin else "")) / "mpl-data" / "fonts" / "ttf"
LIBERATION = Path("/usr/share/fonts/truetype/liberation")
WORDS = st.lists(st.text("abcdefgh./-資éW", min_size=1, max_size=30), max_size=12).map(" ".join)


def advances(file: Path) -> dict[str, float]:
    """Advance in units of 1/2048 em of each character of the table that the font has."""
    font = ImageFont.truetype(file, EM_UNITS, layout_engine=ImageFont.Layout.BASIC)
    missing = font.getmask("\uffff").getbbox(), font.getlength("\uffff")
    return {c: font.getlength(c) for c in CHARACTERS if (font.getmask(c).getbbox(), font.getlength(c)) != missing}


@pytest.mark.parametrize(("file", "table"), [("DejaVuSans.ttf", "_REGULAR"), ("DejaVuSans-Bold.ttf", "_BOLD")])
def test_the_table_is_no_narrower_than_dejavu_and_hardly_wider(file: str, table: str) -> None:
    stored = {c: STEP_UNITS * ALPHABET.index(k) for c, k in zip(CHARACTERS, getattr(fontmetrics, table), strict=True)}
    units = advances(FONTS / file)
    assert len(units) > 900
    assert [c for c, advance in units.items() if advance > stored[c] and stored[c]] == []
    letters = [c for c in units if "a" <= c <= "z" or "0" <= c <= "9"]
    assert [c for c in letters if stored[c] >= units[c] + STEP_UNITS] == []


@pytest.mark.skipif(not LIBERATION.is_dir(), reason="Liberation fonts are not on this machine")
@pytest.mark.parametrize(("file", "table"), [("LiberationSans-Regular.ttf", "_REGULAR"), ("LiberationSans-Bold.ttf", "_BOLD")])
def test_the_table_is_no_narrower_than_arial(file: str, table: str) -> None:
    stored = {c: STEP_UNITS * ALPHABET.index(k) for c, k in zip(CHARACTERS, getattr(fontmetrics, table), strict=True)}
    units = advances(LIBERATION / file)
    assert [c for c, advance in units.items() if advance > stored[c] and stored[c]] == []


def test_what_the_table_lacks_is_reckoned_by_its_kind() -> None:
    assert width_px("資", PLAIN) == 13
    assert width_px("👩", PLAIN) > 13 * 1.3
    assert width_px("ạ", PLAIN) == width_px("a", PLAIN)
    assert width_px("e\u0301", PLAIN) == width_px("e", PLAIN)
    assert width_px("W", BOLD) > width_px("W", PLAIN)


@given(WORDS, st.integers(20, 300))
def test_lines_fit_and_lose_nothing(text: str, limit: int) -> None:
    lines = wrap(text, PLAIN, limit)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width_px(line, PLAIN) <= limit for line in lines)
    assert all(line == line.strip() and line for line in lines)


@given(st.lists(st.sampled_from(["a", "bb", "token", "consumer"]), min_size=1, max_size=20), st.integers(70, 300))
def test_evened_lines_are_no_more_than_it_takes(words: list[str], limit: int) -> None:
    fewest, room = 1, limit
    for word in words:
        if room != limit and width_px(" " + word, PLAIN) > room:
            fewest, room = fewest + 1, limit
        room -= width_px(" " + word, PLAIN)
    assert len(wrap(" ".join(words), PLAIN, limit)) <= fewest


def test_lines_are_of_about_the_same_length() -> None:
    lines = wrap("401 unauthorized; protection realm and the location of its metadata", PLAIN, 320)
    assert len(lines) == 2
    assert abs(width_px(lines[0], PLAIN) - width_px(lines[1], PLAIN)) < 60


def test_a_url_breaks_after_a_slash() -> None:
    lines = wrap("https://service.example.org/photos/holiday", PLAIN, 200)
    assert lines == ("https://service.example.org/", "photos/holiday")


def test_line_ends_are_kept_and_blank_text_has_no_line() -> None:
    assert wrap("a\nb  c\r\n\r\nd", PLAIN, 100) == ("a", "b c", "d")
    assert wrap(" \n\t ", PLAIN, 100) == ()


def test_a_no_break_space_holds_words_together() -> None:
    assert wrap("wait 35.2\u00a0ms", PLAIN, width_px("wait 35.2", PLAIN)) == ("wait", "35.2\u00a0ms")


@given(st.text())
def test_clean_text_can_stand_in_xml(text: str) -> None:
    cleaned = clean(text)
    assert all(c in "\t\n" or " " <= c <= "~" or ("\xa0" <= c and c not in "\ufffe\uffff") for c in cleaned)
    assert not any("\ud800" <= c <= "\udfff" for c in cleaned)
    assert clean(cleaned) == cleaned
