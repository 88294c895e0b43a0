"""The words of a scenario that stand for laws or measures: orders of service, attack rates and the like, with YAML.

Which there are, what they may be told and examples come from the schema of the scenario, so that a new one is listed by itself;
what a word alone cannot say, and the sources, stand here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from sim.scenario.attacks import AttackKeys, AttackRateKeys, SourceKeys
from sim.scenario.flow import dump
from sim.scenario.network import LinkKeys
from sim.scenario.retries import BackoffKeys
from sim.scenario.servers import QueueKeys, ServerKeys
from sim.study.measures import MEASURES

MANAGER, KEYS, TOKENS = "authorization_manager", "request_consumer_key", "request_access_token"
_BROOKER = 'M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog (2015)'
_MITZENMACHER = 'M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 12(10) (2001)'
_LEWIS_SHEDLER = 'P. A. W. Lewis, G. S. Shedler, "Simulation of Nonhomogeneous Poisson Processes by Thinning", NRLQ 26 (1979)'
_SAID = {
    "order/fifo": ("Who came first.", "D. G. Kendall, Annals of Mathematical Statistics 24 (1953)"),
    "order/lifo": ("Who came last.", 'L. Kleinrock, "Queueing Systems" (1975)'),
    "order/fair": ("The addresses that wait in turn, each its oldest request.",
                   'J. Nagle, RFC 970 (1985); M. Shreedhar, G. Varghese, "Efficient Fair Queueing", SIGCOMM 1995'),
    "order/priority": ("Whoever has a key that it proved from the same address before, then the others.",
                       'A. Cobham, "Priority Assignment in Waiting Line Problems", Operations Research 2 (1954)'),
    "order/effort": ("Whoever solved the dearest adaptive_puzzle, then who came first.", "Tor proposal 327 (2020)"),
    "order/adaptive_lifo": ("Who came first; in a backlog who came last.", 'B. Maurer, "Fail at Scale", ACM Queue 13(8) (2015)'),
    "order/processor_sharing": ("Everybody at once, each at an equal share of the speed.",
                                'L. Kleinrock, "Time-shared Systems: A Theoretical Treatment", Journal of the ACM 14 (1967)'),
    "transport/datagram": ("A lost message is lost, and a source can be spoofed.", "RFC 768"),
    "transport/tcp": ("A new connection costs a round trip; a loss is a delay.", "RFC 9293; RFC 6298 (retransmission)"),
    "transport/tls": ("As tcp, with a handshake: one more round trip, and work at the server.", "RFC 8446"),
    "balance/random": ("An instance drawn evenly, for each request.", _MITZENMACHER),
    "balance/round_robin": ("The instances in turn.", "NGINX, module ngx_http_upstream_module"),
    "balance/two_choices": ("Of two drawn evenly, the one with less to do.", _MITZENMACHER),
    "balance/least_loaded": ("The one with the least to do of all.", "NGINX, module ngx_http_upstream_module (least_conn)"),
    "signature/valid": ("Signed with a key of the attacker's own, if the message needs one.", "RFC 5849, 3.4"),
    "signature/missing": ("No signature at all.", "RFC 5849, 3.2"),
    "signature/wrong": ("A signature over something else, by a key that the server knows.", "RFC 5849, 3.2"),
    "signature/unknown_key": ("A signature by a key that the server never gave out.", "RFC 5849, 3.2"),
    "backoff/none": ("No pause.", ""),
}
"""What a word does, and where it comes from."""
_SOURCES = {
    "rate/poisson": 'J. F. C. Kingman, "Poisson Processes" (1993)',
    "rate/pulses": 'A. Kuzmanovic, E. Knightly, "Low-Rate TCP-Targeted Denial of Service Attacks", SIGCOMM 2003',
    "rate/ramp": _LEWIS_SHEDLER,
    "rate/steps": _LEWIS_SHEDLER,
    "signature/replayed": "RFC 5849, 3.3 (nonces against replay)",
    "sources/addresses": 'J. R. Douceur, "The Sybil Attack", IPTPS 2002',
    "sources/among": "RFC 6269, 13 (shared addresses)",
    "sources/spoofed": "RFC 2827",
    "backoff/exponential": 'R. Metcalfe, D. Boggs, "Ethernet", CACM 19(7) (1976)',
    **{f"backoff/{kind}_jitter": _BROOKER for kind in ("full", "equal", "decorrelated")},
}
KINDS = {"order": "queue orders", "balance": "balancing", "transport": "transports", "backoff": "back-offs",
         "rate": "attack rates", "signature": "attack signatures", "sources": "attack sources", "measure": "measures"}
"""What each kind is called."""


@dataclass(frozen=True)
class Parameter:
    """A key that belongs to a feature: ``default`` as a file says it, or ``required``."""

    name: str
    range: str
    default: str
    about: str


@dataclass(frozen=True)
class Feature:
    """``name`` is ``kind/word``; ``text`` is YAML of the top level of a scenario."""

    name: str
    about: str
    source: str
    parameters: tuple[Parameter, ...]
    text: str

    @property
    def kind(self) -> str:
        """The kind, as it is listed."""
        return KINDS[self.name.partition("/")[0]]


def features() -> dict[str, Feature]:
    """All of them by name, kind after kind."""
    return {each.name: each for each in _features()}


def named(name: str) -> list[Feature]:
    """Those that a name means: ``order/fair``, or ``fair``."""
    known = features()
    return [known[name]] if name in known else [each for each in known.values() if each.name.partition("/")[2] == name]


def _features() -> Iterator[Feature]:
    fields = {**LinkKeys.model_fields, **QueueKeys.model_fields, **ServerKeys.model_fields}
    for key in ("order", "balance", "transport"):
        for word in _words(fields[key].annotation) if key in fields else ():
            yield _of_word(key, word, fields[key])
    yield _of_word("backoff", "none", None)
    yield from (_of_field("backoff", name, field) for name, field in BackoffKeys.model_fields.items())
    yield from (_of_field("rate", name, field) for name, field in AttackRateKeys.model_fields.items() if name != "process")
    annotation = AttackKeys.model_fields["signature"].annotation
    yield from (_of_word("signature", word, None) for word in _words(annotation))
    for keys in _models(annotation):
        yield from (_of_field("signature", name, field) for name, field in keys.model_fields.items())
    yield from (_of_field("sources", name, field) for name, field in SourceKeys.model_fields.items())
    for measure in MEASURES:
        about = f"{measure.about[:1].upper()}{measure.about[1:]}."
        yield Feature(f"measure/{measure.name}", about, "", (), _yaml("measure", measure.name, measure.name))


def _of_word(kind: str, word: str, field: FieldInfo | None) -> Feature:
    """A word that is all there is to say."""
    name = f"{kind}/{word}"
    about, source = _SAID.get(name, (field.description if field is not None and field.description else word, ""))
    said = {kind: field, **({"backlog": QueueKeys.model_fields["backlog"]} if name == "order/adaptive_lifo" else {})}
    parameters = tuple(_parameter(key, each) for key, each in said.items() if each is not None)
    return Feature(name, about, source, parameters, _yaml(kind, word, word))


def _of_field(kind: str, word: str, field: FieldInfo) -> Feature:
    """A word with something after it: a value, or keys of its own."""
    name = f"{kind}/{word}"
    inner = [key for keys in _models(field.annotation) for key in keys.model_fields.items()]
    parameters = tuple(_parameter(*key) for key in inner) or (_parameter(word, field, is_required=True),)
    example = field.examples[0] if field.examples else None
    given = {word: example}
    if name == "sources/prefixes":
        given = {**AttackKeys.model_fields["sources"].examples[0], **given}  # type: ignore[index]
    return Feature(name, field.description or "", _SOURCES.get(name, ""), parameters, _yaml(kind, word, given))


def _parameter(name: str, field: FieldInfo, is_required: bool | None = None) -> Parameter:
    about, _, default = (field.description or "").partition(" Default: ")
    is_required = field.is_required() if is_required is None else is_required
    said = "required" if is_required else f"default {default.rstrip('.') or 'none'}"
    return Parameter(field.alias or name, _range(field), said, about)


def _range(field: FieldInfo) -> str:
    """What a value may be, in words, from its JSON Schema."""
    annotation: Any = field.annotation
    for part in field.metadata:
        annotation = Annotated[annotation, part]
    schema = TypeAdapter(annotation).json_schema()
    schema = {**next((each for each in schema.get("anyOf", ()) if "description" in each), {}), **schema}
    if "description" in schema:
        return str(schema["description"]).partition(" (")[0]
    if schema.get("enum") or "const" in schema:
        return " or ".join(map(str, schema.get("enum", [schema.get("const")])))
    if schema.get("type") == "integer":
        return f"a whole number from {schema.get('minimum', 0)}" + (f" to {schema['maximum']}" if "maximum" in schema else " on")
    if {"array", "string"} <= {each.get("type") for each in schema.get("anyOf", ())}:
        return "a list, or the name of a CSV file"
    return {"array": "a list", "string": "a name", "boolean": "true or false"}.get(schema.get("type", ""), "a mapping")


def _words(annotation: Any) -> tuple[str, ...]:
    """The words that an annotation allows."""
    if get_origin(annotation) is Literal:
        return tuple(word for word in get_args(annotation) if isinstance(word, str))
    return tuple(word for part in _parts(annotation) for word in _words(part))


def _models(annotation: Any) -> tuple[type[BaseModel], ...]:
    """The mappings that an annotation allows."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    return tuple(keys for part in _parts(annotation) for keys in _models(part))


