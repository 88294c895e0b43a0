"""The table of breaking points: mitigations down, where each breaks beside it, with its interval."""

import html
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.language.faults import printable
from sim.measure.units import in_number, in_percent
from sim.study.printed import Printed, legend, plain_table
from sim.study.summary import CONFIDENCE

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table

    from sim.study.search.breaking_point import BreakingPoint, BreakingPoints, Range

MISSING, AGAIN = "–", "†"


class BreakingTable(Printed):
    """The breaking points of a search."""

    def __init__(self, found: "BreakingPoints") -> None:
        self.found = found

    # -- what it says --------------------------------------------------------------------------------------------------

    def headline(self, attack: str) -> str:
        """What the table of an attack is of."""
        level = " ".join(in_percent(self.found.sought.level))
        return printable(f"{self.found.name}: up to which rate of '{attack}' honest success stays at {level} or above")

    def head(self) -> tuple[str, ...]:
        """The names of the columns."""
        against = (f"times '{self.found.rows[0]}'",) if len(self.found.rows) > 1 else ()
        return tuple(map(printable, (self.found.row_title, "breaks at, /s", f"{CONFIDENCE:.0%} interval", *against)))

    def lines(self, attack: str) -> Iterator[tuple[str, ...]]:
        """A line a mitigation, as wide as the head."""
        for each in self.found.of(attack):
            against = (_ratio(self.found.ratio(each)),) if len(self.found.rows) > 1 else ()
            yield printable(each.row), breaks_at(each), _interval(each.point), *against

    def notes(self, attack: str) -> Iterator[tuple[str, str]]:
        """What is to be known of single mitigations: replications that hold at the highest rate, or fail at the lowest, or both."""
        lowest, highest = map(in_number, self.found.sought.attacks[attack])
        for each in self.found.of(attack):
            said = _censored(each, lowest, highest)
            if each.holding_again:
                rates = sorted({in_number(one.holds_again_at) for one in each.holding_again if one.holds_again_at is not None})
                said.append(f"{AGAIN} {_count(len(each.holding_again), each)} above a rate at which it had failed, at "
                            f"{_joined(rates)} /s: there is no single breaking point, and the first one counts")
            missing = self.found.sought.replications - len(each.replications)
            if missing:
                said.append(f"{missing} of {self.found.sought.replications} replications had a failed run, and are left out")
            for text in said:
                yield printable(each.row), text

    def legend(self) -> list[tuple[str, str]]:
        """What must be known to read it."""
        sought = self.found.sought
        mean = (f"geometric mean over {sought.replications} replications with common random numbers (seed {self.found.seed}), each "
                f"known to {' '.join(in_percent(sought.precision))}; measured after the warm-up")
        lines = [
            ("breaks at", mean),
            ("interval", "of that mean (Student's t on logarithms), and as much wider as each replication is not known better"),
            ("> <", "up to there every replication holds; at the lowest rate tried every replication fails")]
        if len(self.found.rows) > 1:
            paired = "the ratio of pairs under the same chance, with its interval; a real difference if that is without 1"
            lines.append((self.head()[-1], paired))
        tried = (f"{name} from {in_number(low)} to {in_number(high)} /s" for name, (low, high) in sought.attacks.items())
        lines.append(("tried", _joined(list(tried))))
        if len(sought.attacks) > 1:
            lines.append(("attacks", "one is varied at a time; the others are as the scenario has them"))
        return [(printable(term), printable(text)) for term, text in lines]

    # -- how it looks --------------------------------------------------------------------------------------------------

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "Iterator[RenderableType]":
        from rich.text import Text

        for attack in self.found.sought.attacks:
            yield Text(self.headline(attack), style="bold")
            yield ""
            yield self._table(attack)
            yield ""
            notes = list(self.notes(attack))
            if notes:
                yield legend(notes, options.max_width)
                yield ""
        yield legend(self.legend(), options.max_width)

    def _table(self, attack: str) -> "Table":
        from rich.text import Text

        table = plain_table()
        for number, name in enumerate(self.head()):
            table.add_column(Text(name), justify="right" if number else "left", overflow="fold")
        for line in self.lines(attack):
            table.add_row(*map(Text, line))
        return table

    def _repr_html_(self) -> str:
        parts = []
        for attack in self.found.sought.attacks:
            head = "".join(f"<th>{html.escape(name)}</th>" for name in self.head())
            body = "".join("<tr>" + "".join(f'<td style="text-align:{"right" if number else "left"}">{html.escape(text)}</td>'
                                            for number, text in enumerate(line)) + "</tr>" for line in self.lines(attack))
            notes = "<br>".join(f"<b>{html.escape(term)}</b>: {html.escape(text)}" for term, text in self.notes(attack))
            parts.append(f'<table class="sim-breaking-points"><caption style="text-align:left">{html.escape(self.headline(attack))}'
                         f"</caption><tr>{head}</tr>{body}</table><p>{notes}</p>")
        terms = "<br>".join(f"<b>{html.escape(term)}</b>: {html.escape(text)}" for term, text in self.legend())
        return f"{''.join(parts)}<p>{terms}</p>"


def breaks_at(point: "BreakingPoint") -> str:
    """Where it breaks, or what else is known: ``162``, ``> 40,000``, ``< 4``."""
    mark = f" {AGAIN}" if point.holding_again else ""
    if point.point is not None:
        return f"{_short(point.point.mean)}{mark}"
    if point.holding and point.holds_at is not None:
        return f"> {in_number(point.holds_at)}{mark}"
    if point.failing and point.fails_at is not None:
        return f"< {in_number(point.fails_at)}{mark}"
    return f"{MISSING}{mark}"


def _censored(point: "BreakingPoint", lowest: str, highest: str) -> list[str]:
    said = []
    if point.holding:
        said.append(f"{_count(point.holding, point)} at the highest rate, {highest} /s")
    if point.failing:
        said.append(f"{_count(point.failing, point).replace('hold', 'fail')} at the lowest rate, {lowest} /s")
    ends = [each.ends for each in point.replications]
    broken = [pair for pair in ends if pair is not None]
    if said and broken:
        said.append(f"the others break between {in_number(min(low for low, _ in broken))} and "
                    f"{in_number(max(high for _, high in broken))} /s")
    return ["; ".join(said)] if said else []


def _count(number: int, point: "BreakingPoint") -> str:
    return f"{number} of {len(point.replications)} replications hold{'s' if number == 1 else ''}"


def _interval(found: "Range | None") -> str:
    return f"{_short(found.low)} to {_short(found.high)}" if found is not None else MISSING


def _ratio(found: "Range | None") -> str:
    return f"{found.mean:.3g} ({found.low:.3g} to {found.high:.3g})" if found is not None else ""


def _short(rate: float) -> str:
    """A rate to three digits: more are not known."""
    return in_number(float(f"{rate:.3g}"))


def _joined(parts: Sequence[str]) -> str:
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"
