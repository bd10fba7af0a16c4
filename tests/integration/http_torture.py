"""Hostile and unusual input for an HTTP/1.1 server, as a table: octets in pieces, and the allowed outcomes.

The outcomes were written from RFC 9112 and RFC 9110 before any server was tried. Where the RFC leaves
a choice, each allowed outcome is listed. Where a choice is unsafe behind a proxy that chooses
differently, only refusal is allowed here, and the row says "policy".

Each row sends its request and then a complete second request ({smuggle}) whose effect can be observed.
If the first is refused for its framing, the connection must end and the second must have no effect.
http_wire.py says how outcomes are written; * stands for any digit.

Tokens in the octets: {get} and {post} are paths, {extra} the header fields that a POST needs, {n} and
{x} the size of the body in decimal and hexadecimal, {body} the body, {smuggle} the second request.
"""

from http_wire import HALF, RESET

CRLF = b"\r\n"
HOST = b"Host: x\r\n"
REFUSED = ("400 close", "close")
CODING = ("501 close", *REFUSED)
BAD_LINE = ("4** close", "5** close", "close")  # for a request line that cannot be parsed
BOTH = ("ok ok open",)
OVERSIZE = ("413 close", *REFUSED)
LARGE = ("413 close", "431 close", "414 close", *REFUSED)
NO_LENGTH = ("411 close", *REFUSED)
ANY_ERROR = ("4** close", "5** close", "4** ok open", "5** ok open", "close")


class Case:
    """kinds: one letter for each request: G is answered as a GET, P as a POST, - is never answered well."""

    def __init__(self, name, rfc, pieces, outcomes, kinds, heads=()):
        self.name, self.rfc, self.kinds, self.heads = name, rfc, kinds, heads
        self.pieces = [pieces] if isinstance(pieces, bytes) else pieces
        self.outcomes = (outcomes,) if isinstance(outcomes, str) else outcomes
        counts = [len([w for w in o.split()[:-1] if w != "100"]) for o in self.outcomes if o.endswith("open")]
        self.most = max(counts, default=None)

    def allows(self, outcome):
        return any(_same(wanted.split(), outcome.split()) for wanted in self.outcomes)


def _same(wanted, found):
    return len(wanted) == len(found) and all(
        w == f or (len(w) == len(f) == 3 and f.isdigit() and all(a in ("*", b) for a, b in zip(w, f)))
        for w, f in zip(wanted, found))


def post(framing=b"", body=b"{body}", line=b"POST {post} HTTP/1.1\r\n", host=HOST, behind=b"{smuggle}"):
    return line + host + b"{extra}" + framing + CRLF + body + behind


def get(headers=b"", line=b"GET {get} HTTP/1.1\r\n", host=HOST, behind=b"{smuggle}"):
    return line + host + headers + CRLF + behind


def P(name, rfc, pieces, outcomes, kinds="PP", heads=()):
    return Case(name, rfc, pieces, outcomes, kinds, heads)


def G(name, rfc, pieces, outcomes, kinds="GP", heads=()):
    return Case(name, rfc, pieces, outcomes, kinds, heads)


LENGTH = b"Content-Length: {n}\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"{x}\r\n{body}\r\n0\r\n\r\n"
TAKEN = (*BOTH, "411 close")  # a server may require a length (9110 8.6)


def length(name, value, outcomes, rfc="9112 6.3"):
    """A POST with this value of Content-Length and a complete body."""
    return P("content-length " + name, rfc, post(b"Content-Length:" + value + CRLF), outcomes)


def coding(name, value, outcomes, rfc="9112 6.1", body=CHUNKS):
    return P("transfer-encoding " + name, rfc, post(b"Transfer-Encoding:" + value + CRLF, body), outcomes)


def chunk(name, body, outcomes, rfc="9112 7.1"):
    return P("chunk " + name, rfc, post(CHUNKED, body), outcomes)


