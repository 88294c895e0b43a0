"""Charts for the tests of pictures: some by hand, any number by hypothesis."""

from hypothesis import strategies as st

from sim.draw.chart import Action, Arrow, Chart, Frame, Lifeline, Line, Note, Operand, Role, Row

USER_AGENT, MANAGER, PROVIDER, CONSUMER = range(4)


def call(request: str, reply: str, receiver: int, *between: Row) -> tuple[Row, ...]:
    """A request of the consumer, what happens there, and the reply."""
    return (
        Arrow(request, CONSUMER, receiver, Line.REQUEST, request, "35.2 ms", opens=True, details=(request, "a < b & c")),
        *between,
        Arrow(reply, receiver, CONSUMER, Line.REPLY, reply, closes=True),
    )


def step1() -> Chart:
    """Step 1 of ProtectServe, in its own words."""
    metadata = call(
        'GET protection realm "pr" metadata',
        'Protection realm "pr" metadata (incl. authorization manager location and service provider handle "sph")',
        PROVIDER,
    )
    deviates = (
        "Note: This protocol deviates from OAuth, in that consumer key is intended only to acquire access tokens, "
        "and is not used for subsequent authentication of resource requests."
    )
    key = call(
        "POST request consumer key",
        'Consumer key "ck" and secret "cks"',
        MANAGER,
        Action("allocate", MANAGER, "Allocate consumer key", "median 4.1 ms", details=("done", "4.1 ms")),
    )
    token = call(
        'POST request access token (w. "sph", "ck" and sign using "cks")',
        'Access token "at" and secret "ats"',
        MANAGER,
        Action("verify", MANAGER, 'Verify signature "cks"'),
    )
    no_token, no_key = "consumer doesn't have access token", "consumer doesn't have consumer key"
    prevent = (
        "Implementation note: Authorization manager should take steps to prevent denial of service attacks from "
        "spurious consumer key and access token requests."
    )
    rows: tuple[Row, ...] = (
        Arrow("need_access", USER_AGENT, CONSUMER, Line.OUTSIDE, 'Need to access resource "r"'),
        *call('GET "r"', '401 unauthorized; protection realm "pr"; location of metadata', PROVIDER),
        Frame("metadata", "opt", (Operand(no_token, metadata, "80 % of 12,004 sessions"),)),
        Frame("key", "opt", (Operand(no_key, (Note((MANAGER, CONSUMER), deviates), *key), "62 %"),)),
        Frame("token", "opt", (Operand(no_token, token, "skipped", muted=True),)),
        Note((MANAGER,), prevent),
    )
    names = ("User agent", "Authorization manager", "Service provider", "Consumer")
    return Chart(
        "Step 1: Provision consumer key and access token to consumer",
        tuple(Lifeline(name.lower().replace(" ", "_"), name) for name in names),
        rows,
        "V2009.04.09.1",
        "Dotted-line steps take place outside this protocol.",
        "12,004 sessions merged",
    )


def every_kind() -> Chart:
    """One row of each role, line and shape, added and muted ones too."""
    arrows = [
        Arrow(f"{role}{line.name}", 0, 2, line, f"{role} {line.name.lower()}", "14 x", role, details=("x",))
        for role in Role
        for line in Line
    ]
    own = [Arrow(f"own{role}", 1, 1, Line.REQUEST, f"own {role}", "2 ms", role) for role in Role]
    shapes = ("action", "wait", "end")
    actions = [Action(f"{role}{shape}", 1, f"{role} {shape}", "1 x", role, shape=shape) for role in Role for shape in shapes]
    rest = [
        Arrow("muted", 1, 0, Line.REPLY, "muted", muted=True),
        Arrow("added", 1, 0, Line.ONE_WAY, "added", added=True),
        Action("muted_action", 0, "muted", muted=True),
        Note((0, 1), "muted note", muted=True),
        Note((2,), "added note", added=True),
        Note((0, 2), "pass 2 of 3", heading=True),
        Frame("alt", "alt", (Operand("yes", (), "12 %"), Operand("no", tuple(own), muted=True)), added=True),
        Frame("stray", "loop", (Operand("until done", tuple(actions)),), role=Role.UNKNOWN),
    ]
    return Chart("Every kind", (Lifeline("a", "A"), Lifeline("b", "B"), Lifeline("c", "C")), (*arrows, *rest))


def long_chart(arrows: int) -> Chart:
    """A chart of many requests and replies, each with its own label and tooltip."""
    rows = []
    for k in range(arrows // 2):
        sender, receiver = (0, 1) if k % 2 else (2, 0)
        details = tuple(f"line {line} of message {k}" for line in range(4))
        rows.append(Arrow(f"a{k}", sender, receiver, Line.REQUEST, f"request {k}", f"{k} ms", details=details, opens=True))
        rows.append(Arrow(f"b{k}", receiver, sender, Line.REPLY, f"reply {k}", f"{k} ms", details=details, closes=True))
    return Chart("Long", tuple(Lifeline(f"p{k}", f"Participant {k}") for k in range(3)), tuple(rows))


_WORDS = st.sampled_from(
    ["a", "GET", "consumer", "authorization", "https://am.example.org/very/long/path?query=1&more=2", "資源保護領域",
     "Донаудампфшиффарт", "W" * 45, "i" * 60, '"r"', "<tag>", "&amp;", "]]>", "e\u0301\u0327", "👩\u200d💻", "\n", "—"]
)  # fmt: skip
LABELS = st.one_of(
    st.lists(_WORDS, max_size=14).map(" ".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.text(max_size=8),
)
_SHORT = st.one_of(st.just(""), st.sampled_from(["35.2 ms", "4,812 x, median 35.2 ms", "62 % of 12,004 sessions"]), LABELS)


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    """Any chart: long labels in many scripts, nested frames, calls that open and never close."""
    lifelines = draw(st.integers(1, 9))
    names = draw(st.lists(LABELS, min_size=lifelines, max_size=lifelines))
    rows = draw(_rows(lifelines))
    texts = [draw(_SHORT) for _ in range(4)]
    return Chart(texts[0], tuple(Lifeline(f"p{k}", name) for k, name in enumerate(names)), rows, *texts[1:])


def _rows(lifelines: int) -> st.SearchStrategy[tuple[Row, ...]]:
    one = st.integers(0, lifelines - 1)
    role, flag = st.sampled_from(Role), st.booleans()
    line = st.sampled_from(Line)
    arrow = st.builds(Arrow, st.just("m"), one, one, line, LABELS, _SHORT, role, flag, flag, st.just(()), flag, flag)
    shape = st.sampled_from(("action", "wait", "end"))
    action = st.builds(Action, st.just("a"), one, LABELS, _SHORT, role, flag, flag, st.just(()), shape)
    over = st.lists(one, min_size=1, max_size=lifelines, unique=True).map(sorted).map(tuple)
    note = st.builds(Note, over, LABELS, flag, flag, flag)

    def framed(rows: st.SearchStrategy[Row]) -> st.SearchStrategy[Row]:
        operand = st.builds(Operand, LABELS, st.lists(rows, max_size=3).map(tuple), _SHORT, flag)
        operands = st.lists(operand, min_size=1, max_size=3).map(tuple)
        return st.builds(Frame, st.just("f"), st.sampled_from(("opt", "alt", "loop", "par")), operands, role, flag, flag)

    row = st.recursive(st.one_of(arrow, arrow, action, note), framed, max_leaves=10)
    return st.lists(row, max_size=7).map(tuple)
