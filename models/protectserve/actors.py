"""The actors of ProtectServe: what is in the messages of step 1 and of the access that follows it.

Words then and now: consumer key and secret are client_id and client_secret, the realm's metadata is protected resource
metadata (RFC 9728), requesting a consumer key is dynamic client registration (RFC 7591), "sph" is close to ``resource``
(RFC 8707). Requests are signed as RFC 5849 section 3 says; step 1 is two-legged: no token yet, so the HMAC key is
``enc(cks)&`` with nothing after the ``&``.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from sim.protocol.actor import Actor, Refused, Request, Response, Turn, does, provisions, receives, says, sends
from sim.protocol.http import form_decode, form_encode, header
from sim.protocol.oauth1 import NonceStore, OrderedVerifier, SecretTable, StatelessKeys, Verifier, nonce_store, sign

RESOURCE = "https://provider.example/r"
METADATA = "https://provider.example/.well-known/protection-realm/pr"
MANAGER = "https://manager.example"
HANDLE = "sph-provider.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}

REALM = f'{{"realm": "pr", "authorization_manager": "{MANAGER}", "handle": "{HANDLE}"}}'
MASTER = b"what the authorization manager makes its keys of, where it keeps none; no message carries it"
METHODS = ("HMAC-SHA1", "HMAC-SHA256", "PLAINTEXT")

# A message is a value: what always says the same is made once, here.
NEED_ACCESS = Request("GET", f"https://consumer.example/start?{form_encode({'resource': RESOURCE})}")
GET_RESOURCE = Request("GET", RESOURCE)
GET_METADATA = Request("GET", METADATA, {"Accept": "application/json"})
GET_CONSENT_PAGE = Request("GET", f"{MANAGER}/consent")
APPROVE = Request("POST", f"{MANAGER}/consent", FORM, form_encode({"decision": "approve"}))
DECLINE = Request("POST", f"{MANAGER}/consent", FORM, form_encode({"decision": "decline"}))
ASK_FOR_TOKEN = form_encode({"service_provider_handle": HANDLE})
ABOUT = form_encode({"name": "A consumer", "redirect_uri": "https://consumer.example/back"})
UNAUTHORIZED = Response(401, "Unauthorized", {"WWW-Authenticate": f'OAuth realm="pr", metadata="{METADATA}"'})
REALM_METADATA = Response(200, "OK", JSON, REALM)
STRANGERS_HANDLE = "sph-stranger.example"
GET_STRANGERS_METADATA = Request("GET", METADATA.replace("provider", "stranger"), {"Accept": "application/json"})
STRANGERS_METADATA = Response(200, "OK", JSON, REALM.replace(HANDLE, STRANGERS_HANDLE))


def fields(message: Request | Response, *names: str) -> list[str]:
    """The named fields of a form; a message without them is refused, whoever made it so."""
    given = dict(form_decode(message.body))
    missing = [name for name in names if name not in given]
    if missing:
        raise Refused(400 if isinstance(message, Request) else 502, f"no {' and no '.join(missing)}", "body")
    return [given[name] for name in names]


ONE_STORE = {"kept": "shared", "lag": 0}


def nonces_of(server: Actor) -> NonceStore:
    """The nonces of a server: in one store, unless the scenario says otherwise."""
    told = server.mitigations.get("nonce_store", ONE_STORE)
    return nonce_store(server.instances, told["kept"], told["lag"])


class ProtectServeActor(Actor):
    """What they have in common: they refuse what does not hold, and decide nothing else."""

    @classmethod
    def constructed(cls, settings: Mapping[str, object], mitigations: Mapping[str, Mapping[str, Any]]) -> str | None:
        return None


class UserAgent(ProtectServeActor):
    """Sends the user's wish to the consumer, and later the user's consent to the authorization manager."""

    need_access = says("need_access", NEED_ACCESS)
    get_consent_page = says("get_consent_page", GET_CONSENT_PAGE)
    approve = says("approve", APPROVE)
    decline = says("decline", DECLINE)


class Consumer(ProtectServeActor):
    """Wants the resource. What it learned it keeps: the realm's metadata, its key, its token."""

    parameters = {"signature_method": METHODS}
    may_be_unknown = ("realm_metadata",)

    def set_up(self) -> None:
        self.realm: dict[str, str] = {"authorization_manager": MANAGER, "handle": HANDLE}
        self.key = self.key_secret = self.token = self.token_secret = ""

    get_resource = says("get_resource", GET_RESOURCE)

    @receives("unauthorized")
    def learn_where_metadata_is(self, message: Response, turn: Turn) -> None:
        if message.status != 401 or header(message, "WWW-Authenticate") is None:
            raise Refused(502, "the service provider did not say how it is protected", "unauthorized")

    @sends("get_realm_metadata")
    def get_metadata(self, turn: Turn) -> Request:
        return GET_STRANGERS_METADATA if "realm_metadata" in self.unknown else GET_METADATA

    @receives("realm_metadata")
    def keep_metadata(self, message: Response, turn: Turn) -> None:
        try:
            realm = orjson.loads(message.body)
            self.realm = {name: str(realm[name]) for name in ("authorization_manager", "handle")}
        except (ValueError, KeyError, TypeError):
            raise Refused(502, "this is no realm metadata", "body") from None

    @sends("request_consumer_key")
    def request_key(self, turn: Turn) -> Request:
        return Request("POST", f"{self.realm['authorization_manager']}/consumer-key", FORM, ABOUT)

    @receives("consumer_key")
    def keep_key(self, message: Response, turn: Turn) -> None:
        self.key, self.key_secret = fields(message, "oauth_consumer_key", "oauth_consumer_secret")

    @sends("request_access_token")
    def request_token(self, turn: Turn) -> Request:
        asked = Request("POST", f"{self.realm['authorization_manager']}/access-token", FORM,
                        form_encode({"service_provider_handle": self.realm["handle"]}))
        return sign(asked, consumer_key=self.key, consumer_secret=self.key_secret, timestamp=turn.now_s,
                    nonce=turn.hex("nonce", 16), method=str(self.settings["signature_method"]))

    @receives("access_token")
    def keep_token(self, message: Response, turn: Turn) -> None:
        if message.status == 200:  # 202: the grant is pending
            self.token, self.token_secret = fields(message, "oauth_token", "oauth_token_secret")

    @sends("get_resource_with_token")
    def get_with_token(self, turn: Turn) -> Request:
        """Signed with the token alone: the consumer key buys tokens and nothing else (the first note of step 1)."""
        return sign(GET_RESOURCE, consumer_key=None, token=self.token, token_secret=self.token_secret,
                    timestamp=turn.now_s, nonce=turn.hex("nonce", 16))

    @provisions("realm_metadata")
    def had_metadata(self, turn: Turn) -> None:
        self.realm["handle"] = STRANGERS_HANDLE if "realm_metadata" in self.unknown else HANDLE

    @provisions("consumer_key")
    def had_key(self, turn: Turn) -> None:
        manager = self.peers["authorization_manager"]
        assert isinstance(manager, AuthorizationManager)
        self.key, self.key_secret = manager.new_key(turn)
        manager.note_row(turn, self.key)

    @provisions("access_token")
    def had_token(self, turn: Turn) -> None:
        manager = self.peers["authorization_manager"]
        assert isinstance(manager, AuthorizationManager)
        self.token, self.token_secret = manager.new_token(turn)


