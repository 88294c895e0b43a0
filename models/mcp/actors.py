"""The actors of today's registration: what MCP clients, authorization servers and MCP servers say to each other.

Protected resource metadata (RFC 9728), authorization server metadata (RFC 8414), dynamic client registration (RFC 7591),
the authorization code grant with PKCE (RFC 6749 section 4.1, RFC 7636), resource indicators (RFC 8707), bearer tokens
(RFC 6750). Every check is made on the bytes: the challenge is hashed anew, the access token's MAC is computed again.
"""

import hmac
from collections.abc import Mapping
from typing import Any

import orjson

from sim.protocol.actor import Actor, Refused, Request, Response, Turn, does, provisions, receives, says, sends
from sim.protocol.http import form_decode, form_encode, header, split_url
from sim.protocol.oauth2 import JSON, NO_STORE, challenge_of, error, fits, may_redirect_to, read_signed, signed

RESOURCE = "https://mcp.example/mcp"
RESOURCE_METADATA_URL = "https://mcp.example/.well-known/oauth-protected-resource/mcp"
ISSUER = "https://auth.example"
SERVER_METADATA_URL = f"{ISSUER}/.well-known/oauth-authorization-server"
REDIRECT_URIS = {"loopback": "http://127.0.0.1:33418/callback", "hosted": "https://connector.example/callback"}
MASTER = b"what the authorization server makes client identifiers of, where it keeps none; no message carries it"

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
RESOURCE_METADATA = {"resource": RESOURCE, "authorization_servers": [ISSUER], "bearer_methods_supported": ["header"]}
SERVER_METADATA = {
    "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/authorize", "token_endpoint": f"{ISSUER}/token",
    "registration_endpoint": f"{ISSUER}/register", "response_types_supported": ["code"],
    "grant_types_supported": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_methods_supported": ["none"],
    "code_challenge_methods_supported": ["S256"],
}
ASK = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
RESULT = '{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}'

# A message is a value: what always says the same is made once, here.
ASK_WITHOUT_TOKEN = Request("POST", RESOURCE, JSON, ASK)
UNAUTHORIZED = Response(401, "Unauthorized", {"WWW-Authenticate": f'Bearer resource_metadata="{RESOURCE_METADATA_URL}"'})
GET_RESOURCE_METADATA = Request("GET", RESOURCE_METADATA_URL, {"Accept": "application/json"})
TELL_RESOURCE_METADATA = Response(200, "OK", JSON, orjson.dumps(RESOURCE_METADATA).decode())
TELL_SERVER_METADATA = Response(200, "OK", JSON, orjson.dumps(SERVER_METADATA).decode())
CONSENT_PAGE = Response(200, "OK", {"Content-Type": "text/html"}, "<form method=post><button>Approve</button></form>")


def read_json(message: Response, *names: str) -> dict[str, Any]:
    """The body of an answer, which must have these names."""
    try:
        found = orjson.loads(message.body)
        return {**found, **{name: found[name] for name in names}}
    except (ValueError, KeyError, TypeError):
        raise Refused(502, f"an answer without {' and '.join(names)}", "body") from None


class McpActor(Actor):
    """What they have in common: they refuse what does not hold, and decide nothing else, but for tokens that expire."""

    @classmethod
    def constructed(cls, settings: Mapping[str, object], mitigations: Mapping[str, Mapping[str, Any]]) -> str | None:
        return "gives out access tokens that expire by themselves (expires_in)" if settings.get("expires_in") else None


class ClientSide(McpActor):
    """Whoever may be given a client_id out of band."""

    parameters = {"redirect_uri": tuple(REDIRECT_URIS)}

    def set_up(self) -> None:
        self.redirect_uri = REDIRECT_URIS[str(self.settings["redirect_uri"])]
        self.client_id = self.access_token = self.refresh_token = ""

    def metadata(self) -> dict[str, Any]:
        """What a client says of itself (RFC 7591, 2)."""
        return {"client_name": "A client", "redirect_uris": [self.redirect_uri], "response_types": ["code"],
                "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none"}

    @property
    def server(self) -> "AuthorizationServer":
        server = self.peers["authorization_server"]
        assert isinstance(server, AuthorizationServer)
        return server

    @provisions("client_id")
    def had_client_id(self, turn: Turn) -> None:
        self.client_id = self.server.new_client(turn, self.metadata())
        self.server.note_row(turn, self.client_id)


