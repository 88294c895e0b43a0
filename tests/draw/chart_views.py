"""What is on a chart, as tests ask for it."""

from collections.abc import Callable, Iterator

from sim.draw.chart import Action, Arrow, Chart, Frame, Note, Operand, Row


def flat(rows: tuple[Row, ...]) -> Iterator[Row | Operand | str]:
    """All rows in the order of a drawing; a frame as itself, each operand, its rows, and "end"."""
    for row in rows:
        yield row
        if isinstance(row, Frame):
            for operand in row.operands:
                yield operand
                yield from flat(operand.rows)
            yield "end"


def steps(chart: Chart) -> list[Arrow | Action]:
    """All arrows and actions, in the order of the drawing."""
    return [row for row in flat(chart.rows) if isinstance(row, Arrow | Action)]


def live(chart: Chart) -> list[str]:
    return [row.id for row in steps(chart) if not row.muted]


def muted(chart: Chart) -> list[str]:
    return [row.id for row in steps(chart) if row.muted]


def frames(chart: Chart) -> list[Frame]:
    return [row for row in flat(chart.rows) if isinstance(row, Frame)]


def frame(chart: Chart, identifier: str) -> Frame:
    (found,) = [row for row in frames(chart) if row.id == identifier]
    return found


def row(chart: Chart, identifier: str) -> Row:
    (found,) = [row for row in steps(chart) if row.id == identifier]
    return found


def ids(rows: tuple[Row, ...]) -> list[str]:
    return ["note" if isinstance(row, Note) else row.id for row in rows]


def sent(records: list[dict]) -> list[str]:
    return [record["message"] for record in records if record["kind"] in ("message", "action")]


def only(*identifiers: str) -> Callable[[dict, int], object]:
    """Choose: of the fragments, only these are entered; alts take their first branch, or that named."""

    def choose(item: dict, time: int) -> object:
        if item["item"] == "alt":
            return next((b["id"] for b in item["branches"] if b["id"] in identifiers), item["branches"][0]["id"])
        return int(item["id"] in identifiers)

    return choose


def index_of(records: list[dict], identifier: str) -> int:
    return next(index for index, record in enumerate(records) if record["message"] == identifier)
