"""Challenges: a mitigation asks for something before a request is served, and the client's answer is the request again.

``<id>?<mitigation>`` goes out in place of the answer; the attempt stays open, and its timeout runs. The client works as long as
the mitigation's law ``client_hears`` says, and sends the request once more, under the same attempt number. Messages of step s have
node s + 1 of n; its challenge has 2 (n + 1) more, the request that answers it 3 (n + 1) more, so that all their draws and places in
the order of events are their own. A server that is challenged by another answers beside its work, without a server.
"""

from typing import TYPE_CHECKING

from sim.engines.guard import Guard
from sim.engines.session import Flight
from sim.protocol.http import Request, Response
from sim.scenario.scenario import DEFAULT_HASH_RATE
from sim.trace.records import FINISHED_NS, OUTCOME, RECEIVED_NS, SENT_NS, STARTED_NS
from sim.world import moments
from sim.world.order import TIMER

if TYPE_CHECKING:
    from sim.engines.protections import Protections
    from sim.engines.station import Server
    from sim.engines.world import World


class Challenges:
    """The challenges of a server, and what clients do about them."""

    def __init__(self, world: "World", protections: "Protections") -> None:
        self.world = world
        self.protections = protections
        self.nodes = len(world.plan.steps) + 1

    def holds(self, guard: Guard, flight: Flight) -> int:
        """1 if a request answers a challenge of this mitigation (and rightly, where that can be seen in the message)."""
        if flight.answers is not guard:
            return 0
        if "http_holds" not in guard.plan.declared.hooks or not isinstance(flight.http, Request):
            return 1
        return int(bool(guard.hook("http_holds", guard.plan.values, flight.http, flight.member.address)))

    def challenge(self, guard: Guard, server: "Server", asked: Flight) -> Flight:
        """The message ``<id>?<mitigation>``."""
        attempt = asked.attempt
        assert attempt is not None
        flight = Flight(asked.session, asked.step, attempt, attempt.served, attempt.called_in, attempt.path, server.member)
        flight.id = f"{asked.step.id}?{guard.name}"
        flight.place += 2 * self.nodes << 40
        flight.status = 401
        flight.by = guard.name
        flight.asked = asked
        flight.answers = guard
        if isinstance(asked.http, Request):
            flight.http = Response(401, "Unauthorized", {}, "")
            if "http_challenge" in guard.plan.declared.hooks:
                flight.http = guard.hook("http_challenge", guard.plan.values, asked.http, asked.member.address)
        return flight

    def send(self, flight: Flight) -> None:
        """A challenge leaves."""
        attempt = flight.attempt
        assert attempt is not None
        self.world.send(flight, attempt.member, attempt.caller, attempt.deadline_ns)
        flight.handler = self.heard

    def heard(self, flight: Flight) -> None:
        """A challenge arrives: the client begins to work, if it still waits."""
        world, attempt, guard, record = self.world, flight.attempt, flight.answers, flight.record
        assert attempt is not None
        assert isinstance(guard, Guard)
        now = world.env.now_ns
        world.flying -= 1
        world.meter.message_delivered(now)
        record[RECEIVED_NS] = record[STARTED_NS] = record[FINISHED_NS] = now
        record[OUTCOME] = "delivered"
        if not attempt.open or not (attempt.caller.is_server or flight.session.going):
            return
        attempt.member.connections[attempt.partner] = now
        rate = round(DEFAULT_HASH_RATE) if attempt.caller.is_server else flight.session.class_plan.hash_rate
        work_ns = 0
        if "client_hears" in guard.laws:
            event = self.protections.event
            code = self.protections.tell(guard, "client_hears", 0, {
                moments.HASH_RATE: rate, moments.ATTEMPT: attempt.number, moments.TICKET: flight.ticket,
                moments.IS_ATTACKER: int(flight.session.attack is not None and not attempt.caller.is_server),
                moments.CHANCE: guard.chance(flight.session, flight.place) if guard.plan.declared.draws else 0}, flight.id)
            if code == moments.GIVE_UP:
                return
            work_ns = guard.checked_time("client_hears", event[moments.WORK_NS], flight.id)
            flight.ticket = guard.checked_ticket("client_hears", event[moments.TICKET], flight.id)
        flight.handler = self.answer
        world.at(work_ns, flight.session.order | flight.place | TIMER << 118, flight, attempt.caller.inbox.resumed)

    def answer(self, flight: Flight) -> None:
        """The work is done: the request goes out again, with what was asked for, if its attempt is still open."""
        attempt, asked, guard = flight.attempt, flight.asked, flight.answers
        assert attempt is not None
        assert asked is not None
        assert isinstance(guard, Guard)
        if not attempt.open or not (attempt.caller.is_server or flight.session.going):
            return
        again = Flight(asked.session, asked.step, attempt, asked.served, asked.iteration, attempt.path, attempt.member)
        again.place = asked.place + (3 * self.nodes << 40)
        again.rows, again.key, again.http, again.answers = asked.rows, asked.key, asked.http, guard
        again.ticket = flight.ticket
        if "http_answer" in guard.plan.declared.hooks and isinstance(asked.http, Request):
            again.http = guard.hook("http_answer", flight.http, asked.http)
        if attempt.signed_ns < 0:
            attempt.signed_ns = asked.record[SENT_NS]
        partner = attempt.partner
        self.world.send(again, partner.member or partner.self_in(flight.session), partner, attempt.deadline_ns)
        attempt.record = again.record
