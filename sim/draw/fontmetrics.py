"""Font metrics: how wide a text may become, and where to break its lines.

The font of whoever looks at an SVG is not known. So a width here is an upper bound: for each character the
larger of its advances in DejaVu Sans and in Liberation Sans (which has the metrics of Arial and Helvetica),
rounded up to 44/2048 em. A picture laid out with these widths has room in each of those fonts, and the
raster painter, which draws with DejaVu Sans itself, agrees with the SVG painter on every line break.

Widths are integers (px), so that a layout holds no floats. The tables are generated: the test of this
module derives them from the font files again and compares.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

EM_UNITS: Final = 2048
"""Units per em of the tables (those of DejaVu Sans)."""
STEP_UNITS: Final = 44
"""Widths are stored in multiples of this, rounded up: one printable character each."""
ALPHABET: Final = "".join(chr(code) for code in range(33, 127) if chr(code) not in '"\\')
"""The character for a width of ``k`` steps is ``ALPHABET[k]``."""
RANGES: Final = ((0x20, 0x7E), (0xA0, 0x17F), (0x370, 0x45F), (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2190, 0x22FF))
"""The code points of the tables, inclusive, one after the other."""

_REGULAR: Final = (
    "158I@OG/55:I1312@@@@@@@@@@22III<RBBDFB?GE0:B<KEGBGDB?EBQBBB525I<:?@<@?3@@//=/P@?@@6;5@>I>>;@2@I"
    "15@@@@2<:Q8?I!Q<:I55:@@1:58?PPP?BBBBBBQDBBBB0000GEGGGGGIGEEEEBB@??????P<????////?@?????I?@@@@>@>B?B?B?D<D<D<"
    "D<F@G@B?B?B?B?B?G@G@G@G@E@MC0/0/0/0/0/E<:/B==</</<4<2=0E@E@E@HE@G?G?G?TRD6D6D6B;B;B;B;?5?5?5E@E@E@E@E@E@QIB>"
    "BB;B;B;3"
    "A=KA//EAQQ:<<<2QQQQQ::C1GK5QHQJI2BB<BBBEG0BBKEAGEBQ@?BHBIF0BA<@2=A@>?<<@?2>>@<<?C@>@?=A=DI2=?=IA??CJCAIAG?A>"
    "=8AAK@NIFAG?B?F@C??;A@</G???@CKA@CCCBBK?DB00:USJDE@EBBB?GBU@EEDEKEGEBD?@KBGBTUILBDUD??>;C?L;AA?@FA?A@<>>J>B>"
    "MNCG><J>??@;<;///MLA?A>A"
    ":Q:Q2.*@1,'!!!!!33@<QQ:<1111;;;;<<>>2BQ1!!!!!!!,bt-4;-4;255I:;:HH.Q:*55MEE:@:::2H:7QHI>AII1HI11-!!!!!Q!!!!!!"
    "!!!!"
    "K@@@@P@_TQG@@@@_@@@@G@QQ@@@QQ@QQ"
    "QIQIQIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIII"
    "IIIIB@;@@KBBKKDKKD@IFDIII2@I@@@@@DIPLLI::::EEEE;GT;GT;;;@@/@IIIIIIII4IIIIIIIIIIIIIIIIIJJQQIIIIIIIIIIIIIIIIII"
    "IISS8IIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIEEEIIIIGGIIIIIIIIIIIIIKKKK;;KKKKKKKKIIIIIIQQII;EEEIIIIII@1@IQQQQQIEEIIII"
    "IIIIffIIIIIIIIIIIIIIIIIIIIQQQQQKDKKDKKQKDKDK"
)
_BOLD: Final = (
    "38;ICQK188;I4643CCCCCCCCCC55III?QGFEIBBII4<G@QIJEJFDBHGVFDD838I<:BD>DB7DD22A2SDBDD9>9DAMAA>D3DI"
    "38CC@C3<:Q=AI!Q<:I77:E@4:7=ASSS?GGGGGGUEBBBB4444IIJJJJJIJHHHHDEDBBBBBBS>BBBB2222BDBBBBBIBDDDDADAGBGBGBE>E>E>"
    "E>IDIDBBBBBBBBBBIDIDIDIDIDPG4242424242GB<2GAA@2@2@9@<@4IDIDIDPIDJBJBJBYUF9F9F9D>D>D>D>B9B9B9HDHDHDHDHDHDVMDA"
    "DD>D>D>7"
    "C=RI11ICQQ:><<5QQQQQ7:H4JQ=QLQPL5GF@GBDIJ4GGQI@JIEQBBDJFJJ4DB<D5BBDBB<>DB5D@EB>BGD>G@BGAGK5BBBKGAAEPEHKEJBE>"
    "B9CAM@UIIDNEEAGBEDB>ED>2J@@EDEQEDCECBBL@ED44<XWKIIFIGFF@LB[DIIIIQIJIEEBFQFNH]aNSFEYFBC@;HBQ>CCBEICBCD>=AQAEB"
    "TVEM@>P@BBD;>>222QOEBCAC"
    ":Q:Q2.*C4,'!!!!!66C<QQ:<4444AAAA<<@@2BQ3!!!!!!!,g{/9@/7@E66P@=:II2R:*88RII:@::;5I;<QIIBHII4KI44-!!!!!Q!!!!!!"
    "!!!!"
    "NCCCCSCj[VMCCCCdCCCCJCQQCCCQQCQQ"
    "QIQIQIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIII"
    "IIIIGC<BBJCCLLELLE@IGDIIC3CI@4BBBDIPLLI::::HHHH?N`=Pa===CC0CIIIIIIII4IIIIIIIIIIIIIIIIIIITTIIIIIIIIIIIIIIIIII"
    "JJSS:IIIIIIIIIIIIIIIIIIIIIIIIIIIIIIIHHHIIIIHHIIIIIIIIIIIIIMMMM<<MMMMMMMMIIIIIIQQII<HHHIIJJJJ@4@IQQQQQIHHIIII"
    "IIIIffIIIIIIIIIIIIIIIIIIIIQQQQXLELLELLXLELEL"
)


class Style(NamedTuple):
    """A style of text: ``size`` in px, and the cut of the font."""

    size: int
    bold: bool = False
    italic: bool = False


class _Widths(dict[str, int]):
    """Advance widths in units of 1/2048 em; what the table does not hold is looked up once, by its kind."""

    def __init__(self, table: str, bold: bool) -> None:
        codes = (code for first, last in RANGES for code in range(first, last + 1))
        super().__init__((chr(c), STEP_UNITS * ALPHABET.index(k)) for c, k in zip(codes, table, strict=True))
        self._bold = bold

    def __missing__(self, character: str) -> int:
        base = unicodedata.normalize("NFD", character)[0]
        if character not in _ENCLOSING and unicodedata.category(character) in ("Mn", "Cf"):
            units = 0
        elif base != character and base in self and ord(character) not in _POLYTONIC_GREEK:
            units = self[base] * 6 // 5  # a horn or a hook beside the letter
        else:
            units = EM_UNITS * _percent(character) // 100
            units = units * 5 // 4 if self._bold and units > EM_UNITS else units
        self[character] = units
        return units


def _percent(character: str) -> int:
    """A bound on the advance of a character that no table holds, in percent of an em.

    Letters of CJK are 1 em wide; emoji up to 1.37 em in the fonts that come with systems, and 1.6 em in DejaVu Sans.
    """
    code = ord(character)
    if code >= _PICTURES or any(code in block for block in _WIDE_BLOCKS):
        return 170
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return 100
    return 125 if code in _MIDDLE_EAST_TO_GEORGIA or code in _POLYTONIC_GREEK else 157


_ENCLOSING: Final = frozenset("\u065a")
"""Marks that DejaVu Sans gives an advance of its own."""
_PICTURES: Final = 0x1F000
_WIDE_BLOCKS: Final = (range(0x1400, 0x1700), range(0x2070, 0x20A0), range(0x20C0, 0x2190), range(0x2300, 0x2C00))
"""Canadian syllabics, Ogham and Runic letters; number forms, technical signs, dingbats, long arrows."""
_MIDDLE_EAST_TO_GEORGIA: Final = range(0x530, 0x1100)
_POLYTONIC_GREEK: Final = range(0x1F00, 0x2000)
"""Breathings stand before a capital letter, and take room of their own."""
_WIDTHS: Final = {False: _Widths(_REGULAR, False), True: _Widths(_BOLD, True)}
_INVISIBLE: Final = re.compile("[\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SPACES: Final = re.compile("[^\\S\xa0\u202f]+")
_SOFT_BREAKS: Final = frozenset("/?&=-_.,;:+|)]}>")


def clean(text: str) -> str:
    """``text`` as it can stand in XML 1.0: control characters and lone surrogates become U+FFFD.

    Line ends become line feeds; what cannot be seen but would turn or join the text around it is left out.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    return _FORBIDDEN.sub("\ufffd", text)