GOOD = [
    P("one post", "9112 6.3", post(LENGTH), BOTH),
    G("one get", "9112 3", get(), BOTH),
    P("post then post then get", "9112 9.3.2", post(LENGTH) + post(LENGTH, behind=b"") + get(behind=b""),
      "ok ok ok ok open", "PPPG"),
    P("fifty posts at once", "9112 9.3.2", post(LENGTH, behind=b"") * 50, " ".join(["ok"] * 50 + ["open"]),
      "P" * 50),
    P("get then post then get", "9112 9.3.2", get(behind=b"") + post(LENGTH, behind=b"") + get(behind=b""),
      "ok ok ok open", "GPG"),
    P("second post while the first is answered", "9112 9.3.2",
      [post(LENGTH, behind=b"") + post(LENGTH, behind=b"")[:60], 0.05,
       post(LENGTH, behind=b"")[60:]], BOTH),
    G("get with a body", "9110 9.3.1", get(b"Content-Length: {n}\r\n", behind=b"{body}{smuggle}"),
      (*BOTH, "ok close", "413 close", *REFUSED)),
    G("get with a chunked body", "9110 9.3.1", get(CHUNKED, behind=CHUNKS + b"{smuggle}"),
      (*TAKEN, "ok close", *REFUSED)),
    G("head has no body", "9110 9.3.2", get(line=b"HEAD {get} HTTP/1.1\r\n"), BOTH, "GP", (0,)),
    G("empty line before the request", "9112 2.2", CRLF + get(), BOTH),
    G("connection close", "9112 9.6", get(b"Connection: close\r\n"), "ok close"),
    G("connection close in a list, other case", "9112 9.6", get(b"connection: Foo , CLOSE\r\n"), "ok close"),
    P("connection close with a body", "9112 9.6", post(LENGTH + b"Connection: close\r\n"), "ok close"),
    G("http 1.0 ends", "9112 9.3", get(line=b"GET {get} HTTP/1.0\r\n"), "ok close"),
    G("http 1.0 without host", "9112 3.2", get(line=b"GET {get} HTTP/1.0\r\n", host=b""), "ok close"),
    G("http 1.0 keep-alive", "9112 9.3", get(b"Connection: keep-alive\r\n", b"GET {get} HTTP/1.0\r\n"),
      (*BOTH, "ok close")),
    G("field names in any case", "9110 5.1", get(host=b"hOsT: x\r\n"), BOTH),
    G("no space behind the colon", "9112 5", get(host=b"Host:x\r\n"), BOTH),
    G("tabs and spaces around a value", "9112 5", get(b"X-A:\t  v \t\r\n"), BOTH),
    G("empty value", "9112 5", get(b"X-A:\r\n"), BOTH),
    G("octets above 127 in a value", "9110 5.5", get(b"X-A: caf\xc3\xa9 \xff\r\n"), (*BOTH, *REFUSED)),
    G("octet at a time", "9112 2", [bytes([octet]) for octet in b"GET "] +
      [b"{get} HTTP/1.1\r\nHost: x\r", 0.02, b"\n\r", 0.02, b"\n"], "ok open", "G"),
    P("body in pieces", "9112 6.3", [post(LENGTH, b"", behind=b""), 0.02, b"{body0}", 0.02,
                                     b"{body1}{smuggle}"], BOTH),
]

LENGTHS = [
    length("twice the same (policy)", b" {n}\r\nContent-Length: {n}", REFUSED),
    length("twice, smaller first", b" 0\r\nContent-Length: {n}", REFUSED),
    length("twice, larger first", b" {n}\r\nContent-Length: 0", REFUSED),
    length("twice in other case", b" {n}\r\ncontent-LENGTH: 1", REFUSED),
    length("twice with a field between", b" {n}\r\nX-A: b\r\nContent-Length: 1", REFUSED),
    length("list of the same (policy)", b" {n}, {n}", REFUSED),
    length("list of different", b" {n}, 0", REFUSED),
    length("list with nothing", b" {n},", REFUSED),
    length("plus", b" +{n}", REFUSED, "9110 8.6"),
    length("minus", b" -{n}", REFUSED, "9110 8.6"),
    length("minus one", b" -1", REFUSED, "9110 8.6"),
    length("minus nought", b" -0", REFUSED, "9110 8.6"),
    length("hexadecimal", b" 0x{x}", REFUSED, "9110 8.6"),
    length("hexadecimal without prefix", b" {n}a", REFUSED, "9110 8.6"),
    length("fraction", b" {n}.0", REFUSED, "9110 8.6"),
    length("exponent", b" 1e2", REFUSED, "9110 8.6"),
    length("semicolon", b" {n};a=b", REFUSED, "9110 8.6"),
    length("space within", b" {n} 0", REFUSED, "9110 8.6"),
    length("underscore within", b" 1_0", REFUSED, "9110 8.6"),
    length("empty", b"", REFUSED, "9110 8.6"),
    length("of spaces", b"   ", REFUSED, "9110 8.6"),
    length("word", b" chunked", REFUSED, "9110 8.6"),
    length("quoted", b' "{n}"', REFUSED, "9110 8.6"),
    length("Arabic digits", " ٣".encode(), REFUSED, "9110 8.6"),
    length("full-width digits", " ３".encode(), REFUSED, "9110 8.6"),
    length("NUL behind", b" {n}\x00", REFUSED, "9110 5.5"),
    length("vertical tab before", b" \x0b{n}", REFUSED, "9110 5.5"),
    length("bare CR within", b" {n}\r0", REFUSED, "9112 2.2"),
    length("2^64 and the size", b" {2^64}", OVERSIZE),
    length("2^63", b" 9223372036854775808", OVERSIZE),
    length("2^32 and the size", b" {2^32}", OVERSIZE),
    length("300 digits", b" " + b"9" * 300, OVERSIZE),
    length("leading zeros", b" 000{n}", (*BOTH, *REFUSED)),
    length("spaces and tabs around", b" \t {n} \t ", BOTH, "9112 5"),
    P("content-length with space before the colon", "9112 5.1", post(b"Content-Length : {n}\r\n"), REFUSED),
    P("content-length with tab before the colon", "9112 5.1", post(b"Content-Length\t: {n}\r\n"), REFUSED),
    P("content-length with a space before", "9112 5.2", post(b"X-A: b\r\n Content-Length: {n}\r\n"),
      (*REFUSED, "411 close")),
    P("content-length folded", "9112 5.2", post(b"Content-Length:\r\n {n}\r\n"), (*BOTH, *REFUSED)),
    P("content-length folded, two numbers", "9112 5.2", post(b"Content-Length: {n}\r\n 0\r\n"), REFUSED),
    P("post without any length", "9112 6.3", post(b"", b""), (*NO_LENGTH, "2** ok open", "4** ok open"), "-P"),
]

