"""Three sessions of a run to look at: one that was served, one that was refused, one of an attack."""

from collections import Counter
from collections.abc import Sequence

from sim.draw.brief import brief
from sim.draw.report import Example
from sim.study.traces import DrawnTrace
from sim.study.views import Diagram
from sim.trace.header import attack_names
from sim.trace.sessions import SessionRow


def examples(trace: DrawnTrace) -> tuple[Example, ...]:
    """The three, each with its diagram, or why there is none.

    Served: of the honest sessions that completed with the fewest refusals and attempts the one with the most messages, so that
    all of the protocol is seen. Refused: the honest session with the most refusals of those that ended refused; if none did,
    of all. Attacking: the first of those with the most frequent outcome. Of equals the first.
    """
    attacks = attack_names(trace.header)
    rows = [row for row in trace.sessions() if row.outcome is not None]
    honest = [row for row in rows if row.class_ not in attacks]
    attacking = [row for row in rows if row.class_ in attacks]
    served = [row for row in honest if row.outcome == "completed"]
    refused = [row for row in honest if row.outcome == "refused"] or [row for row in honest if row.refusals]
    fates = Counter(row.outcome for row in attacking)
    usual = [row for row in attacking if fates and row.outcome == fates.most_common(1)[0][0]]
    sampled = " in this trace" if trace.header.get("sample", 1.0) == 1 else " among the sessions that this trace holds"
    return (
        _example(trace, "Served", max(served, key=_plainest, default=None),
                 f"No session was completed{sampled}."),
        _example(trace, "Refused", max(refused, key=lambda row: (row.refusals, -row.number), default=None),
                 f"No honest session was refused anything{sampled}."),
        _example(trace, "Attacking", usual[0] if usual else None,
                 f"No session of an attack is{sampled}." if attacks else "This run had no attack."),
    )


def _plainest(row: SessionRow) -> tuple[int, ...]:
    return -row.refusals, -row.attempts, row.messages, -row.number


def _example(trace: DrawnTrace, heading: str, row: SessionRow | None, otherwise: str) -> Example:
    if row is None:
        return Example(heading, otherwise)
    return Example(heading, _told(row), Diagram(brief(trace.diagram(session=row.number).chart)).svg())


def _told(row: SessionRow) -> str:
    """What a session was, in a line."""
    parts: Sequence[str | None] = (
        f"Session {row.number:,} ({row.class_})", (row.outcome or "").replace("_", " ") + (f" by {row.by}" if row.by else ""),
        f"{row.refusals} refusals" if row.refusals > 1 else "1 refusal" if row.refusals else None,
        f"began at {row.started_s:.1f} s" if row.started_s is not None else None)
    return ", ".join(part for part in parts if part)
