"""The key `mitigations`: read, checked with positions, set from outside, written again."""

import json

import jsonschema
import pytest

import sim
from sim.language.faults import Faults
from sim.scenario.schema import json_schema
from sim.scenario.spell import scenario_data, sha256, spelled_out

HEAD = """\
scenario: Protected
model: protectserve/step1
duration: 10 s
actors:
  consumer: {arrivals: 1 /s, timeout: 3 s}
mitigations:
"""


def loaded(tmp_path, text):
    path = tmp_path / "s.yaml"
    path.write_text(HEAD + text)
    return sim.load(path)


@pytest.mark.parametrize(("text", "fault"), [
    ("  authorization_manger:\n    - client_puzzle", "7:3: mitigations.authorization_manger: the diagram has no server 'authorization_manger'; expected authorization_manager or service_provider (did you mean 'authorization_manager'?)"),
    ("  consumer:\n    - client_puzzle", "7:3: mitigations.consumer: the diagram has no server 'consumer'"),
    ("  authorization_manager:\n    - token_buckt: {rate: 1 /s}", "8:7: mitigations.authorization_manager.0.token_buckt: there is no mitigation 'token_buckt'; expected adaptive_puzzle, address_cookie, bloom_filter"),
    ("  authorization_manager:\n    - token_bucket: {rat: 1 /s}", "8:22: mitigations.authorization_manager.0.token_bucket.rat: token_bucket has no parameter 'rat'; expected rate, burst, status, message, per, table, at, work or when (did you mean 'rate'?)"),
    ("  authorization_manager:\n    - token_bucket: {rate: 1}", "8:28: mitigations.authorization_manager.0.token_bucket.rate: got 1; expected a rate with its unit, e.g. 1 /s"),
    ("  authorization_manager:\n    - token_bucket: {rate: 0 /s}", "got '0 /s'; expected a rate above zero"),
    ("  authorization_manager:\n    - token_bucket: {rate: 1 /s, per: adress}", "8:39: mitigations.authorization_manager.0.token_bucket.per: got 'adress'; expected address, prefix, claimed_key, proven_key, all or metadata (did you mean 'address'?)"),
    ("  authorization_manager:\n    - token_bucket", "8:7: mitigations.authorization_manager.0: the key 'rate' is missing; expected a rate above zero, e.g. rate: 1 /s"),
    ("  authorization_manager:\n    - token_bucket: {rate: 1 /s, message: get_token}", "8:43: mitigations.authorization_manager.0.token_bucket.message: 'authorization_manager' has no request 'get_token' in this diagram; expected request_consumer_key or request_access_token"),
    ("  authorization_manager:\n    - token_bucket: {rate: 1 /s, at: edge, work: 1 ms}", "got work at the edge; expected at: server"),
    ("  authorization_manager:\n    - token_bucket: {rate: 1 /s, table: {capacity: 0}}", "expected e.g. {capacity: 10000}"),
    ("  authorization_manager:\n    - client_puzzle\n    - client_puzzle: {message: request_consumer_key}", "9:7: mitigations.authorization_manager.1.client_puzzle: 'request_consumer_key' is challenged by 'client_puzzle' already"),
    ("  authorization_manager:\n    - check_order: {order: [key, nonce, signature]}", "8:21: mitigations.authorization_manager.0.check_order.order: timestamp is missing"),
    ("  authorization_manager:\n    - stateless_keys: {action: allocate}", "8:32: mitigations.authorization_manager.0.stateless_keys.action: 'authorization_manager' has no action 'allocate' in this diagram; expected allocate_consumer_key or verify_signature"),
    ("  authorization_manager:\n    - leaky_bucket: {rate: 1 /s, undelayed: 2}", "8:45: mitigations.authorization_manager.0.leaky_bucket.undelayed: undelayed is 2; expected at most the burst, 0"),
    ("  authorization_manager:\n    - gradient2: {least: 300}", "mitigations.authorization_manager.0.gradient2.least: least is 300; expected at most 'most', 200"),
    ("  authorization_manager:\n    - human_confirmation: {median: 1 min}", "mitigations.authorization_manager.0.human_confirmation.p95: p95 is 30 s; expected at least the median, 1 min"),
    ("  authorization_manager:\n    - codel: {when: {wait: 5 ms}}", "mitigations.authorization_manager.0.codel.when: got a mapping; expected always, or e.g. {queue_wait_over: 50 ms, for: 10 s}"),
    ("  authorization_manager:\n    - codel: {when: {queue_wait_over: 5}}", "mitigations.authorization_manager.0.codel.when.queue_wait_over: got 5; expected a time"),
    ("  authorization_manager:\n    - token_bucket: {rate: 1 /s, at: edge, per: proven_key}", "mitigations.authorization_manager.0.token_bucket.per: at the edge nobody sees a proven_key; expected at: server, or per: address, prefix or all"),
    ("  service_provider:\n    - check_order", "8:7: mitigations.service_provider.0.check_order: 'service_provider' has no action that checks a signature; expected a server that has one"),
    ("  service_provider:\n    - stateless_keys", "8:7: mitigations.service_provider.0.stateless_keys: 'service_provider' has no action that makes a key; expected a server that has one"),
    ("  service_provider:\n    - deduplication", "8:7: mitigations.service_provider.0.deduplication: 'service_provider' gives out no key that requests bring back; expected a server that does"),
    ("  authorization_manager:\n    - {client_puzzle: {}, stateless_keys: {}}", "8:7: mitigations.authorization_manager.0: got a mapping; expected one mitigation"),
    ("  authorization_manager:\n    - 3", "8:7: mitigations.authorization_manager.0: got 3; expected one mitigation"),
    ("  authorization_manager: client_puzzle", "7:26: mitigations.authorization_manager: got 'client_puzzle'; expected a list"),
    ("  authorization_manager:\n    - a b: {}", "got the mitigation 'a b'; expected a name of letters, digits and _"),
    ("  authorization_manager:\n    - ./none.py: {}", "there is no mitigation './none.py'; expected the path of a Python file"),
])  # fmt: skip
def test_faults_have_their_place(tmp_path, text, fault):
    with pytest.raises(Faults) as caught:
        loaded(tmp_path, text)
    assert fault in str(caught.value)