CODINGS = [
    coding("chunked", b" chunked", TAKEN),
    coding("in other case", b" CHUNKED", TAKEN, "9112 7"),
    coding("identity", b" identity", CODING, body=b"{body}"),
    coding("identity with length", b" identity\r\nContent-Length: {n}", CODING, body=b"{body}"),
    coding("chunked, identity", b" chunked, identity", CODING, "9112 6.3"),
    coding("identity, chunked", b" identity, chunked", CODING),
    coding("xchunked", b" xchunked", CODING),
    coding("xchunked with length", b" xchunked\r\nContent-Length: {n}", CODING, body=b"{body}"),
    coding("chunkedx", b" chunkedx", CODING),
    coding("chunked, chunked", b" chunked, chunked", CODING),
    coding("chunked on two lines", b" chunked\r\nTransfer-Encoding: chunked", CODING),
    coding("identity on a second line", b" chunked\r\nTransfer-Encoding: identity", CODING, "9112 6.3"),
    coding("gzip, chunked", b" gzip, chunked", CODING),
    coding("gzip", b" gzip", CODING, "9112 6.3", b"{body}"),
    coding("chunked, gzip", b" chunked, gzip", CODING, "9112 6.3"),
    coding("empty (policy)", b"", (*CODING, "411 close"), body=b"{body}"),
    coding("empty with length (policy)", b"\r\nContent-Length: {n}", CODING, body=b"{body}"),
    coding("comma only", b" ,", (*CODING, "411 close"), body=b"{body}"),
    coding("chunked and comma", b" chunked,", (*TAKEN, *CODING)),
    coding("quoted", b' "chunked"', CODING),
    coding("with a parameter", b" chunked;q=1", CODING, "9112 7.1"),
    coding("vertical tab before", b" \x0bchunked", CODING, "9110 5.5"),
    coding("NUL behind", b" chunked\x00", CODING, "9110 5.5"),
    coding("bare CR before", b" \rchunked", CODING, "9112 2.2"),
    coding("tab before", b"\tchunked", TAKEN, "9112 5"),
    coding("folded", b"\r\n chunked", (*TAKEN, *CODING), "9112 5.2"),
    coding("folded behind another", b" x\r\n chunked", CODING, "9112 5.2"),
    coding("then length (policy)", b" chunked\r\nContent-Length: {n}", CODING, "9112 6.3"),
    coding("then length 0 (policy)", b" chunked\r\nContent-Length: 0", CODING, "9112 6.3"),
    P("length then transfer-encoding (policy)", "9112 6.3", post(LENGTH + CHUNKED, CHUNKS), CODING),
    P("length then transfer-encoding, smuggling by length (policy)", "9112 6.3",
      post(b"Content-Length: 5\r\n" + CHUNKED, b"0\r\n\r\n"), CODING),
    P("transfer-encoding with space before the colon", "9112 5.1",
      post(b"Transfer-Encoding : chunked\r\n", CHUNKS), REFUSED),
    P("transfer-encoding with space before the colon, and length", "9112 5.1",
      post(b"Transfer-Encoding : chunked\r\n" + LENGTH, b"{body}"), REFUSED),
    P("transfer-encoding with tab before the colon", "9112 5.1",
      post(b"Transfer-Encoding\t: chunked\r\n", CHUNKS), REFUSED),
    P("transfer_encoding is another field", "9110 5.1", post(b"Transfer_Encoding: chunked\r\n" + LENGTH),
      (*BOTH, *REFUSED)),
    P("transfer-encoding behind a bare CR", "9112 2.2",
      post(b"X-A: b\rTransfer-Encoding: chunked\r\n" + LENGTH), (*BOTH, *REFUSED)),
    P("transfer-encoding behind a bare LF (policy)", "9112 2.2",
      post(b"X-A: b\nTransfer-Encoding: chunked\r\n", CHUNKS), CODING),
    P("transfer-encoding in HTTP/1.0", "9112 6.1",
      post(CHUNKED, CHUNKS, b"POST {post} HTTP/1.0\r\n"), ("ok close", "411 close", *CODING)),
    P("transfer-encoding and length in HTTP/1.0", "9112 6.1",
      post(CHUNKED + LENGTH, CHUNKS, b"POST {post} HTTP/1.0\r\n"), ("ok close", *CODING)),
    P("connection names transfer-encoding", "9110 7.6.1",
      post(CHUNKED + b"Connection: transfer-encoding\r\n", CHUNKS), (*TAKEN, "ok close", *CODING)),
]