class UserAgent(ClientSide):
    """A browser: it follows redirections, and its user approves."""

    @receives("open_authorization_endpoint")
    def note_url(self, message: Request, turn: Turn) -> None:
        asked = dict(form_decode(split_url(message.url)[3]))
        self.client_id = asked.pop("client_id")
        turn.session["asked"] = asked

    @sends("authorization_request")
    def open_url(self, turn: Turn) -> Request:
        asked = turn.session.get("asked")  # an attacker's browser was sent nowhere
        if asked is None:
            asked = authorization_request(self.redirect_uri, turn.hex("verifier", 64), turn.hex("state", 16))
        return Request("GET", f"{ISSUER}/authorize?{form_encode({'client_id': self.client_id, **asked})}")

    @sends("approval")
    def approve(self, turn: Turn) -> Request:
        """The consent page's form, with the request that it is about."""
        asked = turn.session.get("asked", {}).get("code_challenge") or turn.hex("request", 43)
        return Request("POST", f"{ISSUER}/authorize", FORM, form_encode({"request": asked, "decision": "approve"}))

    @receives("redirection")
    def note_location(self, message: Response, turn: Turn) -> None:
        turn.session["location"] = header(message, "Location")

    @sends("authorization_response")
    def redirect(self, turn: Turn) -> Request:
        return Request("GET", turn.session["location"])


def authorization_request(redirect_uri: str, code_verifier: str, state: str) -> dict[str, str]:
    """What an authorization request asks, but for its client_id (RFC 6749, 4.1.1; RFC 7636, 4.3; RFC 8707)."""
    return {"response_type": "code", "redirect_uri": redirect_uri, "state": state, "code_challenge": challenge_of(code_verifier),
            "code_challenge_method": "S256", "resource": RESOURCE}


