"""A scenario against its diagram: every name it may not use, and every call that could never end."""

import pytest

from sim.language.faults import Faults
from sim.scenario.check import check
from sim.scenario.load import load

PARTICIPANTS = "user_agent, authorization_manager, service_provider or consumer"
FACTS = "access_token, consumer_key or realm_metadata"


def faults_of(data, words):
    scenario = load(data)
    with pytest.raises(Faults) as caught:
        check(scenario, words)
    return str(caught.value).splitlines()


AM_WORK = "request_consumer_key, allocate_consumer_key, verify_signature, parse or handshake"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            {"actors": {"authorisation_manager": {"servers": 1}}},
            f"actors.authorisation_manager: the diagram has no participant 'authorisation_manager'; expected {PARTICIPANTS} (did you mean 'authorization_manager'?)",
        ),
        (
            {"network": {"consumer <-> am": {}}},
            f"network.consumer <-> am: the diagram has no participant 'am'; expected {PARTICIPANTS}",
        ),
        (
            {"protected": "consumer"},
            "protected: the diagram has no server 'consumer'; expected authorization_manager or service_provider",
        ),
        (
            {"actors": {"authorization_manager": {"work": {"alocate_consumer_key": "1 ms"}}}},
            (
                "actors.authorization_manager.work.alocate_consumer_key: 'authorization_manager' has no work 'alocate_consumer_key' in this diagram; "
                f"expected a message that it receives or an action of it: {AM_WORK} (did you mean 'allocate_consumer_key'?)"
            ),
        ),
        (
            {"actors": {"user_agent": {"work": {"parse": "1 ms"}}}},
            "actors.user_agent.work.parse: 'user_agent' has no work 'parse' in this diagram; expected no work: it does nothing",
        ),
        (
            {"actors": {"user_agent": {"servers": 2}}},
            "actors.user_agent.servers: 'user_agent' receives no requests in this diagram, so 'servers' means nothing; expected work, expires, timeout, retry, throttle, breaker or parameters",
        ),
        (
            {"actors": {"authorization_manager": {"memory": {"nonces": "64 B"}}}},
            "actors.authorization_manager.memory.nonces: the diagram has no fact 'nonces'; expected access_token, consumer_key, realm_metadata or nonce (did you mean 'nonce'?)",
        ),
        (
            {"actors": {"authorization_manager": {"expires": {"key": "1 h"}}}},
            f"actors.authorization_manager.expires.key: the diagram has no fact 'key'; expected {FACTS}",
        ),
        (
            {"consumer": {"holds": [{"share": "10 %", "items": ["consumer_key", "acces_token"]}]}},
            f"actors.consumer.holds.0.items.1: the diagram has no fact 'acces_token'; expected {FACTS} (did you mean 'access_token'?)",
        ),
        (
            {"consumer": {"classes": {"a": {"expires": {"nonce": "1 h"}}}}},
            f"actors.consumer.classes.a.expires.nonce: the diagram has no fact 'nonce'; expected {FACTS}",
        ),
        (
            {"consumer": {"parameters": {"signature": "PLAINTEXT"}}},
            "actors.consumer.parameters.signature: 'consumer' has no parameter 'signature'; expected patience, signature_method or tries (did you mean 'signature_method'?)",
        ),
        (
            {"consumer": {"parameters": {"signature_method": "HMAC-SHA"}}},
            "actors.consumer.parameters.signature_method: got 'HMAC-SHA'; expected HMAC-SHA1 or PLAINTEXT (did you mean 'HMAC-SHA1'?)",
        ),
        ({"consumer": {"parameters": {"tries": True}}}, "actors.consumer.parameters.tries: got true; expected a whole number"),
        ({"consumer": {"parameters": {"patience": "2"}}}, "actors.consumer.parameters.patience: got '2'; expected a number"),
        (
            {"actors": {"authorization_manager": {"parameters": {"strict": 1}}}},
            "actors.authorization_manager.parameters.strict: got 1; expected true or false",
        ),
        (
            {"actors": {"authorization_manager": {"parameters": {"name": 1}}}},
            "actors.authorization_manager.parameters.name: got 1; expected text",
        ),
        (
            {"actors": {"user_agent": {"parameters": {"x": 1}}}},
            "actors.user_agent.parameters.x: 'user_agent' has no parameter 'x'; expected no parameters",
        ),
    ],
)
def test_a_name_that_the_diagram_does_not_have(minimal, words, keys, expected):
    assert [expected] == faults_of(minimal(**keys), words)


