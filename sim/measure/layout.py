"""What a meter measures, and where each number of it lives in its block.

`MeterLayout` says what is there (classes, stations, times); `allocate` makes the block that the laws of
:mod:`sim.measure.accumulators` fold events into, and the addresses of its rows.
"""

from dataclasses import dataclass
from itertools import pairwise

from sim.measure import accumulators as at
from sim.measure import attacking
from sim.measure.histogram import BUCKETS, COARSE_BUCKETS

BIN_LIMIT_NS = 1 << 40
"""Longest bin, 18 minutes: with at.PRESENT_LIMIT it keeps an integral over one bin below 2^63."""
BINS_LIMIT = 100_000
TIME_LIMIT_NS = 1 << 62
BINS_AIM = 120


@dataclass(frozen=True, slots=True)
class ClassLayout:
    """A client class: its name, and the deadline of its sessions in ns, or None.

    ``shares_address``: several of its clients are behind one address; ``is_slow``: others solve puzzles faster.
    """

    name: str
    deadline_ns: int | None = None
    shares_address: bool = False
    is_slow: bool = False


@dataclass(frozen=True, slots=True)
class StationLayout:
    """A station.

    ``capacity_servers`` is instances x servers, None for a station without limit (which has no utilisation).
    ``memory`` names each kind of row its tables hold, with the bytes of one row.
    """

    name: str
    capacity_servers: int | None
    memory: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class AttackLayout:
    """An attack over [from_ns, until_ns): its budget of addresses and prefixes, and whether it replays what it captured."""

    name: str
    from_ns: int
    until_ns: int
    addresses: int = 1
    prefixes: int = 1
    replays: bool = False