def _parts(annotation: Any) -> tuple[Any, ...]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return get_args(annotation)[:1]
    return get_args(annotation) if origin in (Union, UnionType) else ()


def _yaml(kind: str, word: str, given: Any) -> str:
    """The feature in a scenario of the first protocol."""
    flood: dict[str, Any] = {"name": "flood", "sends": KEYS, "rate": "1000 /s"}
    queue = {"capacity": 1000, "order": word, **({"backlog": 10} if word == "adaptive_lifo" else {})}
    whole: dict[str, dict[str, Any]] = {
        "order": {"actors": {MANAGER: {"queue": queue}}},
        "balance": {"actors": {MANAGER: {"instances": 4, "balance": word}}},
        "transport": {"network": {"default": {"transport": word}}},
        "backoff": {"actors": {"consumer": {"timeout": "3 s", "retry": {"attempts": 3, "backoff": given}}}},
        "rate": {"attacks": [{**flood, "rate": given}]},
        "signature": {"attacks": [{**flood, "sends": TOKENS, "signature": given}]},
        "sources": {"attacks": [{**flood, "sources": given}]},
        "measure": {"study": {"replications": {"until": "5 %", "of": word}, "vary": {"network.default.loss": ["0 %", "2 %"]}}},
    }
    if word == "effort":  # somebody has to be asked for one
        whole["order"]["mitigations"] = {MANAGER: [{"adaptive_puzzle": {"message": KEYS}}]}
    if word == "spoofed":  # a spoofed source completes no handshake
        whole["sources"]["network"] = {"default": {"transport": "datagram"}}
    return dump(whole[kind]).rstrip("\n")
