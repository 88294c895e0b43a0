"""Font metrics: no width is less than that of a font they stand for, and wrapping loses nothing."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from sim.draw.fontmetrics import EM_UNITS, STEP_UNITS, Style, clean, width_px, wrap

PLAIN, BOLD = Style(13), Style(13, bold=True)
SPEC = find_spec("matplotlib")
FONTS = Path(SPEC.origin if SPEC and SPEC.origin else "").parent / "mpl-data" / "fonts" / "ttf"
LIBERATION = Path("/usr/share/fonts/truetype/liberation")
FACES = [
    pytest.param(FONTS / "DejaVuSans.ttf", False, id="DejaVu Sans"),
    pytest.param(FONTS / "DejaVuSans-Bold.ttf", True, id="DejaVu Sans Bold"),
    *(
        pytest.param(LIBERATION / f"LiberationSans-{cut}.ttf", cut == "Bold", id=f"Liberation Sans {cut}",
                     marks=pytest.mark.skipif(not LIBERATION.is_dir(), reason="the font is not on this machine"))
        for cut in ("Regular", "Bold")
    ),
]  # fmt: skip
WORDS = st.lists(st.text("abcdefgh./-資éW", min_size=1, max_size=30), max_size=12).map(" ".join)


def advances(file: Path) -> dict[str, float]:
    """The advance, in units of 1/2048 em, of every character in a font that a picture may show."""
    font = TTFont(file)
    scale = EM_UNITS / font["head"].unitsPerEm
    glyphs = {chr(code): glyph for code, glyph in font.getBestCmap().items() if code >= 0x20}
    return {c: font["hmtx"][glyph][0] * scale for c, glyph in glyphs.items() if clean(c) == c}


@pytest.mark.parametrize(("file", "bold"), FACES)
def test_no_character_is_wider_in_its_font_than_reckoned(file: Path, bold: bool) -> None:
    style = Style(EM_UNITS, bold)
    units = advances(file)
    assert len(units) > 600
    assert {c: advance for c, advance in units.items() if advance > width_px(c, style)} == {}


@pytest.mark.parametrize(("file", "bold"), FACES[:2])
def test_letters_are_reckoned_hardly_wider_than_in_dejavu(file: Path, bold: bool) -> None:
    units = advances(file)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,:;()HIMNOWÀéßøжλ"
    assert [c for c in letters if width_px(c, Style(EM_UNITS, bold)) > units[c] + STEP_UNITS] == []


def test_what_the_table_lacks_is_reckoned_by_its_kind() -> None:
    assert width_px("資", PLAIN) == 13
    assert width_px("👩", PLAIN) > 13 * 1.3
    assert width_px("a", PLAIN) < width_px("ạ", PLAIN) <= 1.3 * width_px("a", PLAIN)
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
