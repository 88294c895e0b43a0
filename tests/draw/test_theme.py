"""The theme: everything can be read, in light and in dark."""

import pytest
from drawn_charts import every_kind, step1

from sim.draw.layout import arrange
from sim.draw.shapes import Text
from sim.draw.theme import DARK, LIGHT, Theme

BEHIND = {"head_ink": "head", "note_ink": "note"}
ALSO_BEHIND = {"ink": ("action", "tab"), "soft": ("action",)}
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definitions)."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2, definitions)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_formula_knows_its_ends() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


@THEMES
def test_text_stands_out_from_what_is_behind_it(theme: Theme) -> None:
    inks = {shape.ink for chart in (step1(), every_kind()) for group in arrange(chart).groups for shape in group.shapes
            if isinstance(shape, Text)}  # fmt: skip
    assert {"ink", "soft", "muted", "refusal", "challenge", "loss", "unknown", "head_ink", "note_ink"} == inks
    for ink in inks:
        for behind in (BEHIND.get(ink, "page"), *ALSO_BEHIND.get(ink, ())):
            assert contrast(theme[ink], theme[behind]) >= 4.5, (ink, behind)


@THEMES
def test_lines_stand_out_from_the_page(theme: Theme) -> None:
    for ink in ("lifeline", "bar_line", "head_line", "action_line", "note_line", "frame", "muted"):
        assert contrast(theme[ink], theme["page"]) >= 3.0, ink


def test_both_themes_name_the_same_colours() -> None:
    assert list(LIGHT) == list(DARK)
