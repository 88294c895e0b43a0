"""The keys of a scenario file, and the JSON Schema that comes from them."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from sim.scenario.attacks import AttackList
from sim.scenario.clients import ClientKeys
from sim.scenario.fields import MAXIMUM_COUNT, Duration, DurationAboveZero, FactName, Instant, Strict, Text, Traced, optional
from sim.scenario.mitigations import json_schema as mitigations_schema
from sim.scenario.network import NetworkKeys
from sim.scenario.scheduled import FaultsField
from sim.scenario.servers import CompanionKeys, ServerKeys
from sim.scenario.study import StudyKeys
from sim.scenario.tune import TuneKeys

MAXIMUM_SEED = 2**63 - 1
DEFAULT_SEED = 1

COMPANION_KEYS = tuple(CompanionKeys.model_fields)
SERVER_ONLY = frozenset(ServerKeys.model_fields).difference(COMPANION_KEYS)
CLIENT_ONLY = frozenset(ClientKeys.model_fields).difference(COMPANION_KEYS)
# The keys that settle it if an actor has keys of both kinds; "addresses" or "deadline" at a server is a slip.
STARTS_SESSIONS = frozenset({"population", "arrivals", "picks", "holds", "classes"})


def actor_kind(data: object) -> str:
    """``<client>``, ``<server>`` or ``<companion>``: which keys the data of an actor should have."""
    keys = set(data) if isinstance(data, dict) else set()
    if keys & STARTS_SESSIONS or (keys & CLIENT_ONLY and not keys & SERVER_ONLY):
        return "<client>"
    return "<server>" if keys & SERVER_ONLY else "<companion>"


ActorKeys = Annotated[
    Annotated[ClientKeys, Tag("<client>")] | Annotated[ServerKeys, Tag("<server>")] | Annotated[CompanionKeys, Tag("<companion>")],
    Discriminator(actor_kind),
]


class ScenarioKeys(Strict):
    """Who is there, how many, how fast, and what goes wrong."""

    scenario: Text = Field(title="Scenario", description="The title.", examples=["Two kinds of consumers"])
    model: Text = Field(
        title="Model",
        description="The diagram that runs: a path, or the name of one that ships.",
        examples=["protectserve/step1"],
    )
    about: Annotated[str, Field(max_length=10_000)] = optional(
        title="About", description="What the scenario is for.", examples=["A quiet day."]
    )
    start: Instant = optional(
        title="Start",
        description="The date and time at t = 0. Default: 2009-04-09T00:00:00Z.",
        examples=["2009-04-09T00:00:00Z"],
    )
    duration: DurationAboveZero = Field(title="Duration", description="How long the run is.", examples=["10 min"])
    warm_up: Duration = optional(
        title="Warm-up", description="What is not counted, at the beginning. Default: 0 s.", examples=["1 min"]
    )
    seed: Annotated[int, Field(ge=0, le=MAXIMUM_SEED)] = optional(
        title="Seed", description="Where all chance comes from. Default: 1.", examples=[7]
    )
    replication: Annotated[int, Field(ge=0, le=MAXIMUM_COUNT)] = optional(
        title="Replication", description="Which of the runs with this seed. Default: 0.", examples=[0]
    )
    trace: Traced = optional(
        title="Trace",
        description="Which records are kept: all, none, or those of a share of the sessions, drawn evenly. Default: all.",
        examples=["all", {"sample": "1 %"}],
    )
    protected: FactName = optional(
        title="Protected",
        description="The server whose protection is in question. Default: none.",
        examples=["authorization_manager"],
    )
    network: NetworkKeys = optional(
        title="Network",
        description="'default' for all links, and exceptions: 'a <-> b' for both directions, 'a -> b' for one.",
        examples=[{"default": {"latency": "20 ms"}, "consumer <-> authorization_manager": {"latency": "35 ms"}}],
    )
    actors: dict[FactName, ActorKeys] = Field(
        title="Actors",
        description="The participants of the diagram by their id; who is not named has the defaults.",
        examples=[{"consumer": {"arrivals": {"poisson": "20 /s"}}}],
    )
    attacks: AttackList = optional(
        title="Attacks",
        description="Traffic that leaves the diagram's path. Default: none.",
        examples=[[{"name": "flood", "sends": "request_consumer_key", "rate": "10000 /s", "during": ["2 min", "7 min"]}]],
    )
    faults: FaultsField = optional(
        title="Faults",
        description="What fails, and when. Default: nothing.",
        examples=[[{"outage": "authorization_manager", "during": ["2 min", "3 min"]}]],
    )
    mitigations: dict[FactName, list[Any]] = optional(
        title="Mitigations",
        description="By server, its protections in the order in which they are asked.",
        examples=[{"authorization_manager": [{"token_bucket": {"rate": "1 /s"}}]}],
    )
    study: StudyKeys = optional(
        title="Study",
        description="What 'sim study' varies. Default: nothing.",
        examples=[{"vary": {"attacks.flood.rate": ["400 /s", "4000 /s"]}}],
    )
    tune: TuneKeys = optional(
        title="Tune",
        description="What 'sim tune' searches. Default: nothing.",
        examples=[{"parameters": {"actors.server.servers": {"from": 1, "to": 8}}, "minimise": {"measure": "memory_peak_bytes"},
                   "keep": [{"measure": "honest_success_ratio", "at_least": "95 %"}]}],
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a scenario file, for editors."""
    schema = ScenarioKeys.model_json_schema(by_alias=True)
    by_server = schema["properties"]["mitigations"]["patternProperties"]
    by_server.update({name: mitigations_schema() for name in by_server})
    _tidy(schema)
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "diagram-sim scenario"}
    return {**about, **{key: value for key, value in schema.items() if key != "title"}}


def _tidy(schema: Any) -> None:
    """Drop the null defaults of keys that may be left out, close mappings whose keys follow a pattern, and let an actor
    fit several kinds (one with nothing but work may be a server or a companion).
    """
    if isinstance(schema, list):
        for part in schema:
            _tidy(part)
    if not isinstance(schema, dict):
        return
    if "default" in schema and schema["default"] is None:
        del schema["default"]
    if "oneOf" in schema:
        schema["anyOf"] = schema.pop("oneOf")
    if "patternProperties" in schema:
        schema.setdefault("additionalProperties", False)
    for part in schema.values():
        _tidy(part)