class Client(ClientSide):
    """Wants to use the tools of an MCP server. What it learned it keeps: metadata, its client_id, its tokens."""

    def set_up(self) -> None:
        super().set_up()
        self.metadata_of_server: dict[str, Any] = dict(SERVER_METADATA)
        self.metadata_url = SERVER_METADATA_URL

    request_without_token = says("request_without_token", ASK_WITHOUT_TOKEN)
    get_resource_metadata = says("get_resource_metadata", GET_RESOURCE_METADATA)

    @receives("unauthorized")
    def learn_where_metadata_is(self, message: Response, turn: Turn) -> None:
        if message.status != 401 or "resource_metadata=" not in (header(message, "WWW-Authenticate") or ""):
            raise Refused(502, "the resource server did not say how it is protected", "unauthorized")

    @receives("resource_metadata")
    def learn_who_gives_tokens(self, message: Response, turn: Turn) -> None:
        found = read_json(message, "resource", "authorization_servers")
        if found["resource"] != RESOURCE:  # RFC 9728, 3.3
            raise Refused(502, "the metadata is of another resource", "resource_metadata")
        self.metadata_url = f"{found['authorization_servers'][0]}/.well-known/oauth-authorization-server"

    @sends("get_server_metadata")
    def ask_for_server_metadata(self, turn: Turn) -> Request:
        return Request("GET", self.metadata_url, {"Accept": "application/json"})

    @receives("server_metadata")
    def keep_server_metadata(self, message: Response, turn: Turn) -> None:
        found = read_json(message, "issuer", "authorization_endpoint", "token_endpoint", "registration_endpoint",
                          "code_challenge_methods_supported")
        if not self.metadata_url.startswith(f"{found['issuer']}/.well-known/"):  # RFC 8414, 3.3
            raise Refused(502, "the metadata is of another issuer", "server_metadata")
        if "S256" not in found["code_challenge_methods_supported"]:
            raise Refused(502, "the server does not know S256", "server_metadata")
        self.metadata_of_server = found

    @sends("registration_request")
    def register(self, turn: Turn) -> Request:
        return Request("POST", self.metadata_of_server["registration_endpoint"], JSON, orjson.dumps(self.metadata()).decode())

    @receives("registration_response")
    def keep_client_id(self, message: Response, turn: Turn) -> None:
        self.client_id = str(read_json(message, "client_id")["client_id"])

    @sends("refresh_request")
    def refresh(self, turn: Turn) -> Request:
        return self.ask_for_token({"grant_type": "refresh_token", "refresh_token": self.refresh_token})

    @sends("open_authorization_endpoint")
    def begin_authorization(self, turn: Turn) -> Request:
        """A verifier and a state of its own for each request (RFC 7636, 4.1; RFC 6749, 10.12)."""
        verifier, state = turn.hex("code_verifier", 64), turn.hex("state", 16)
        turn.session.update(code_verifier=verifier, state=state)
        asked = {"client_id": self.client_id, **authorization_request(self.redirect_uri, verifier, state)}
        return Request("GET", f"{self.metadata_of_server['authorization_endpoint']}?{form_encode(asked)}")

    @receives("authorization_response")
    def keep_code(self, message: Request, turn: Turn) -> None:
        answer = dict(form_decode(split_url(message.url)[3]))
        if not hmac.compare_digest(answer.get("state", "").encode(), turn.session["state"].encode()):
            raise Refused(400, "this is no answer to what was asked", "state")
        turn.session["code"] = answer.get("code", "")

    @sends("token_request")
    def redeem_code(self, turn: Turn) -> Request:
        notes = turn.session  # an attacker, who never asked, has none of it: it makes it up
        return self.ask_for_token({
            "grant_type": "authorization_code", "code": notes.get("code") or turn.hex("code", 32),
            "redirect_uri": self.redirect_uri, "code_verifier": notes.get("code_verifier") or turn.hex("code_verifier", 64)})

    def ask_for_token(self, asked: dict[str, str]) -> Request:
        return Request("POST", self.metadata_of_server["token_endpoint"], FORM,
                       form_encode({**asked, "client_id": self.client_id, "resource": RESOURCE}))

    @receives("token_response", "refreshed")
    def keep_tokens(self, message: Response, turn: Turn) -> None:
        found = read_json(message, "access_token", "token_type")
        if str(found["token_type"]).lower() != "bearer":
            raise Refused(502, "a token of another type", "token_type")  # RFC 6749, 7.1
        self.access_token = str(found["access_token"])
        self.refresh_token = str(found.get("refresh_token", self.refresh_token))

    @sends("mcp_request")
    def use_tools(self, turn: Turn) -> Request:
        return Request("POST", RESOURCE, {**JSON, "Authorization": f"Bearer {self.access_token}"}, ASK)

    @provisions("refresh_token")
    def had_refresh_token(self, turn: Turn) -> None:
        if not self.client_id:
            raise ValueError("a refresh token is given to a client_id: name client_id before it")
        self.refresh_token = self.server.new_refresh_token(turn, self.client_id)

    @provisions("access_token")
    def had_access_token(self, turn: Turn) -> None:
        self.access_token = self.server.new_access_token(turn, self.client_id)


class ResourceServer(McpActor):
    """An MCP server. It sends who has no token to the authorization server, with which it shares a key, and asks nobody."""

    unauthorized = says("unauthorized", UNAUTHORIZED)
    resource_metadata = says("resource_metadata", TELL_RESOURCE_METADATA)
    mcp_result = says("mcp_result", Response(200, "OK", JSON, RESULT))

    @does("verify_access_token")
    def verify(self, turn: Turn) -> None:
        server = self.peers["authorization_server"]
        assert isinstance(server, AuthorizationServer)
        scheme, _, token = (header(turn.request, "Authorization") or "").partition(" ")
        if scheme.lower() != "bearer":
            raise Refused(401, "no token", "credentials", UNAUTHORIZED.headers)
        claims = read_signed(server.signing_key, token, "at+jwt")
        if claims is None or claims["aud"] != RESOURCE or turn.now_s >= claims.get("exp", turn.now_s + 1):
            told = f'Bearer error="invalid_token", resource_metadata="{RESOURCE_METADATA_URL}"'  # RFC 6750, 3.1
            raise Refused(401, "the token does not hold", "access_token", {"WWW-Authenticate": told})


