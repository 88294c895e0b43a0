"""The chart: what every emitter of sequence diagrams draws.

One tree of rows, made by :mod:`sim.draw.compose` from a trace header and its records, read by the
emitters (text, Mermaid, PlantUML, SVG, PNG). An emitter decides how a thing looks, never what is there.

The terms are UML's: a lifeline for each participant, arrows between lifelines, actions on one lifeline,
frames (combined fragments) with operands, notes (OMG UML 2.5.1, clause 17).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Line(StrEnum):
    """How the line of an arrow is drawn, and its head."""

    REQUEST = "->"
    """Solid line, filled head: a call."""
    REPLY = "-->"
    """Dashed line, open head: the reply to a call."""
    ONE_WAY = "->>"
    """Solid line, open head: nobody waits for an answer."""
    OUTSIDE = "..>"
    """Dotted line, open head: a step outside the protocol."""


class Role(StrEnum):
    """Why a row is on the chart; emitters set the roles apart in colour and shape."""

    DIAGRAM = "diagram"
    """A row of the diagram itself."""
    REFUSAL = "refusal"
    """A message ``<id>!<status>``, or an action that refused."""
    LOSS = "loss"
    """A message that never arrived: the arrow ends in a cross before the receiver."""
    CHALLENGE = "challenge"
    """A message ``<id>?<mitigation>``."""
    UNKNOWN = "unknown"
    """In the trace, but not in the diagram of its header."""


@dataclass(frozen=True, slots=True)
class Lifeline:
    """A participant: ``id`` as in the diagram, ``label`` as shown above the line."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message from lifeline ``sender`` to lifeline ``receiver`` (indices into :attr:`Chart.lifelines`; they may be equal)."""

    id: str
    sender: int
    receiver: int
    line: Line
    label: str
    annotation: str = ""
    """What the trace adds, as a short second line: ``35.2 ms`` or ``4,812 x, median 35.2 ms``; empty for a model."""
    role: Role = Role.DIAGRAM
    added: bool = False
    """Not in the source of the diagram, but added by its author."""
    muted: bool = False
    """No session came here: drawn grey."""
    details: tuple[str, ...] = ()
    """Lines of the tooltip."""
    opens: bool = False
    """The receiver's activation begins here."""
    closes: bool = False
    """The sender's activation ends here."""


@dataclass(frozen=True, slots=True)
class Action:
    """A step on one lifeline (also a wait, and the end of a session, by ``shape``)."""

    id: str
    participant: int
    label: str
    annotation: str = ""
    role: Role = Role.DIAGRAM
    added: bool = False
    muted: bool = False
    details: tuple[str, ...] = ()
    shape: Literal["action", "wait", "end"] = "action"


@dataclass(frozen=True, slots=True)
class Note:
    """A note over lifelines ``over[0]`` to ``over[-1]`` (indices in order; never empty)."""

    over: tuple[int, ...]
    text: str
    added: bool = False
    muted: bool = False
    heading: bool = False
    """No note of the diagram, but a heading between rows: ``pass 2 of 3`` of a loop."""


@dataclass(frozen=True, slots=True)
class Operand:
    """One compartment of a frame: its guard (shown in square brackets) and its rows."""

    guard: str
    rows: "tuple[Row, ...]"
    annotation: str = ""
    """E.g. ``62 % of 12,004 sessions`` or ``skipped``."""
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A combined fragment. ``operator`` is shown in its corner; an alt has two or more operands, all others one."""

    id: str
    operator: Literal["opt", "alt", "loop", "par"]
    operands: tuple[Operand, ...]
    role: Role = Role.DIAGRAM
    added: bool = False
    muted: bool = False


Row = Arrow | Action | Note | Frame


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole sequence diagram, ready to be drawn."""

    title: str
    lifelines: tuple[Lifeline, ...]
    rows: tuple[Row, ...]
    version: str = ""
    about: str = ""
    """A sentence under the title, e.g. what dotted lines mean."""
    summary: str = ""
    """What was drawn: empty for a model, else e.g. ``Session 3 of step1: completed in 152 ms`` or ``12,004 sessions merged``."""