class ServiceProvider(ProtectServeActor):
    """Holds the resource; sends who has no token to the authorization manager, and asks it about the tokens it sees."""

    def set_up(self) -> None:
        self.nonces = nonces_of(self)

    unauthorized = says("unauthorized", UNAUTHORIZED)

    @sends("realm_metadata")
    def metadata(self, turn: Turn) -> Response:
        """The metadata of our realm, or (where a stranger's are asked for) of one that names our manager without its knowledge."""
        return REALM_METADATA if turn.request.url == METADATA else STRANGERS_METADATA

    @receives("get_resource_with_token")
    def note_token(self, message: Request, turn: Turn) -> None:
        value = header(message, "Authorization") or ""
        turn.session["token"] = value.partition('oauth_token="')[2].partition('"')[0]

    @sends("ask_about_token")
    def ask(self, turn: Turn) -> Request:
        return Request("POST", f"{MANAGER}/token-status", FORM, form_encode({"token": turn.session["token"], "realm": "pr"}))

    @receives("token_is_good")
    def note_secret(self, message: Response, turn: Turn) -> None:
        (turn.session["secret"],) = fields(message, "secret")

    @does("verify_token_signature")
    def verify(self, turn: Turn) -> None:
        secrets = SecretTable(tokens={(None, turn.session["token"]): turn.session["secret"]})
        nonces = self.nonces.seen_by(turn.instance, turn.now_ns)
        Verifier(secrets, token_only=True, nonces=nonces).verify(turn.request, turn.now_s)

    @sends("resource")
    def resource(self, turn: Turn) -> Response:
        return Response(200, "OK", {"Content-Type": "text/plain"}, 'This is "r".')

    def rows(self) -> dict[str, int]:
        return {"nonce": len(self.nonces)}