class AuthorizationServer(McpActor):
    """Registers whoever asks, lets users approve, and gives out tokens."""

    parameters = {"expires_in": int}
    """How many seconds an access token holds; 0: it does not say."""

    def set_up(self) -> None:
        self.clients: dict[str, dict[str, Any]] = {}
        self.client_of_row: dict[int, str] = {}
        self.refresh_tokens: dict[str, list[str]] = {}
        """By token, to whom it was given: where its codes may be sent."""
        self.signing_key: bytes | None = None
        self.is_stateless = "stateless_keys" in self.mitigations

    server_metadata = says("server_metadata", TELL_SERVER_METADATA)
    consent_page = says("consent_page", CONSENT_PAGE)

    def new_client(self, turn: Turn, metadata: dict[str, Any]) -> str:
        """A client_id: of a row, or one that says itself what would stand there (RFC 7591, appendix A.5.2)."""
        if self.is_stateless:
            return signed(MASTER, {**metadata, "jti": turn.hex("client_id", 16), "iat": turn.now_s}, "client")
        client_id = turn.hex("client_id", 24)
        self.clients[client_id] = metadata
        return client_id

    def client(self, client_id: str | None) -> dict[str, Any]:
        """What is known of a client; it is refused if that is nothing."""
        if client_id is None:
            raise error(401, "invalid_client", "no client_id", "credentials")
        found = read_signed(MASTER, client_id, "client") if self.is_stateless else self.clients.get(client_id)
        if found is None:
            raise error(401, "invalid_client", "there is no such client", "client_id")
        return found

    def note_row(self, turn: Turn, client_id: str) -> None:
        """Remember which client a row is of: it may be collected."""
        if not self.is_stateless:
            self.client_of_row[turn.row("client_id")] = client_id

    def forget(self, fact: str, row: int) -> None:
        """A registration was deleted: whoever comes with it is told that there is none."""
        if fact == "client_id" and row in self.client_of_row:
            self.clients.pop(self.client_of_row.pop(row), None)

    @does("register_client")
    def register(self, turn: Turn) -> None:
        """RFC 7591, 3.2.2, says what is wrong with metadata."""
        try:
            metadata = dict(orjson.loads(turn.request.body))
        except (ValueError, TypeError):
            raise error(400, "invalid_client_metadata", "the body is no JSON object", "client_metadata") from None
        uris = metadata.get("redirect_uris")
        if not isinstance(uris, list) or not uris or not all(may_redirect_to(uri) for uri in uris):
            raise error(400, "invalid_redirect_uri", "redirect_uris: https, or http to this machine, no fragment", "redirect_uri")
        if metadata.get("token_endpoint_auth_method") != "none":
            raise error(400, "invalid_client_metadata", "clients are public: token_endpoint_auth_method none", "client_metadata")
        turn.session["registered"] = {**metadata, "client_id": self.new_client(turn, metadata), "client_id_issued_at": turn.now_s}

    @sends("registration_response")
    def tell_client_id(self, turn: Turn) -> Response:
        registered = turn.session["registered"]
        known = self.client_of_row.get(turn.row("client_id"))
        if known is not None:  # the server has given this row before: the same client_id again
            del self.clients[registered["client_id"]]
            registered = {**registered, "client_id": known}
        self.note_row(turn, registered["client_id"])
        return Response(201, "Created", NO_STORE, orjson.dumps(registered).decode())

    @does("check_authorization_request")
    def check_request(self, turn: Turn) -> None:
        asked = dict(form_decode(split_url(turn.request.url)[3]))
        client = self.client(asked.get("client_id"))
        if asked.get("redirect_uri") not in client["redirect_uris"]:  # nobody is redirected to where nobody asked for it
            raise error(400, "invalid_request", "the redirect_uri is not registered", "redirect_uri")
        asks = asked.get("response_type"), asked.get("code_challenge_method"), len(asked.get("code_challenge", ""))
        if asks != ("code", "S256", 43):
            raise error(400, "invalid_request", "expected a code with a code_challenge, S256", "code_challenge")
        turn.session.setdefault("requests", {})[asked["code_challenge"]] = asked

    @does("issue_code")
    def issue_code(self, turn: Turn) -> None:
        """A form that is sent again leads to the same code."""
        challenge = dict(form_decode(turn.request.body)).get("request", "")
        asked = turn.session.get("requests", {}).get(challenge, {"redirect_uri": REDIRECT_URIS["loopback"]})
        codes = turn.session.setdefault("codes", {})
        if all(about is not asked for about in codes.values()):
            codes[turn.hex("code", 32)] = asked
        turn.session["redirected"] = next(code for code, about in codes.items() if about is asked), asked

    @sends("redirection")
    def redirect(self, turn: Turn) -> Response:
        code, asked = turn.session["redirected"]
        answer = {"code": code, "state": asked.get("state", ""), "iss": ISSUER}  # RFC 9207
        return Response(302, "Found", {"Location": f"{asked['redirect_uri']}?{form_encode(answer)}"})

    @does("check_client")
    def check_client(self, turn: Turn) -> None:
        self.client(dict(form_decode(turn.request.body)).get("client_id"))

    @does("verify_code_verifier")
    def verify_code_verifier(self, turn: Turn) -> None:
        """That a code is used once, the diagram holds (authorization_grant); that it is the asker's, redirect_uri and verifier.

        RFC 6749, 4.1.3, also binds it to a client_id. That proves nothing of a public client, and one that is in two sessions
        may have registered twice.
        """
        given = dict(form_decode(turn.request.body))
        if given.get("grant_type") != "authorization_code":
            raise error(400, "unsupported_grant_type", "expected authorization_code", "grant_type")
        asked = turn.session.get("codes", {}).get(given.get("code"))
        where = asked and asked["redirect_uri"]
        if asked is None or given.get("redirect_uri") != where or where not in self.client(given.get("client_id"))["redirect_uris"]:
            raise error(400, "invalid_grant", "the code was not given for this", "code")
        if not fits(given.get("code_verifier", ""), asked.get("code_challenge", "")):
            raise error(400, "invalid_grant", "the code_verifier does not fit", "code_verifier")
        turn.session["granted"] = given["client_id"]

    invalid_grant = says("invalid_grant", error(400, "invalid_grant", "the code is unknown, used or expired", "code").response())

    @sends("token_response")
    def tell_tokens(self, turn: Turn) -> Response:
        client_id = turn.session["granted"]
        return self.tokens(turn, client_id, refresh_token=self.new_refresh_token(turn, client_id))

    @does("check_refresh_token")
    def check_refresh_token(self, turn: Turn) -> None:
        """It is not replaced by a new one (RFC 6749, 6: it may be)."""
        given = dict(form_decode(turn.request.body))
        client = self.client(given.get("client_id"))
        whose = self.refresh_tokens.get(given.get("refresh_token", ""))
        if given.get("grant_type") != "refresh_token" or whose != client["redirect_uris"]:
            raise error(400, "invalid_grant", "the refresh_token was not given to this client", "refresh_token")
        turn.session["granted"] = given["client_id"]

    @sends("refreshed")
    def tell_access_token(self, turn: Turn) -> Response:
        return self.tokens(turn, turn.session["granted"])

    def tokens(self, turn: Turn, client_id: str, **more: str) -> Response:
        expires = {"expires_in": self.settings["expires_in"]} if self.settings["expires_in"] else {}
        told = {"access_token": self.new_access_token(turn, client_id), "token_type": "Bearer", **expires, **more}
        return Response(200, "OK", NO_STORE, orjson.dumps(told).decode())

    def new_access_token(self, turn: Turn, client_id: str) -> str:
        """An access token that the resource server can read by itself (RFC 9068)."""
        if self.signing_key is None:
            self.signing_key = turn.hex("signing_key", 64).encode()
        now_s, lasts_s = turn.now_s, self.settings["expires_in"]
        claims = {"iss": ISSUER, "aud": RESOURCE, "sub": "user", "client_id": client_id, "iat": now_s,
                  "jti": turn.hex("access_token", 24)}
        return signed(self.signing_key, {**claims, "exp": now_s + lasts_s} if lasts_s else claims, "at+jwt")

    def new_refresh_token(self, turn: Turn, client_id: str) -> str:
        """A refresh token, kept."""
        token = turn.hex("refresh_token", 32)
        self.refresh_tokens[token] = self.client(client_id)["redirect_uris"]
        return token