@pytest.mark.parametrize(
    "keys",
    [
        {
            "consumer": {
                "parameters": {"patience": 2, "tries": 3, "signature_method": "PLAINTEXT"},
            }
        },
        {"actors": {"authorization_manager": {"parameters": {"name": "x", "strict": False}, "memory": {"nonce": "64 B"}}}},
        {"protected": "service_provider", "network": {"user_agent -> consumer": {"latency": "1 ms"}}},
        {"network": {"default": {"loss": "1 %"}}, "consumer": {"timeout": "3 s"}},
        {
            "network": {
                "default": {"loss": "1 %"},
                "consumer <-> service_provider": {"loss": "0 %"},
                "consumer <-> authorization_manager": {"loss": "0 %"},
            }
        },
        {"actors": {"authorization_manager": {"queue": {"full": "drop"}}}},
    ],
)
def test_what_is_right(minimal, words, keys):
    assert 4 == len(check(load(minimal(**keys)), words).actors)


LOST = "a call to 'service_provider' would never end: messages may be lost; expected a timeout, e.g. timeout: 3 s"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"network": {"default": {"loss": "1 %"}}}, [f"actors.consumer.timeout: {LOST}"]),
        ({"network": {"default": {"loss": "1 %"}}, "consumer": {"timeout": "none"}}, [f"actors.consumer.timeout: {LOST}"]),
        ({"network": {"service_provider -> consumer": {"loss": "1 %"}}}, [f"actors.consumer.timeout: {LOST}"]),
        (
            {
                "network": {"default": {"loss": "1 %"}},
                "consumer": {"timeout": "3 s", "classes": {"a": {"timeout": "none"}, "b": {}}, "population": 2},
            },
            [f"actors.consumer.classes.a.timeout: {LOST}"],
        ),
        (
            {"network": {"default": {"loss": "1 %"}}, "consumer": {"classes": {"a": {"timeout": "1 s"}, "b": {}}, "population": 2}},
            [f"actors.consumer.classes.b.timeout: {LOST}"],
        ),
        (
            {"actors": {"authorization_manager": {"silent": True}}},
            [
                "actors.consumer.timeout: a call to 'authorization_manager' would never end: it is silent when it refuses; expected a timeout, e.g. timeout: 3 s"
            ],
        ),
        (
            {"actors": {"authorization_manager": {"queue": {"capacity": 5, "full": "drop"}}}},
            [
                "actors.consumer.timeout: a call to 'authorization_manager' would never end: it drops what its queue has no place for; expected a timeout, e.g. timeout: 3 s"
            ],
        ),
    ],
)
def test_a_call_that_would_never_end(minimal, words, keys, expected):
    assert expected == faults_of(minimal(**keys), words)


def test_faults_of_the_file_and_of_its_names_come_together(written, words):
    path = written(
        "scenario: x\nmodel: protectserve/step1\nduration: 5\nactors:\n"
        "  consumer: {arrivals: 1 /s, work: {consumer_kee: 1 ms}, holds: [{share: 5, items: [key]}]}\n  am: {silent: 5}\n"
    )
    with pytest.raises(Faults) as caught:
        load(path, vocabulary_of=lambda _: words)
    assert ["3:11", "5:37", "5:74", "5:85", "6:3", "6:16"] == [f"{fault.line}:{fault.column}" for fault in caught.value.faults]


def test_a_model_that_is_not_there_is_a_fault_of_the_scenario(written, words):
    path = written("scenario: x\nmodel: protectserve/step\nduration: 5\nactors: {c: {arrivals: 1 /s}}")
    with pytest.raises(Faults) as caught:
        load(path, vocabulary_of=lambda _: words)
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{path}:2:8: model: there is no model 'protectserve/step'; expected a path, or ")
    assert first.endswith("(did you mean 'protectserve/step1'?)")
    assert second.startswith(f"{path}:3:11: duration: got 5")


def test_faults_of_the_model_come_with_those_of_the_scenario(written):
    def broken(path):
        raise Faults([])

    path = written("scenario: x\nmodel: protectserve/step1\nduration: 5\nactors: {c: {arrivals: 1 /s}}")
    with pytest.raises(Faults, match="duration: got 5"):
        load(path, vocabulary_of=broken)
