"""The diagram as tables: participants, facts, steps, ways, guards."""

import pytest

from sim.plan.plan import (
    ALWAYS,
    CHANCE,
    CLIENT,
    COMPANION,
    HOLDS,
    NONE,
    SERVER,
    TIMES,
    UNTIL,
    WHILE,
    GuardPlan,
    RefusalPlan,
    WayPlan,
)
from sim.protocol.projection import DONE, StepKind

EVERYTHING = """
diagram: Everything
participants: {u: User, c: Client, s: Server, t: Third}
facts: [badge]
sequence:
  - u ..> c: wish
  - c -> s: ask
    needs: badge
    carries: key
    on_refusal: {401: {drop: key, go_to: ask, at_most: 3}, 503: {drop: [badge, key]}}
  - s -> t: query
    on_refusal: {404: {refuse: 410}}
  - t --> s: found
  - alt:
      - {case: low, id: low, when: {chance: 0.25}, sequence: [s: work low]}
      - {case: known, id: known, when: s holds key, sequence: [{s: work known, spends: key, gives: note}]}
      - {else: other, id: other, sequence: [s: work other]}
    id: kind
  - s ->> t: tell
  - s: check
    checks: signature
    wait: 2 ms
  - s --> c: told
    gives: [token, key]
  - opt: lacks
    id: lacking
    when: session lacks note
    sequence:
      - loop: while
        id: while_loop
        while: c lacks token
        maximum: 4
        sequence: [c: turn]
  - loop: until
    id: until_loop
    until: {chance: 50 %}
    maximum: 6
    sequence: [c: turn back]
  - loop: times
    id: times_loop
    times: 2
    maximum: 7
    sequence:
      - c: stand
      - end: completed
        id: over
"""
HOLDS_BADGE = [{"share": "100 %", "items": ["badge", "key"]}]


@pytest.fixture(scope="module")
def plan(plan_of):
    return plan_of(EVERYTHING, {"actors": {"c": {"arrivals": "1 /s", "holds": HOLDS_BADGE}, "s": {"memory": {"token": "64 B", "nonce": "1 B"}}}})


def step(plan, name):
    (found,) = [each for each in plan.steps if each.id == name]
    return found


def names(plan, numbers):
    return [plan.facts[number] for number in numbers]


def test_participants_and_roles(plan):
    assert plan.participants == ("u", "c", "s", "t")
    assert plan.roles == (COMPANION, CLIENT, SERVER, SERVER)
    assert plan.client == 1
    assert plan.protected == NONE


def test_facts_are_numbered_by_name(plan):
    assert plan.facts == ("badge", "key", "note", "token")


def test_steps_stand_in_the_order_of_the_file(plan):
    ids = ["wish", "ask", "query", "found", "kind", "work_low", "work_known", "work_other", "tell", "check", "told", "lacking", "while_loop",
           "turn", "until_loop", "turn_back", "times_loop", "stand", "over"]
    assert [each.id for each in plan.steps] == ids
    assert [each.index for each in plan.steps] == list(range(len(ids)))
    assert [each.node for each in plan.steps] == list(range(1, len(ids) + 1))  # node 0 is the session
    assert plan.first == 0
    assert [each.kind.name for each in plan.steps] == [
        "OUTSIDE", "REQUEST", "REQUEST", "REPLY", "CHOICE", "ACTION", "ACTION", "ACTION", "ONE_WAY", "ACTION", "REPLY", "CHOICE", "LOOP",
        "ACTION", "LOOP", "ACTION", "LOOP", "ACTION", "END"]


def test_each_step_knows_who_acts_who_receives_and_what_follows(plan):
    rows = {each.id: (plan.participants[each.actor], NONE if each.receiver < 0 else plan.participants[each.receiver],
                      DONE if each.next < 0 else plan.steps[each.next].id) for each in plan.steps}
    assert rows == {
        "wish": ("u", "c", "ask"), "ask": ("c", "s", "query"), "query": ("s", "t", "found"), "found": ("t", "s", "kind"),
        "kind": ("s", NONE, "tell"), "work_low": ("s", NONE, "tell"), "work_known": ("s", NONE, "tell"), "work_other": ("s", NONE, "tell"),
        "tell": ("s", "t", "check"), "check": ("s", NONE, "told"), "told": ("s", "c", "lacking"), "lacking": ("c", NONE, "until_loop"),
        "while_loop": ("c", NONE, "until_loop"), "turn": ("c", NONE, "while_loop"), "until_loop": ("c", NONE, "times_loop"),
        "turn_back": ("c", NONE, "until_loop"), "times_loop": ("c", NONE, DONE), "stand": ("c", NONE, "over"), "over": ("c", NONE, "times_loop")}


