"""A chart cut down to what happened, for a drawing beside others: nothing that was skipped, no notes, no idle lifelines."""

from dataclasses import replace

from sim.draw.chart import Action, Arrow, Chart, Frame, Note, Operand, Row


def brief(chart: Chart) -> Chart:
    """The same chart without title and notes, without what is drawn grey, and without lifelines on which nothing is left.

    A frame or operand of which nothing is left goes too. Headings between the passes of a loop stay.
    """
    rows = _kept(chart.rows)
    used = sorted(_touched(rows))
    number = {old: new for new, old in enumerate(used)}
    lifelines = tuple(chart.lifelines[old] for old in used)
    return Chart(title="", lifelines=lifelines, rows=_renumbered(rows, number), summary="")


def _kept(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    found: list[Row] = []
    for row in rows:
        if row.muted or (isinstance(row, Note) and not row.heading):
            continue
        if isinstance(row, Frame):
            operands = [replace(operand, rows=_kept(operand.rows)) for operand in row.operands if not operand.muted]
            left = tuple(operand for operand in operands if operand.rows)
            if left:
                found.append(replace(row, operands=left))
        else:
            found.append(row)
    return tuple(found)


def _touched(rows: tuple[Row, ...]) -> set[int]:
    """The lifelines on which anything lies."""
    found: set[int] = set()
    for row in rows:
        if isinstance(row, Arrow):
            found |= {row.sender, row.receiver}
        elif isinstance(row, Action):
            found.add(row.participant)
        elif isinstance(row, Frame):
            for operand in row.operands:
                found |= _touched(operand.rows)
    return found


def _renumbered(rows: tuple[Row, ...], number: dict[int, int]) -> tuple[Row, ...]:
    return tuple(_moved(row, number) for row in rows)


def _moved(row: Row, number: dict[int, int]) -> Row:
    if isinstance(row, Arrow):
        return replace(row, sender=number[row.sender], receiver=number[row.receiver])
    if isinstance(row, Action):
        return replace(row, participant=number[row.participant])
    if isinstance(row, Note):
        return replace(row, over=tuple(number[each] for each in row.over if each in number) or (0,))
    operands = (Operand(each.guard, _renumbered(each.rows, number), each.annotation, each.muted) for each in row.operands)
    return replace(row, operands=tuple(operands))