SHARED = {"actors.authorization_manager.queue": {"order": "processor_sharing", "capacity": 9}}


@pytest.mark.parametrize(("changes", "fault"), [
    ({**SHARED, "mitigations.authorization_manager": ["codel"]},
     "mitigations.authorization_manager.0: under processor sharing nobody waits, so that 'codel' never acts; expected another order of service"),
    ({**SHARED, "mitigations.authorization_manager": [{"token_bucket": {"rate": "1 /s", "when": {"queue_wait_over": "5 ms"}}}]},
     "mitigations.authorization_manager.0.token_bucket.when: under processor sharing nobody waits, so that it would stand aside for ever; expected always"),
    ({"actors.authorization_manager.queue": {"order": "effort"}, "mitigations.authorization_manager": [{"token_bucket": {"rate": "1 /s"}}]},
     "actors.authorization_manager.queue.order: 'authorization_manager' asks nobody for an effort, so all would be served as they come; expected another order, or a mitigation that challenges: adaptive_puzzle"),
    ({"actors.service_provider.throttle": {"k": 2}},
     "actors.service_provider.throttle: 'service_provider' calls nobody in this diagram, so 'throttle' means nothing; expected none"),
])
def test_what_could_never_act_is_a_fault(changes, fault):
    with pytest.raises(Faults) as caught:
        sim.load("step1").set(changes)
    assert [fault] == [str(each).partition("set: ")[2] or str(each) for each in caught.value.faults]


def test_all_faults_come_at_once(tmp_path):
    with pytest.raises(Faults) as caught:
        loaded(tmp_path, "  authorization_manager:\n    - token_bucket: {rat: 1, burst: 0}\n    - nothing\n    - drop_expired: {after: 3}\n")
    assert len(caught.value.faults) == 5


def test_what_may_drop_needs_a_timeout_of_its_callers():
    with pytest.raises(Faults, match="a call to 'authorization_manager' would never end: its drop_expired may drop it; expected a timeout"):
        sim.load("step1").set({"mitigations.authorization_manager": [{"drop_expired": {"after": "1 s"}}], "actors.consumer.timeout": "none"})


FULL = """\
  authorization_manager:
    - token_bucket: {rate: 90 /min, message: [request_consumer_key, request_access_token], per: prefix, table: {capacity: 7}}
    - client_puzzle
    - key_expiry: {idle: 1 d}
    - stateless_keys:
    - check_order: {order: [key, timestamp, nonce, signature], key: 1 ms}
  service_provider: []
"""


def test_it_comes_back_equal_with_every_default(tmp_path):
    scenario = loaded(tmp_path, FULL).scenario
    (tmp_path / "again.yaml").write_text(spelled_out(scenario))
    again = sim.load(tmp_path / "again.yaml").scenario
    assert again == scenario
    assert spelled_out(again) == spelled_out(scenario)
    assert sha256(again) == sha256(scenario)
    jsonschema.Draft202012Validator(json.loads(json.dumps(json_schema()))).validate(scenario_data(scenario))


def test_the_hash_is_of_what_is_said_and_of_the_order(tmp_path):
    one = loaded(tmp_path, "  authorization_manager: [client_puzzle, stateless_keys]").scenario
    same = loaded(tmp_path, "  authorization_manager: [{client_puzzle: {bits: 18}}, {stateless_keys: {work: 0 ms}}]").scenario
    other = loaded(tmp_path, "  authorization_manager: [stateless_keys, client_puzzle]").scenario
    assert sha256(one) == sha256(same) != sha256(other)


def test_a_value_is_set_from_outside(tmp_path):
    prepared = loaded(tmp_path, FULL).set({"mitigations.authorization_manager.0.token_bucket.rate": "5 /s"})
    assert prepared.scenario.mitigations["authorization_manager"][0].values["rate"] == 5.0
    with pytest.raises(Faults, match=r"set: mitigations.authorization_manager.0.token_bucket.burst: got 'x'; expected a whole number"):
        prepared.set({"mitigations.authorization_manager.0.token_bucket.burst": "x"})


@pytest.mark.parametrize("given", [{"token_bucket": {"rate": 1}}, {"token_bucket": {}}, {"client_puzzle": {"bits": 41}}, 3,
                                   {"check_order": {"order": ["key"]}}, {"token_bucket": {"rate": "1 /s"}, "client_puzzle": {}}])
def test_the_json_schema_underlines_what_does_not_load(given):
    validator = jsonschema.Draft202012Validator(json.loads(json.dumps(json_schema())))
    scenario = {"scenario": "x", "model": "protectserve/step1", "duration": "1 s", "actors": {"consumer": {"arrivals": "1 /s"}}}
    assert validator.is_valid({**scenario, "mitigations": {"authorization_manager": ["client_puzzle", {"mine": None}]}})
    assert not validator.is_valid({**scenario, "mitigations": {"authorization_manager": [given]}})