CHUNKING = [
    chunk("one", CHUNKS, TAKEN),
    chunk("two", b"1\r\n{first}\r\n{x-1}\r\n{rest}\r\n0\r\n\r\n", TAKEN),
    chunk("capital size", b"{X}\r\n{body}\r\n0\r\n\r\n", TAKEN),
    chunk("size with leading zeros", b"000{x}\r\n{body}\r\n0\r\n\r\n", (*TAKEN, *REFUSED)),
    chunk("last of many zeros", b"{x}\r\n{body}\r\n00000\r\n\r\n", (*TAKEN, *REFUSED)),
    chunk("extension", b"{x};a=b;c\r\n{body}\r\n0;d\r\n\r\n", TAKEN, "9112 7.1.1"),
    chunk("extension quoted", b'{x};a="b;c\\""\r\n{body}\r\n0\r\n\r\n', (*TAKEN, *REFUSED), "9112 7.1.1"),
    chunk("extension of 1 MiB", b"{x};a=" + b"b" * (1 << 20) + b"\r\n{body}\r\n0\r\n\r\n",
          (*NO_LENGTH, *LARGE), "9112 7.1.1"),
    chunk("many extensions of many chunks", b"1;" + b"a" * 3000 + b"\r\nx\r\n" + (
        b"1;" + b"a" * 3000 + b"\r\nx\r\n") * 2000, (*NO_LENGTH, *LARGE, "4** close"), "9112 7.1.1"),
    chunk("extension with bare LF", b"{x};a\nb\r\n{body}\r\n0\r\n\r\n", NO_LENGTH, "9112 7.1.1"),
    chunk("extension with bare CR", b"{x};a\rb\r\n{body}\r\n0\r\n\r\n", NO_LENGTH, "9112 7.1.1"),
    chunk("size of 16 f", b"ffffffffffffffff\r\n{body}\r\n0\r\n\r\n", (*NO_LENGTH, "413 close")),
    chunk("size of 17 digits", b"100000000000000{x}\r\n{body}\r\n0\r\n\r\n", (*NO_LENGTH, "413 close")),
    chunk("size of 2^64 and the size", b"{x:2^64}\r\n{body}\r\n0\r\n\r\n", (*NO_LENGTH, "413 close")),
    chunk("size of 2^32 and the size", b"{x:2^32}\r\n{body}\r\n0\r\n\r\n", (*NO_LENGTH, "413 close")),
    chunk("size 7fffffffffffffff", b"7fffffffffffffff\r\n{body}\r\n0\r\n\r\n", (*NO_LENGTH, "413 close")),
    chunk("size 0x", b"0x{x}\r\n{body}\r\n0\r\n\r\n", NO_LENGTH),
    chunk("size plus", b"+{x}\r\n{body}\r\n0\r\n\r\n", NO_LENGTH),
    chunk("size minus", b"-{x}\r\n{body}\r\n0\r\n\r\n", NO_LENGTH),
    chunk("size minus one", b"-1\r\n{body}\r\n0\r\n\r\n", NO_LENGTH),
    chunk("size with a space before", b" {x}\r\n{body}\r\n0\r\n\r\n", NO_LENGTH),
    chunk("size with a space behind", b"{x} \r\n{body}\r\n0\r\n\r\n", (*TAKEN, *REFUSED), "9112 7.1.1"),
    chunk("extension behind blanks", b"{x} \t;a=b\r\n{body}\r\n0 ;d\r\n\r\n", TAKEN, "9112 7.1.1"),
    chunk("semicolon behind a blank without a size", b" ;a\r\n{body}\r\n0\r\n\r\n", NO_LENGTH, "9112 7.1"),
    chunk("size in two with a space", b"0 {x}\r\n{body}\r\n0\r\n\r\n", NO_LENGTH, "9112 7.1"),
    chunk("data of a semicolon", b"1\r\n;\r\n{x}\r\n{body}\r\n0\r\n\r\n", (*TAKEN, "4** ok open")),
    chunk("data of a blank", b"1\r\n \r\n{x}\r\n{body}\r\n0\r\n\r\n", (*TAKEN, "4** ok open")),
    chunk("size with an underscore", b"0_{x}\r\n{body}\r\n0\r\n\r\n", NO_LENGTH),
    chunk("size with a letter", b"{x}g\r\n{body}\r\n0\r\n\r\n", NO_LENGTH),
    chunk("size empty", b"\r\n{body}\r\n0\r\n\r\n", NO_LENGTH),
    chunk("size is a semicolon", b";\r\n{body}\r\n0\r\n\r\n", NO_LENGTH),
    chunk("size with NUL", b"{x}\x00\r\n{body}\r\n0\r\n\r\n", NO_LENGTH),
    chunk("size ended by LF", b"{x}\n{body}\r\n0\r\n\r\n", NO_LENGTH),
    chunk("size ended by CR", b"{x}\r{body}\r\n0\r\n\r\n", NO_LENGTH),
    chunk("size of 4,000 zeros", b"0" * 4000 + b"{x}\r\n{body}\r\n0\r\n\r\n", (*NO_LENGTH, "413 close", *TAKEN)),
    chunk("no line end behind the data", b"{x}\r\n{body}0\r\n\r\n", NO_LENGTH),
    chunk("LF behind the data", b"{x}\r\n{body}\n0\r\n\r\n", NO_LENGTH),
    chunk("data longer than its size", b"{x}\r\n{body}xx\r\n0\r\n\r\n", NO_LENGTH),
    chunk("data shorter than its size", b"{x+2}\r\n{body}\r\nx0\r\n\r\n", NO_LENGTH),
    chunk("two letters for the line end", b"{x}\r\n{body}xx0\r\n\r\n", NO_LENGTH),
    chunk("last ended by LF LF", b"{x}\r\n{body}\r\n0\n\n", NO_LENGTH),
    chunk("trailer", b"{x}\r\n{body}\r\n0\r\nX-Sum: 1\r\n\r\n", TAKEN, "9112 7.1.2"),
    chunk("trailer content-length", b"{x}\r\n{body}\r\n0\r\nContent-Length: 99\r\n\r\n", (*TAKEN, *REFUSED), "9110 6.5.1"),
    chunk("trailer transfer-encoding", b"{x}\r\n{body}\r\n0\r\nTransfer-Encoding: x\r\n\r\n", (*TAKEN, *REFUSED),
          "9110 6.5.1"),
    chunk("trailer host", b"{x}\r\n{body}\r\n0\r\nHost: y\r\n\r\n", (*TAKEN, *REFUSED), "9110 6.5.1"),
    chunk("trailer with space before the colon", b"{x}\r\n{body}\r\n0\r\nX-A : b\r\n\r\n", NO_LENGTH, "9112 5.1"),
    chunk("trailer without a colon", b"{x}\r\n{body}\r\n0\r\nX-A\r\n\r\n", NO_LENGTH, "9112 5"),
    chunk("trailer folded", b"{x}\r\n{body}\r\n0\r\nX-A: b\r\n c\r\n\r\n", NO_LENGTH, "9112 5.2"),
    chunk("trailer folded with a tab", b"{x}\r\n{body}\r\n0\r\nX-A: b\r\n\tc\r\n\r\n", NO_LENGTH, "9112 5.2"),
    chunk("trailer of blanks", b"{x}\r\n{body}\r\n0\r\n \r\n\r\n", NO_LENGTH, "9112 5.2"),
    chunk("trailer of 1 MiB", b"{x}\r\n{body}\r\n0\r\n" + b"X-A: b\r\n" * (1 << 17) + b"\r\n", (*NO_LENGTH, *LARGE),
          "9112 7.1.2"),
]

