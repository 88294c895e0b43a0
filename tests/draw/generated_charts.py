"""Generated labels and charts, full of what drawing languages mistake, for the tests of emitters."""

from hypothesis import strategies as st

from sim.draw.chart import Action, Arrow, Chart, Frame, Lifeline, Line, Note, Operand, Role, Row

NASTY = (
    "#",
    "# one",
    "#35;",
    ";",
    "%%",
    "%date()",
    '"',
    '""mono""',
    "<b>bold</b>",
    "<br/>",
    "end",
    "//it//",
    "~",
    "~~",
    "\\",
    "\\n",
    ":",
    "::",
    "a: b",
    "**b**",
    "__u__",
    "--s--",
    "&amp;",
    "&lt;",
    "&#35;",
    "[[x]]",
    "{{x}}",
    "{a}",
    "|x|",
    "wrap: x",
    "nowrap:",
    "$$x$$",
    "@{",
    "'",
    "/'",
    "'/",
    "!define x",
    "@enduml",
    "= head",
    "== head ==",
    "* item",
    "...",
    "note over",
    "else",
    "->>",
    "<U+0041>",
    "<color:red>",
    "`code`",
    "é",
    "漢字",
    "😀",
    "e\u0301",
    "ﬂ°°35¶ß",
    "two words",
    "line\nbreak",
    "?",
    "^",
    "(x)",
    ",",
    ".",
)


def labels(least: int = 1) -> st.SearchStrategy[str]:
    """Labels full of what drawing languages mistake; white space single, none at line ends."""
    words = st.one_of(st.sampled_from(NASTY), st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=6))
    return st.builds("".join, st.lists(st.one_of(words, st.just(" ")), min_size=least, max_size=6)).filter(
        lambda text: bool(text.split()) and all(line == line.strip() and line for line in text.split("\n"))
    )


def nasty(number: int) -> str:
    """Up to four of :data:`NASTY`, with blanks between or not: one label for each number."""
    label = ""
    for _ in range(4):
        number, choice = divmod(number, 2 * len(NASTY))
        label += NASTY[choice // 2] + " " * (choice % 2)
        if not number:
            break
    return "\n".join(line.strip() for line in label.split("\n"))


def quick_labels() -> st.SearchStrategy[str]:
    """As :func:`labels`, of one draw each."""
    return st.integers(0, (2 * len(NASTY)) ** 4 - 1).map(nasty)


@st.composite
def charts(draw: st.DrawFn, most_rows: int = 3, label: st.SearchStrategy[str] | None = None) -> Chart:
    """Charts with every kind of row, role and line, nested up to three deep."""
    label = quick_labels() if label is None else label
    count = draw(st.integers(1, 4))
    lifelines = tuple(Lifeline(f"l{index}", draw(label)) for index in range(count))
    column = st.integers(0, count - 1)
    remark = st.one_of(st.sampled_from(["", "3.2"]), label)
    flags = {"added": st.booleans(), "muted": st.booleans()}
    role = st.sampled_from(Role)
    arrows = st.builds(
        Arrow,
        id=st.just("m"),
        sender=column,
        receiver=column,
        line=st.sampled_from(Line),
        label=label,
        annotation=remark,
        role=role,
        opens=st.booleans(),
        closes=st.booleans(),
        **flags,
    )
    shape = st.sampled_from(["action", "wait", "end"])
    actions = st.builds(
        Action, id=st.just("a"), participant=column, label=label, annotation=remark, role=role, shape=shape, **flags
    )
    over = st.sets(column, min_size=1).map(lambda columns: tuple(sorted(columns)))
    notes = st.builds(Note, over=over, text=label, heading=st.booleans(), **flags)
    rows: st.SearchStrategy[tuple[Row, ...]] = st.lists(st.one_of(arrows, actions, notes), max_size=most_rows).map(tuple)
    for _ in range(2):
        operand = st.builds(Operand, guard=label, rows=rows, annotation=remark, muted=st.booleans())
        single = st.builds(
            Frame,
            id=st.just("f"),
            operator=st.sampled_from(["opt", "loop"]),
            operands=st.tuples(operand),
            **flags,
        )
        several = st.builds(
            Frame,
            id=st.just("f"),
            operator=st.sampled_from(["alt", "par"]),
            operands=st.lists(operand, min_size=2, max_size=3).map(tuple),
            **flags,
        )
        rows = st.lists(st.one_of(arrows, actions, notes, single, several), max_size=most_rows).map(tuple)
    return Chart(draw(label), lifelines, draw(rows), draw(remark), draw(remark), draw(remark))
