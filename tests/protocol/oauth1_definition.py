"""The signature base string as RFC 5849 section 3.4.1 words it, step by step and by the standard library.

The product's own is held to this one. Beside it: generated requests, for all tests of signing and verifying.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote_to_bytes, urlsplit

from hypothesis import strategies as st

from sim.protocol.http import FORM, Request

Pair = tuple[str, str]

NOW_S = 1239235200  # 2009-04-09T00:00:00Z


def percent_encoded(octets: bytes | str) -> str:
    """Section 3.6."""
    return quote(octets, safe="~", errors="surrogatepass" if isinstance(octets, str) else None)


def form_pairs(form: str) -> list[Pair]:
    """Sections 3.4.1.3.1 and 3.4.1.3.2 step 1: the parameters of a form, decoded as HTML 4.01 has it, and encoded."""
    pairs = []
    for piece in form.split("&"):
        if piece:
            name, _, value = piece.replace("+", " ").partition("=")
            pairs.append((percent_encoded(unquote_to_bytes(name)), percent_encoded(unquote_to_bytes(value))))
    return pairs


def base_uri(url: str) -> str:
    """Section 3.4.1.2, for URLs of which every character may stand in a URL."""
    parts = urlsplit(url)
    scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    if ":" in host:
        host = f"[{host}]"
    if port is not None and (scheme, port) not in (("http", 80), ("https", 443)):
        host = f"{host}:{port}"
    return f"{scheme}://{host}{parts.path or '/'}"


def defined_base_string(method: str, url: str, form: str, protocol: Iterable[Pair]) -> str:
    """Section 3.4.1.1, of a request with this form as its body and these protocol parameters, not yet encoded."""
    query = urlsplit(url).query
    encoded = [(percent_encoded(name), percent_encoded(value)) for name, value in protocol]
    pairs = sorted([*form_pairs(query), *form_pairs(form), *encoded])
    normalized = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join(percent_encoded(part) for part in (method.upper(), base_uri(url), normalized))


def form_request(method: str, url: str, form: str, headers: Mapping[str, str] | None = None) -> Request:
    return Request(method, url, {**(headers or {}), "Content-Type": FORM} if form else dict(headers or {}), form)


methods = st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "get", "Post", "PROPFIND", "M-SEARCH"])
texts = st.text(max_size=8)
named_texts = st.text(min_size=1, max_size=12)
words = st.text("abcXYZ019-._~", min_size=1, max_size=8)

# Characters a URL may hold, and every way of writing an escape that there is: upper and lower case, of characters
# that need none, of octets that are no UTF-8 (for requests that oauthlib need not read), and broken ones.
_sound_pieces = st.sampled_from([
    *"ab-._~19AZ", "+", "%20", "%2B", "%2b", "%26", "%3D", "%25", "%7E", "%7e", "%41", "%2D", "%C3%A9", "%e2%82%ac", "%00",
])  # fmt: skip
_any_pieces = _sound_pieces | st.sampled_from(["%FF", "%fe", "%", "%4", "%zz", "%%41", "é", "€", "=", "*", "/", "!", "'"])


def forms(pieces: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Forms as they may come: with parameters twice, without names, values or "=", and with empty pieces."""
    word = st.lists(pieces, max_size=4).map("".join)
    pair = st.tuples(word, st.sampled_from(["=", "=", "=", ""]), word).map("".join)
    return st.lists(pair, max_size=4).map("&".join)


sound_forms = forms(_sound_pieces)
any_forms = forms(_any_pieces)

hosts = st.sampled_from([
    "example.com", "EXAMPLE.com", "a", "photos.Example.NET", "127.0.0.1", "[::1]", "xn--bcher-kva.example", "under_score.example",
])  # fmt: skip
ports = st.sampled_from(["", "", ":80", ":443", ":8080", ":", ":0443", ":65535"])
schemes = st.sampled_from(["http", "https", "HTTP", "Https"])
paths = st.lists(
    st.sampled_from(["/", "/a", "/r%20v", "/X", "/~u", "/a;b=1", "/@:!$'()*+,=", "/%2F", "/%c3%a9", "/.."]), max_size=3
).map("".join)


def urls(queries: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    fragments = st.sampled_from(["", "", "", "#f", "#?x=1"])
    asked = queries.map(lambda query: f"?{query}" if query else "")
    return st.tuples(schemes, st.just("://"), hosts, ports, paths, asked, fragments).map("".join)


sound_urls = urls(sound_forms)
any_urls = urls(any_forms)