HOSTS = [
    G("host missing", "9112 3.2", get(host=b""), (*REFUSED, "400 ok open")),
    G("host twice the same", "9112 3.2", get(host=HOST + HOST), (*REFUSED, "400 ok open")),
    G("host twice", "9112 3.2", get(host=HOST + b"host: y\r\n"), (*REFUSED, "400 ok open")),
    G("host empty", "9112 3.2", get(host=b"Host:\r\n"), (*BOTH, *REFUSED, "400 ok open")),
    G("host a list", "9112 3.2", get(host=b"Host: x, y\r\n"), (*REFUSED, "400 ok open")),
    G("host with a path", "9112 3.2", get(host=b"Host: x/y\r\n"), (*REFUSED, "400 ok open")),
    G("host with a space", "9112 3.2", get(host=b"Host: x y\r\n"), (*REFUSED, "400 ok open")),
    G("host with a user", "9112 3.2", get(host=b"Host: me@x\r\n"), (*REFUSED, "400 ok open")),
    G("host with a bad port", "9112 3.2", get(host=b"Host: x:8o\r\n"), (*REFUSED, "400 ok open")),
    G("host with an open bracket", "9112 3.2", get(host=b"Host: [::1\r\n"), (*REFUSED, "400 ok open")),
    G("host with a port", "9112 3.2", get(host=b"Host: x:80\r\n"), BOTH),
    G("host IPv6", "9112 3.2", get(host=b"Host: [::1]:80\r\n"), BOTH),
    G("host with space before the colon", "9112 5.1", get(host=b"Host : x\r\n"), REFUSED),
    G("host folded", "9112 5.2", get(host=b"Host:\r\n x\r\n"), (*BOTH, *REFUSED)),
]

