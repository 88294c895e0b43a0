"""The theme: the colours of sequence diagrams, on a light page and on a dark one.

The roles that set a row apart have hues of Okabe and Ito (*Color Universal Design*, 2008), darkened or lightened
until text in them reads well: at least 4.5 : 1 against what is behind it, and 3 : 1 for lines (WCAG 2.2, 1.4.3 and
1.4.11; a test computes it). No meaning hangs on colour alone: :mod:`sim.draw.marks` gives each role a form.
"""

from collections.abc import Mapping
from typing import Final

Theme = Mapping[str, str]
"""A colour, ``#rrggbb``, for each name that shapes use."""

FONT_FAMILY: Final = "Helvetica,Arial,'Liberation Sans','DejaVu Sans',Verdana,sans-serif"
"""The first ones are on nearly every machine; none is wider than :mod:`sim.draw.fontmetrics` reckons with."""

LIGHT: Final[Theme] = {
    "page": "#ffffff",
    "ink": "#1c2128",
    "soft": "#57606a",
    "muted": "#6d757f",
    "lifeline": "#8c959f",
    "bar": "#e4ebf2",
    "bar_line": "#5f6b78",
    "head": "#e9f1f9",
    "head_line": "#2f5d8a",
    "head_ink": "#1c2128",
    "action": "#f3f5f8",
    "action_line": "#57606a",
    "note": "#fff6cc",
    "note_line": "#9a7b1c",
    "note_ink": "#1c2128",
    "frame": "#4d5965",
    "tab": "#e8ecf1",
    "refusal": "#b34700",
    "challenge": "#0068a5",
    "loss": "#a03c78",
    "unknown": "#007355",
    "hover": "#0072b2",
}

DARK: Final[Theme] = {
    "page": "#14181d",
    "ink": "#e6e9ed",
    "soft": "#a3adb8",
    "muted": "#838d98",
    "lifeline": "#66717c",
    "bar": "#2c3640",
    "bar_line": "#8b949e",
    "head": "#1d2b3a",
    "head_line": "#6aa5dd",
    "head_ink": "#f0f3f6",
    "action": "#20272f",
    "action_line": "#8b949e",
    "note": "#383213",
    "note_line": "#c4a43a",
    "note_ink": "#f4ecd2",
    "frame": "#939ea9",
    "tab": "#2a323b",
    "refusal": "#ff8a4c",
    "challenge": "#5fb2ec",
    "loss": "#e3a3c6",
    "unknown": "#35c79b",
    "hover": "#5fb2ec",
}