@dataclass(frozen=True, slots=True)
class MeterLayout:
    """What a `Meter` measures: a run over [0, duration_ns), its classes, stations and attacks, time bins of ``bin_ns``.

    Raises ValueError for times out of range, a warm-up that leaves nothing to measure, or a name given twice.
    """

    duration_ns: int
    warm_up_ns: int
    classes: tuple[ClassLayout, ...]
    stations: tuple[StationLayout, ...]
    bin_ns: int
    attacks: tuple[AttackLayout, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a layout that the block could not hold exactly."""
        if not 0 < self.duration_ns < TIME_LIMIT_NS:
            raise ValueError(f"duration_ns is {self.duration_ns}; expected 1 .. 2^62 - 1")
        if not 0 <= self.warm_up_ns < self.duration_ns:
            raise ValueError(f"warm_up_ns is {self.warm_up_ns}; expected 0 .. duration_ns - 1")
        if not 0 < self.bin_ns <= BIN_LIMIT_NS:
            raise ValueError(f"bin_ns is {self.bin_ns}; expected 1 .. 2^40")
        if self.bins > BINS_LIMIT:
            raise ValueError(f"bin_ns is {self.bin_ns}, which makes {self.bins} bins; expected at most {BINS_LIMIT}")
        for names in ([c.name for c in self.classes], [s.name for s in self.stations], [a.name for a in self.attacks]):
            if len(set(names)) < len(names):
                raise ValueError(f"a name stands twice among {', '.join(names)}")
        for attack in self.attacks:
            if not 0 <= attack.from_ns < attack.until_ns <= self.duration_ns:
                raise ValueError(f"attack {attack.name} takes [{attack.from_ns}, {attack.until_ns}) ns; expected a part of the run")

    @property
    def bins(self) -> int:
        """Number of bins; the last may be shorter."""
        return -(-self.duration_ns // self.bin_ns)

    @property
    def phases(self) -> tuple[tuple[int, int], ...]:
        """What the beginnings and ends of attacks cut the run into, (from_ns, until_ns) each; all of it without attacks."""
        cuts = {edge for attack in self.attacks for edge in (attack.from_ns, attack.until_ns)} - {0, self.duration_ns}
        edges = [0, *sorted(cuts), self.duration_ns]
        return tuple(pairwise(edges))


def default_bin_ns(duration_ns: int) -> int:
    """Return the shortest bin of 1, 2 or 5 x 10^k ns that cuts a run into at most 120, capped at BIN_LIMIT_NS."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            bin_ns = digit * power
            if bin_ns > BIN_LIMIT_NS:
                return BIN_LIMIT_NS
            if bin_ns * BINS_AIM >= duration_ns:
                return bin_ns
        power *= 10


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where things stand in a block: offsets of rows, in the order of the layout; ``reasons`` to the end may grow."""

    edges: int
    network: int
    sessions: int
    classes: tuple[int, ...]
    phases: tuple[int, ...]
    attacks: tuple[int, ...]
    stations: tuple[int, ...]
    reasons: int
    segments: int


class _Block:
    """A block while it is being laid out."""

    def __init__(self) -> None:
        self.cells: list[int] = []

    def take(self, cells: int) -> int:
        """Append zeros; return the offset of the first."""
        offset = len(self.cells)
        self.cells.extend([0] * cells)
        return offset

    def take_row(self, width: int, series_width: int, edges: int, segments: int) -> int:
        """Append a row with a series, its head filled in."""
        row = self.take(width)
        cells = self.cells
        cells[row + at.NEXT_NS] = cells[edges]
        cells[row + at.EDGES] = edges
        cells[row + at.SERIES_WIDTH] = series_width
        cells[row + at.SERIES] = self.take(series_width * segments)
        return row


def edges_of(layout: MeterLayout) -> list[tuple[int, int]]:
    """Return for each segment its end in ns and 1 if it closes a bin, 0 if it only ends the warm-up."""
    ends = [min((k + 1) * layout.bin_ns, layout.duration_ns) for k in range(layout.bins)]
    edges = [(end, 1) for end in ends]
    if layout.warm_up_ns > 0 and layout.warm_up_ns % layout.bin_ns != 0:
        edges.insert(layout.warm_up_ns // layout.bin_ns, (layout.warm_up_ns, 0))
    return edges


def allocate(layout: MeterLayout) -> tuple[list[int], Addresses]:
    """Return a fresh block for a layout, and the addresses in it."""
    block = _Block()
    block.take(at.HEADER_WIDTH)
    cells = block.cells
    cells[at.END_NS] = layout.duration_ns
    cells[at.WARM_UP_NS] = layout.warm_up_ns
    cells[at.BIN_NS] = layout.bin_ns
    cells[at.BY_START] = block.take(2 * layout.bins)
    edge_list = edges_of(layout)
    segments = len(edge_list)
    edges = block.take(at.EDGE_WIDTH * (segments + 1))
    for segment, (end_ns, closes) in enumerate([*edge_list, (at.NEVER_NS, 0)]):
        cells[edges + at.EDGE_WIDTH * segment] = end_ns
        cells[edges + at.EDGE_WIDTH * segment + 1] = closes
    network = block.take_row(at.NETWORK_WIDTH, at.NETWORK_WIDTH - at.CURRENT, edges, segments)
    sessions = block.take_row(at.SESSIONS_WIDTH, at.SESSIONS_WIDTH - at.CURRENT, edges, segments)
    cells[sessions + at.COARSE] = block.take(COARSE_BUCKETS)
    classes = tuple(_class_row(block, each, len(layout.phases)) for each in layout.classes)
    phases = _phase_rows(block, layout)
    attacks = tuple(_attack_row(block, each, edges, segments) for each in layout.attacks)
    stations = tuple(_station_row(block, each, edges, segments) for each in layout.stations)
    reasons = len(cells)
    for index, station in enumerate(stations):
        cells[station + at.REASONS] = reasons + index * segments
        cells[station + at.REASON_STRIDE] = len(stations) * segments
    return cells, Addresses(edges, network, sessions, classes, phases, attacks, stations, reasons, segments)


def _class_row(block: _Block, layout: ClassLayout, phases: int) -> int:
    row = block.take(at.CLASS_WIDTH)
    block.cells[row + at.BY_PHASE] = block.take(2 * phases)
    block.cells[row + at.DEADLINE_NS] = -1 if layout.deadline_ns is None else layout.deadline_ns
    block.cells[row + at.RESPONSE_HISTOGRAM] = block.take(BUCKETS)
    return row


def _phase_rows(block: _Block, layout: MeterLayout) -> tuple[int, ...]:
    """A row for each phase, one after the other, and when each ends; none without attacks."""
    if not layout.attacks:
        return ()
    phases = layout.phases
    ends = block.take(len(phases))
    rows = [block.take(at.CLASS_WIDTH) for _ in phases]
    cells = block.cells
    for index, (row, (_, until_ns)) in enumerate(zip(rows, phases, strict=True)):
        cells[ends + index] = until_ns
        cells[row + at.BY_PHASE] = 2 * index
        cells[row + at.DEADLINE_NS] = -1  # that of a session is its class's
        cells[row + at.RESPONSE_HISTOGRAM] = block.take(BUCKETS)
    cells[ends + len(phases) - 1] = at.NEVER_NS
    cells[at.PHASES], cells[at.PHASE_ENDS], cells[at.FIRST_PHASE], cells[at.PHASE_STRIDE] = len(rows), ends, rows[0], at.CLASS_WIDTH
    return tuple(rows)


def _attack_row(block: _Block, layout: AttackLayout, edges: int, segments: int) -> int:
    row = block.take_row(attacking.ATTACK_WIDTH, attacking.ATTACK_SERIES_WIDTH, edges, segments)
    block.cells[row + attacking.REPLAYS] = int(layout.replays)
    return row


def _station_row(block: _Block, layout: StationLayout, edges: int, segments: int) -> int:
    row = block.take_row(at.STATION_WIDTH, at.STATION_SERIES_WIDTH, edges, segments)
    cells = block.cells
    cells[row + at.COARSE] = block.take(COARSE_BUCKETS)
    cells[row + at.SOJOURN_HISTOGRAM] = block.take(BUCKETS)
    cells[row + at.WAIT_HISTOGRAM] = block.take(BUCKETS)
    table = block.take(at.MEMORY_WIDTH * len(layout.memory))
    cells[row + at.MEMORY_TABLE] = table
    for kind, (_, row_bytes) in enumerate(layout.memory):
        cells[table + at.MEMORY_WIDTH * kind + at.ROW_BYTES] = row_bytes
    return row