LINES = [
    G("version " + name, "9112 2.3", get(line=b"GET {get} " + word + CRLF), BAD_LINE)
    for name, word in (("3.7", b"HTTP/3.7"), ("2.0", b"HTTP/2.0"), ("1.10", b"HTTP/1.10"), ("01.1", b"HTTP/01.1"),
                       ("lower case", b"http/1.1"), ("1", b"HTTP/1"), ("1.", b"HTTP/1."), ("-1.1", b"HTTP/-1.1"),
                       ("1.1x", b"HTTP/1.1x"), ("0.9", b"HTTP/0.9"), ("ICY", b"ICY/1.1"), ("HTTPS", b"HTTPS/1.1"),
                       ("1,1", b"HTTP/1,1"), ("tab within", b"HTTP/1\t.1"), ("11", b"HTTP/11"), ("0.0", b"HTTP/0.0"))
] + [
    G("version 1.2", "9110 2.5", get(line=b"GET {get} HTTP/1.2\r\n"), (*BOTH, *BAD_LINE)),
    G("version missing (HTTP/0.9)", "9112 3", b"GET {get}\r\n" + HOST + CRLF + b"{smuggle}", BAD_LINE),
    G("version missing behind a space", "9112 3", get(line=b"GET {get} \r\n"), BAD_LINE),
    G("target missing", "9112 3", get(line=b"GET HTTP/1.1\r\n"), BAD_LINE, "-P"),
    G("target empty", "9112 3", get(line=b"GET  HTTP/1.1\r\n"), BAD_LINE, "-P"),
    G("space before the method", "9112 3", get(line=b" GET {get} HTTP/1.1\r\n"), (*REFUSED, "501 close")),
    G("two spaces before the target", "9112 3", get(line=b"GET  {get} HTTP/1.1\r\n"), (*BOTH, *BAD_LINE)),
    G("two spaces before the version", "9112 3", get(line=b"GET {get}  HTTP/1.1\r\n"), (*BOTH, *BAD_LINE)),
    G("tab before the target", "9112 3", get(line=b"GET\t{get} HTTP/1.1\r\n"), (*BOTH, *BAD_LINE, "501 close")),
    G("space within the target", "9112 3.2", get(line=b"GET {get} x HTTP/1.1\r\n"), BAD_LINE, "-P"),
    G("space behind the version", "9112 3", get(line=b"GET {get} HTTP/1.1 \r\n"), (*BOTH, *BAD_LINE)),
    G("line ended by LF (policy)", "9112 2.2", get(line=b"GET {get} HTTP/1.1\n"), BAD_LINE),
    G("line ended by CR", "9112 2.2", get(line=b"GET {get} HTTP/1.1\r"), BAD_LINE),
    G("line ended by CR CR LF (policy)", "9112 2.2", get(line=b"GET {get} HTTP/1.1\r\r\n"), BAD_LINE),
    G("all lines ended by LF (policy)", "9112 2.2", b"GET {get} HTTP/1.1\nHost: x\n\n{smuggle}", BAD_LINE),
    G("all lines ended by CR", "9112 2.2", b"GET {get} HTTP/1.1\rHost: x\r\r{smuggle}", BAD_LINE),
    G("LF before the request (policy)", "9112 2.2", b"\n" + get(), (*BOTH, *REFUSED)),
    G("field ended by LF (policy)", "9112 2.2", get(b"X-A: b\n"), REFUSED),
    G("headers ended by LF LF (policy)", "9112 2.2", get()[:-len(b"\r\n{smuggle}") - 2] + b"\n\n{smuggle}", REFUSED),
    G("headers ended by CR LF LF (policy)", "9112 2.2", get()[:-len(b"\r\n{smuggle}")] + b"\n{smuggle}", REFUSED),
    G("only empty lines", "9112 2.2", CRLF * 2000, (*REFUSED, "4** close"), "-"),
    G("a few empty lines before the request", "9112 2.2", CRLF * 4 + get(), BOTH),
    G("a TLS hello", "9112 3", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x5a" * 200 + b"\r\n\r\n{smuggle}",
      BAD_LINE, "-P"),
    G("the HTTP/2 preface", "9113 3.4", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{smuggle}", (*BAD_LINE, "501 close", "405 close"), "-P"),
] + [
    G(f"PRI {target.decode()} {version.decode()}", "9113 3.4",
      b"PRI " + target + b" " + version + b"\r\n" + fields + b"\r\nSM\r\n\r\n{smuggle}", (*BAD_LINE, *ANY_ERROR), "-P")
    for version, target, fields in ((b"HTTP/1.0", b"*", b""), (b"HTTP/1.1", b"*", HOST), (b"HTTP/1.1", b"{get}", HOST))
] + [
    G("the PROXY protocol", "9112 3", b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + get(), (*BAD_LINE, "501 close"), "-P"),
    G("target with NUL", "9112 3.2", get(line=b"GET {get}\x00 HTTP/1.1\r\n"), REFUSED, "-P"),
    G("target with a control", "9112 3.2", get(line=b"GET {get}\x01 HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("target with DEL", "9112 3.2", get(line=b"GET {get}\x7f HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("target with bare CR (policy)", "9112 2.2", get(line=b"GET {get}\r HTTP/1.1\r\n"), BAD_LINE, "-P"),
    G("target with octets above 127", "9112 3.2", get(line=b"GET {get}\xff HTTP/1.1\r\n"), (*ANY_ERROR, *BOTH), "-P"),
    G("target with an escaped NUL", "9110 4.2", get(line=b"GET {get}%00 HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("target with a broken escape", "9110 4.2", get(line=b"GET {get}%zz HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("target without a slash", "9112 3.2.1", get(line=b"GET x{get} HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("target of dots", "9110 4.2", get(line=b"GET /../../etc/passwd HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("target of escaped dots", "9110 4.2", get(line=b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("absolute-form", "9112 3.2.2", get(line=b"GET http://x{get} HTTP/1.1\r\n"), BOTH),
    G("absolute-form with a port", "9112 3.2.2", get(line=b"GET http://x:80{get} HTTP/1.1\r\n"), BOTH),
    G("absolute-form of capitals", "9112 3.2.2", get(line=b"GET HTTP://X{get} HTTP/1.1\r\n"), BOTH),
    G("absolute-form, another Host", "9112 3.2.2", get(line=b"GET http://x{get} HTTP/1.1\r\n", host=b"Host: y\r\n"),
      (*BOTH, *REFUSED)),
    G("absolute-form without Host", "9112 3.2", get(line=b"GET http://x{get} HTTP/1.1\r\n", host=b""),
      (*REFUSED, "400 ok open")),
    G("absolute-form without an authority", "9110 4.2.1", get(line=b"GET http://{get} HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("absolute-form of a port alone", "9110 4.2.1", get(line=b"GET http://:80{get} HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("absolute-form with a user", "9110 4.2.4", get(line=b"GET http://me@x{get} HTTP/1.1\r\n"), (*BOTH, *ANY_ERROR)),
    G("absolute-form of another scheme", "9112 3.2.2", get(line=b"GET ftp://x{get} HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    P("absolute-form of a post", "9112 3.2.2", post(LENGTH, line=b"POST http://x{post} HTTP/1.1\r\n"), BOTH),
    G("authority-form", "9112 3.2.3", get(line=b"GET x:80 HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("asterisk-form of a get", "9112 3.2.4", get(line=b"GET * HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("options *", "9110 9.3.7", get(line=b"OPTIONS * HTTP/1.1\r\n"), (*ANY_ERROR, "2** ok open", "2** close"), "-P"),
    G("trace", "9110 9.3.8", get(b"Cookie: a=b\r\n", b"TRACE {get} HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("connect", "9110 9.3.6", get(line=b"CONNECT x:80 HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("connect of a path", "9110 9.3.6", get(line=b"CONNECT {get} HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("unknown method", "9110 9.1", get(line=b"BREW {get} HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("put with a body", "9110 9.1", post(LENGTH, line=b"PUT {post} HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("unknown method with a body", "9110 9.1", post(LENGTH, line=b"BREW {post} HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("method in lower case", "9110 9.1", get(line=b"get {get} HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("method of 1,000 letters", "9110 9.1", get(line=b"G" * 1000 + b" {get} HTTP/1.1\r\n"), ANY_ERROR, "-P"),
    G("method with a colon", "9110 9.1", get(line=b"GE:T {get} HTTP/1.1\r\n"), (*REFUSED, "501 close", "405 close",
                                                                                 "501 ok open", "405 ok open"), "-P"),
    G("method with NUL", "9110 9.1", get(line=b"G\x00ET {get} HTTP/1.1\r\n"), (*REFUSED, "501 close", "405 close"), "-P"),
    G("method empty", "9112 3", get(line=b" {get} HTTP/1.1\r\n"), (*BAD_LINE, "501 close"), "-P"),
    G("method with octets above 127", "9110 9.1", get(line=b"G\xc3\x89T {get} HTTP/1.1\r\n"), ANY_ERROR, "-P"),
]

FIELDS = [
    G("space before the first field", "9112 2.2", get(host=b" X-A: b\r\n" + HOST), (*BOTH, *REFUSED)),
    G("folded value", "9112 5.2", get(b"X-A: b\r\n c\r\n"), (*BOTH, *REFUSED)),
    G("folded with a tab", "9112 5.2", get(b"X-A: b\r\n\tc\r\n"), (*BOTH, *REFUSED)),
    G("space before the colon", "9112 5.1", get(b"X-A : b\r\n"), REFUSED),
    G("tab before the colon", "9112 5.1", get(b"X-A\t: b\r\n"), REFUSED),
    G("space within a name", "9112 5.1", get(b"X A: b\r\n"), REFUSED),
    G("name empty", "9112 5", get(b": b\r\n"), REFUSED),
    G("no colon", "9112 5", get(b"X-A\r\n"), REFUSED),
    G("name with NUL", "9110 5.1", get(b"X\x00A: b\r\n"), REFUSED),
    G("name with a control", "9110 5.1", get(b"X\x01A: b\r\n"), REFUSED),
    G("name with octets above 127", "9110 5.1", get(b"X\xc3\x89: b\r\n"), REFUSED),
    G("name with a slash", "9110 5.1", get(b"X/A: b\r\n"), REFUSED),
    G("name in quotes", "9110 5.1", get(b'"X": b\r\n'), REFUSED),
    G("name with bare CR", "9112 2.2", get(b"X\rA: b\r\n"), REFUSED),
    G("value with NUL", "9110 5.5", get(b"X-A: b\x00c\r\n"), (*BOTH, *REFUSED)),
    G("value with bare CR", "9112 2.2", get(b"X-A: b\rc\r\n"), (*BOTH, *REFUSED)),
    G("value with a control", "9110 5.5", get(b"X-A: b\x01c\r\n"), (*BOTH, *REFUSED)),
    G("value with DEL", "9110 5.5", get(b"X-A: b\x7fc\r\n"), (*BOTH, *REFUSED)),
    G("host with NUL", "9110 5.5", get(host=b"Host: x\x00\r\n"), (*REFUSED, "400 ok open")),
    G("host with bare CR", "9112 2.2", get(host=b"Host: x\ry\r\n"), (*REFUSED, "400 ok open")),
    G("line of 4,000 octets in one value", "9110 5.4", get(b"X-A: " + b"b" * 4000 + CRLF), (*BOTH, *LARGE)),
    G("line of 64 KiB in one value", "9110 5.4", get(b"X-A: " + b"b" * 65536 + CRLF), LARGE),
    G("value of 4 MiB", "9110 5.4", get(b"X-A: " + b"b" * (4 << 20) + CRLF), LARGE),
    G("name of 64 KiB", "9110 5.4", get(b"X" * 65536 + b": b\r\n"), LARGE),
    G("1,000 fields", "9110 5.4", get(b"".join(b"X-%d: b\r\n" % n for n in range(1000))), (*BOTH, *LARGE)),
    G("50,000 fields", "9110 5.4", get(b"".join(b"X-%d: b\r\n" % n for n in range(50000))), LARGE),
    G("target of 64 KiB", "9112 3", get(line=b"GET {get}?" + b"a" * 65536 + b" HTTP/1.1\r\n"), LARGE, "-P"),
    G("target of 4 MiB", "9112 3", get(line=b"GET {get}?" + b"a" * (4 << 20) + b" HTTP/1.1\r\n"), LARGE, "-P"),
    G("method of 4 MiB", "9112 3", get(line=b"G" * (4 << 20) + b" {get} HTTP/1.1\r\n"), (*LARGE, "501 close"), "-P"),
    G("line that never ends", "9112 3", b"GET /" + b"a" * (1 << 20), LARGE, "-"),
    P("body too large, declared, not sent", "9110 15.5.14",
      post(b"Content-Length: 100000000\r\n", b"", behind=b""), ("413 close", "close"), "-"),
    P("body too large, declared and sent", "9110 15.5.14",
      post(b"Content-Length: 8388608\r\n", b"a" * (8 << 20)), ("413 close", "close"), "-P"),
    P("body too large, chunked", "9110 15.5.14",
      post(CHUNKED, b"10000\r\n" + b"a" * 65536 + CRLF + (b"10000\r\n" + b"a" * 65536 + CRLF) * 127 + b"0\r\n\r\n"),
      (*NO_LENGTH, "413 close"), "-P"),
    P("body too large by one chunk size", "9110 15.5.14", post(CHUNKED, b"8000000\r\n", behind=b""),
      (*NO_LENGTH, "413 close", "wait"), "-"),
]

MANNERS = [
    P("expect 100-continue, waits", "9110 10.1.1",
      [post(LENGTH + b"Expect: 100-continue\r\n", b"", behind=b""), 0.1, b"{body}{smuggle}"],
      ("100 ok ok open", "ok ok open", "417 close")),
    P("expect 100-continue, does not wait", "9110 10.1.1", post(LENGTH + b"Expect: 100-continue\r\n"),
      ("100 ok ok open", "ok ok open", "417 close")),
    P("expect 100-Continue of capitals", "9110 10.1.1", post(LENGTH + b"Expect: 100-Continue\r\n"),
      ("100 ok ok open", "ok ok open", "417 close")),
    P("expect 100-continue and too large", "9110 10.1.1",
      post(b"Content-Length: 100000000\r\nExpect: 100-continue\r\n", b"", behind=b""), ("413 close", "417 close", "close"), "-"),
    P("expect something else", "9110 10.1.1", post(LENGTH + b"Expect: the-impossible\r\n"),
      ("417 ok open", "417 close", *BOTH)),
    P("expect 100-continue in HTTP/1.0", "9110 10.1.1",
      post(LENGTH + b"Expect: 100-continue\r\n", line=b"POST {post} HTTP/1.0\r\n"), ("ok close", "417 close")),
    G("expect 100-continue of a get", "9110 10.1.1", get(b"Expect: 100-continue\r\n"),
      ("100 ok ok open", "ok ok open", "417 close", "417 ok open")),
    G("upgrade to h2c", "9110 7.8", get(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                                         b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"), (*BOTH, "ok close", *ANY_ERROR)),
    G("upgrade to websocket", "9110 7.8", get(b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                               b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
      (*BOTH, "ok close", *ANY_ERROR)),
    P("upgrade of a post with a body", "9110 7.8", post(LENGTH + b"Connection: Upgrade\r\nUpgrade: h2c\r\n"),
      (*BOTH, "ok close", *ANY_ERROR)),
    G("half-close behind a get", "9112 9.6", [get(behind=b""), HALF], ("ok close", "close"), "G"),
    P("half-close behind a post", "9112 9.6", [post(LENGTH, behind=b""), HALF], ("ok close", "close"), "P"),
    P("half-close behind two posts", "9112 9.6", [post(LENGTH, behind=b"") * 2, HALF],
      ("ok ok close", "ok close", "close"), "PP"),
    G("half-close in the line", "9112 8", [b"GET /", HALF], REFUSED, "-"),
    G("half-close in the headers", "9112 8", [get(behind=b"")[:-2], HALF], REFUSED, "-"),
    P("half-close in the body", "9112 8", [post(LENGTH, b"{body0}", behind=b""), HALF], REFUSED, "-"),
    P("half-close in a chunk", "9112 8", [post(CHUNKED, b"{x}\r\n{body0}", behind=b""), HALF], NO_LENGTH, "-"),
    P("half-close before the last chunk", "9112 8", [post(CHUNKED, b"{x}\r\n{body}\r\n", behind=b""), HALF], NO_LENGTH, "-"),
    P("half-close within the last chunk", "9112 8", [post(CHUNKED, b"{x}\r\n{body}\r\n0\r\n", behind=b""), HALF], NO_LENGTH, "-"),
    G("half-close at once", "9112 9.6", [HALF], "close", "-"),
    G("reset at once", "9112 9.5", [RESET], "reset", "-"),
    G("reset in the line", "9112 9.5", [b"GET /", RESET], "reset", "-"),
    G("reset behind a get", "9112 9.5", [get(behind=b""), RESET], "reset", "-"),
    P("reset in the body", "9112 9.5", [post(LENGTH, b"{body0}", behind=b""), 0.02, RESET], "reset", "-"),
    P("reset in a chunk", "9112 9.5", [post(CHUNKED, b"{x}\r\n{body0}", behind=b""), 0.02, RESET], "reset", "-"),
    P("reset behind twenty posts", "9112 9.5", [post(LENGTH, behind=b"") * 20, RESET], "reset", "-"),
]

CASES = GOOD + LENGTHS + CODINGS + CHUNKING + HOSTS + LINES + FIELDS + MANNERS
assert len({case.name for case in CASES}) == len(CASES)


def fill(template, site):
    """A piece with its tokens replaced by the site's values."""
    if not isinstance(template, bytes):
        return template
    size = len(site.body)
    half = size // 2
    tokens = {
        b"{get}": site.get, b"{post}": site.post, b"{extra}": site.extra, b"{body}": site.body,
        b"{body0}": site.body[:half], b"{body1}": site.body[half:], b"{first}": site.body[:1],
        b"{rest}": site.body[1:], b"{n}": b"%d" % size, b"{x}": b"%x" % size, b"{X}": b"%X" % size,
        b"{x-1}": b"%x" % (size - 1), b"{x+2}": b"%x" % (size + 2), b"{2^64}": b"%d" % (2 ** 64 + size),
        b"{2^32}": b"%d" % (2 ** 32 + size), b"{x:2^64}": b"%x" % (2 ** 64 + size),
        b"{x:2^32}": b"%x" % (2 ** 32 + size), b"{smuggle}": site.smuggle,
    }
    for token, octets in tokens.items():
        template = template.replace(token, octets)
    return template


def pieces_of(case, site):
    return [fill(piece, site) for piece in case.pieces]