def width_px(text: str, style: Style) -> int:
    """The room that ``text``, one line, takes in any of the fonts named, in px, rounded up."""
    return -(-_units(text, _WIDTHS[style.bold]) * style.size // EM_UNITS)


def ascent_px(style: Style) -> int:
    """Height of the line box above the base line."""
    return style.size


def descent_px(style: Style) -> int:
    """Depth of the line box under the base line."""
    return (style.size + 3) // 4


def line_px(style: Style) -> int:
    """Height of a line: ascent and descent, lines set solid."""
    return ascent_px(style) + descent_px(style)


@lru_cache(maxsize=1 << 14)
def wrap(text: str, style: Style, limit_px: int) -> tuple[str, ...]:
    """``text`` in lines of at most ``limit_px``, of about the same length, and not one line more than it takes.

    Line ends in ``text`` are kept; a word that is too wide is broken, after a slash, a dot or the like if it has one.
    Empty or blank text gives no line. A single character wider than the limit stands alone on its line.
    """
    lines: list[str] = []
    for paragraph in clean(text).split("\n"):
        words = paragraph.split() if paragraph.isascii() else [word for word in _SPACES.split(paragraph) if word]
        if words:
            lines += _fill_evenly(words, style, max(limit_px, style.size))
    return tuple(lines)


def block_px(lines: tuple[str, ...], style: Style) -> int:
    """Width of the widest of ``lines``; 0 if there are none."""
    return max([width_px(line, style) for line in lines], default=0)


def _fill_evenly(words: list[str], style: Style, limit_px: int) -> list[str]:
    """Greedy lines, then the same number of lines at a smaller limit, if one of a few tries has it."""
    widths = _WIDTHS[style.bold]
    limit = limit_px * EM_UNITS // style.size
    whole = _units(" ".join(words), widths)
    if whole <= limit:
        return [" ".join(words)]
    pieces = [piece for word in words for piece in _pieces(word, widths, limit)]
    space = widths[" "]
    lines = _fill(pieces, space, limit)
    widest = max(units for _, _, units in pieces)
    for percent in (102, 108, 116, 128):
        narrower = whole * percent // (100 * len(lines))
        if widest <= narrower < limit:
            even = _fill(pieces, space, narrower)
            if len(even) == len(lines):
                return even
    return lines


def _fill(pieces: list[tuple[str, str, int]], space: int, limit: int) -> list[str]:
    """Greedy filling. A piece is (text, what joins it to the piece before it: a space or nothing, width); in units."""
    lines: list[str] = []
    room = -1
    for piece, joint, units in pieces:
        joint_units = space if joint else 0
        if lines and units + joint_units <= room:
            lines[-1] += joint + piece
            room -= units + joint_units
        else:
            lines.append(piece)
            room = limit - units
    return lines


def _pieces(word: str, widths: _Widths, limit: int) -> list[tuple[str, str, int]]:
    """``word`` in pieces of at most ``limit`` units; the first is joined to the word before it by a space."""
    whole = _units(word, widths)
    if whole <= limit:
        return [(word, " ", whole)]
    pieces: list[tuple[str, str, int]] = []
    start = soft = units = 0
    for index, character in enumerate(word):
        units += widths[character]
        while units > limit and index > start and widths[character]:
            cut = soft if 2 * (soft - start) > index - start else index
            piece = word[start:cut]
            pieces.append((piece, "" if pieces else " ", _units(piece, widths)))
            start = soft = cut
            units = _units(word[start : index + 1], widths)
        if character in _SOFT_BREAKS:
            soft = index + 1
    pieces.append((word[start:], "" if pieces else " ", units))
    return pieces


def _units(text: str, widths: _Widths) -> int:
    """Advance of ``text`` in units of 1/2048 em."""
    return sum(map(widths.__getitem__, text))  # integers