class AuthorizationManager(Actor):
    """Gives out consumer keys and, for a request signed with one, access tokens."""

    parameters = {
        "grants": ("token", "pending", "refused"),
        "timestamps": ("window", "monotonic"),
    }

    def set_up(self) -> None:
        self.keys: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.nonces = nonces_of(self)
        self.stateless = StatelessKeys(MASTER) if "stateless_keys" in self.mitigations else None
        secrets = self.stateless or SecretTable(consumers=self.keys)
        if "check_order" in self.mitigations:
            self.verifier: Verifier = OrderedVerifier(secrets, methods=METHODS, nonces=self.nonces,
                                                      timestamps=self.settings["timestamps"],
                                                      order=self.mitigations["check_order"]["order"])
        else:
            self.verifier = Verifier(secrets, methods=METHODS, nonces=self.nonces, timestamps=self.settings["timestamps"])
        self.key_of_row: dict[int, str] = {}

    @classmethod
    def constructed(cls, settings: Mapping[str, object], mitigations: Mapping[str, Mapping[str, Any]]) -> str | None:
        if settings["timestamps"] != "window":
            return "compares the timestamps of a key with each other (timestamps: monotonic)"
        return None if settings["grants"] == "token" else f"does not grant tokens at once (grants: {settings['grants']})"

    @classmethod
    def contradiction(cls, settings: Mapping[str, object], mitigations: Mapping[str, Mapping[str, Any]]) -> str | None:
        if settings["timestamps"] == "monotonic" and mitigations.get("nonce_store", ONE_STORE)["kept"] != "shared":
            return "timestamps: monotonic compares all requests of a key, so all instances have to share one nonce_store"
        return None

    def new_key(self, turn: Turn) -> tuple[str, str]:
        """A consumer key and its secret: kept, or such that they need not be."""
        if self.stateless is not None:
            return self.stateless.issue(turn.hex("consumer_key", 24), turn.now_s)
        key, secret = turn.hex("consumer_key", 24), turn.hex("consumer_secret", 32)
        self.keys[key] = secret
        return key, secret

    def note_row(self, turn: Turn, key: str) -> None:
        """Remember which key a row is of: it may be collected."""
        if self.stateless is None:
            self.key_of_row[turn.row("consumer_key")] = key

    def forget(self, fact: str, row: int) -> None:
        """A key was collected: whoever comes with it is told that there is none."""
        if fact == "consumer_key" and row in self.key_of_row:
            self.keys.pop(self.key_of_row.pop(row), None)

    def new_token(self, turn: Turn) -> tuple[str, str]:
        """An access token and its secret, kept."""
        token, secret = turn.hex("access_token", 24), turn.hex("token_secret", 32)
        self.tokens[token] = secret
        return token, secret

    @does("allocate_consumer_key")
    def allocate(self, turn: Turn) -> None:
        turn.session["given"] = self.new_key(turn)

    @sends("consumer_key")
    def consumer_key(self, turn: Turn) -> Response:
        key, secret = turn.session["given"]
        known = self.key_of_row.get(turn.row("consumer_key"), key)
        if known != key:  # the server has given this row before: the same key again
            del self.keys[key]
            key, secret = known, self.keys[known]
        self.note_row(turn, key)
        return Response(200, "OK", FORM, form_encode({"oauth_consumer_key": key, "oauth_consumer_secret": secret}))

    @does("verify_signature")
    def verify(self, turn: Turn) -> None:
        self.nonces.seen_by(turn.instance, turn.now_ns)
        self.verifier.verify(turn.request, turn.now_s)
        if turn.request.body != ASK_FOR_TOKEN and fields(turn.request, "service_provider_handle") != [HANDLE]:
            raise Refused(400, "no such service provider", "realm_metadata")

    @sends("access_token")
    def access_token(self, turn: Turn) -> Response:
        """What a token permits before the user consents is open: granted at once, pending (as in UMA), or refused."""
        if self.settings["grants"] == "refused":
            raise Refused(403, "the user has not consented", "grants")
        if self.settings["grants"] == "pending":
            return Response(202, "Accepted", FORM, form_encode({"status": "request_submitted"}))
        token, secret = self.new_token(turn)
        return Response(200, "OK", FORM, form_encode({"oauth_token": token, "oauth_token_secret": secret}))

    @does("look_up_token")
    def look_up(self, turn: Turn) -> None:
        (token,) = fields(turn.request, "token")
        if token not in self.tokens:
            raise Refused(401, "no such token", "access_token")
        turn.session["secret"] = self.tokens[token]

    @sends("token_is_good")
    def token_is_good(self, turn: Turn) -> Response:
        return Response(200, "OK", FORM, form_encode({"active": "true", "secret": turn.session["secret"]}))

    def rows(self) -> dict[str, int]:
        return {"nonce": len(self.nonces)}