def test_ways_and_guards(plan):
    fact = {name: number for number, name in enumerate(plan.facts)}
    ids = {each.id: each.index for each in plan.steps}
    assert step(plan, "kind").ways == (
        WayPlan(GuardPlan(CHANCE, up_to=0.25), ids["work_low"], "low"),
        WayPlan(GuardPlan(HOLDS, 2, fact["key"]), ids["work_known"], "known"),
        WayPlan(GuardPlan(ALWAYS), ids["work_other"], "other"))
    assert step(plan, "lacking").ways == (WayPlan(GuardPlan(HOLDS, NONE, fact["note"], lacks=True), ids["while_loop"], "lacking"),)
    assert step(plan, "while_loop").ways == (WayPlan(GuardPlan(HOLDS, 1, fact["token"], lacks=True), ids["turn"], "while_loop"),)
    assert step(plan, "until_loop").ways == (WayPlan(GuardPlan(CHANCE, up_to=0.5), ids["turn_back"], "until_loop"),)
    assert step(plan, "times_loop").ways == (WayPlan(GuardPlan(ALWAYS), ids["stand"], "times_loop"),)


def test_loops(plan):
    loops = {name: step(plan, name) for name in ("while_loop", "until_loop", "times_loop")}
    assert {name: (loop.leaves, loop.maximum) for name, loop in loops.items()} == {
        "while_loop": (WHILE, 4), "until_loop": (UNTIL, 6), "times_loop": (TIMES, 2)}
    assert {each.id: plan.steps[each.loop].id for each in plan.steps if each.loop >= 0} == {
        "turn": "while_loop", "turn_back": "until_loop", "stand": "times_loop", "over": "times_loop"}
    around = {each.id: [plan.steps[index].id for index in each.fragments] for each in plan.steps if each.fragments}
    assert around == {"work_low": ["kind"], "work_known": ["kind"], "work_other": ["kind"], "while_loop": ["lacking"],
                      "turn": ["lacking", "while_loop"], "turn_back": ["until_loop"], "stand": ["times_loop"], "over": ["times_loop"]}


def test_facts_of_steps(plan):
    ask, told, known = step(plan, "ask"), step(plan, "told"), step(plan, "work_known")
    assert names(plan, ask.carries) == ["key"]
    assert names(plan, ask.needs) == ["key", "badge"]  # what it carries it needs, too
    assert names(plan, told.gives) == ["token", "key"]
    assert (names(plan, known.spends), names(plan, known.gives)) == (["key"], ["note"])
    assert step(plan, "check").checks_signature
    assert step(plan, "check").wait == (0, 2_000_000.0, 0.0, ())
    assert step(plan, "over").ends_completed


def test_what_a_server_keeps_a_row_of(plan):
    """What it gives and somebody carries, or what the scenario counts as its memory; the first that is carried is the key."""
    assert names(plan, step(plan, "told").issues) == ["token", "key"]
    assert plan.facts[step(plan, "told").credential] == "key"
    assert plan.facts[step(plan, "ask").credential] == "key"
    assert step(plan, "wish").credential == step(plan, "found").credential == NONE
    assert step(plan, "ask").issues == ()


def test_refusals(plan):
    fact = {name: number for number, name in enumerate(plan.facts)}
    assert step(plan, "ask").refusals == {
        401: RefusalPlan((fact["key"],), step(plan, "ask").index, 3, NONE),
        503: RefusalPlan((fact["badge"], fact["key"]), NONE, 1, NONE)}
    assert step(plan, "query").refusals == {404: RefusalPlan((), NONE, 1, 410)}


def test_the_shipped_step_1_word_for_word(shipped):
    plan = shipped("step1_load")
    assert plan.participants == ("user_agent", "authorization_manager", "service_provider", "consumer")
    assert plan.roles == (COMPANION, SERVER, SERVER, CLIENT)
    assert plan.participants[plan.protected] == "authorization_manager"
    assert [(each.kind, each.label) for each in plan.steps if each.kind <= StepKind.ACTION] == [
        (StepKind.OUTSIDE, 'Need to access resource "r"'),
        (StepKind.REQUEST, 'GET "r"'),
        (StepKind.REPLY, '401 unauthorized; protection realm "pr"; location of protection realm metadata'),
        (StepKind.REQUEST, 'GET protection realm "pr" metadata'),
        (StepKind.REPLY, 'Protection realm "pr" metadata (incl. authorization manager location and service provider handle "sph")'),
        (StepKind.REQUEST, "POST request consumer key"),
        (StepKind.ACTION, "Allocate consumer key"),
        (StepKind.REPLY, 'Consumer key "ck" and secret "cks"'),
        (StepKind.REQUEST, 'POST request access token (w. "sph", "ck" and sign using "cks")'),
        (StepKind.ACTION, 'Verify signature "cks"'),
        (StepKind.REPLY, 'Access token "at" and secret "ats"'),
    ]
