"""Calls: from which request to which reply a lifeline is at work.

Found in the rows as they are drawn, so that a trace with records missing still gives bars that begin and end:
a call whose reply is not among the rows opens nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sim.draw.chart import Arrow, Line, Role, Row

ANSWERS = (Role.DIAGRAM, Role.REFUSAL, Role.CHALLENGE)
"""The roles of rows that may answer a call in the drawing of one session."""


def paired(rows: Sequence[Row], answers: Collection[Role] = ANSWERS) -> tuple[Row, ...]:
    """``rows`` of one compartment, with ``opens`` set on each call that is answered there and ``closes`` on its answer.

    A call is a solid request from one lifeline to another that arrived; its answer the next dashed arrow back whose
    role is one of ``answers``, last call first. Frames among the rows are left as they are: calls do not cross them.
    """
    open_calls: list[int] = []
    opens: set[int] = set()
    closes: set[int] = set()
    for index, row in enumerate(rows):
        if not isinstance(row, Arrow) or row.muted or row.sender == row.receiver:
            continue
        if row.line is Line.REQUEST and row.role is Role.DIAGRAM:
            open_calls.append(index)
        elif row.line is Line.REPLY and row.role in answers:
            for depth in range(len(open_calls) - 1, -1, -1):
                call = rows[open_calls[depth]]
                assert isinstance(call, Arrow)
                if (call.sender, call.receiver) == (row.receiver, row.sender):
                    opens.add(open_calls[depth])
                    closes.add(index)
                    del open_calls[depth:]
                    break
    result = list(rows)
    for index in sorted(opens | closes):
        arrow = result[index]
        assert isinstance(arrow, Arrow)
        result[index] = replace(arrow, opens=index in opens, closes=index in closes)
    return tuple(result)
