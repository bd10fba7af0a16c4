"""The two web servers: pages for a person, and /api/... for a script."""

import json
import os
import re
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import sms

HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " \
              "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
# A caught message is untrusted HTML: no script, no requests; its links open in a new tab.
MESSAGE_POLICY = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; " \
                 "style-src 'unsafe-inline'; img-src data:"
LARGEST_BODY = 1 << 20


class Handler(BaseHTTPRequestHandler):
    """server.page: the file of /; server.store, server.faults, server.gateway (SMS only)."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, format, *args):
        pass  # no log: request lines hold numbers and texts

    def do_GET(self):
        self._route("GET")

    def do_POST(self):
        self._route("POST")

    def do_DELETE(self):
        self._route("DELETE")

    def _route(self, method):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            return self._json(413, {"error": "too large"})
        body = self.rfile.read(int(length))
        for wanted, pattern, act in self.ROUTES:
            match = re.fullmatch(pattern, url.path)
            if match and method in wanted:
                return act(self, match, query, body)
        return self._json(404, {"error": "no such page"})

    # Pages

    def page(self, match, query, body):
        self._file(self.server.page)

    def asset(self, match, query, body):
        self._file(match.group(1))

    def message_html(self, match, query, body):
        message = self.server.store.get(int(match.group(1)))
        if not message or not message.get("html"):
            return self._json(404, {"error": "no such message"})
        html = message["html"].replace("<head>", '<head><base target="_blank">', 1)
        self._answer(200, TYPES[".html"], html.encode(), MESSAGE_POLICY)

    # For scripts

    def messages(self, match, query, body):
        after = query.get("after", "0")
        found = self.server.store.since(int(after) if after.isdigit() else 0, query.get("to", ""))
        self._json(200, {"messages": found})

    def message(self, match, query, body):
        message = self.server.store.get(int(match.group(1)))
        self._json(200 if message else 404, message or {"error": "no such message"})

    def clear(self, match, query, body):
        self.server.store.clear()
        self._json(200, {"messages": []})

    def faults(self, match, query, body):
        if self.command == "POST":
            try:
                self.server.faults.plan(json.loads(body or b"{}"))
            except (ValueError, TypeError, AttributeError) as error:
                return self._json(400, {"error": str(error)})
        self._json(200, self.server.faults.show())

    def opt_out(self, match, query, body):
        gateway = self.server.gateway
        if not gateway:
            return self._json(404, {"error": "no such page"})
        number = json.loads(body or b"{}").get("number", "")
        (gateway.opted_out.discard if self.command == "DELETE" else gateway.opted_out.add)(number)
        self._json(200, {"opted_out": sorted(gateway.opted_out)})

    def twilio(self, match, query, body):
        if not self.server.gateway:
            return self._json(404, {"error": "no such page"})
        status, value = self.server.gateway.twilio(match.group(1), self.headers, sms.form_values(body))
        self._json(status, value) if status else self._hang_up()

    def kannel(self, match, query, body):
        if not self.server.gateway:
            return self._json(404, {"error": "no such page"})
        status, text = self.server.gateway.kannel(self.command, self.headers, query, body)
        self._answer(status, "text/html", text.encode()) if status else self._hang_up()

    def health(self, match, query, body):
        self._json(200, {"status": "ok"})

    ROUTES = (
        (("GET",), r"/", page),
        (("GET",), r"/page/([a-z]+\.(?:css|js|svg))", asset),
        (("GET",), r"/message/([0-9]{1,12})/html", message_html),
        (("GET",), r"/api/messages", messages),
        (("DELETE",), r"/api/messages", clear),
        (("GET",), r"/api/messages/([0-9]{1,12})", message),
        (("GET", "POST"), r"/api/faults", faults),
        (("POST", "DELETE"), r"/api/opt-out", opt_out),
        (("POST",), sms.TWILIO.pattern.strip("^$"), twilio),
        (("GET", "POST"), r"/cgi-bin/sendsms", kannel),
        (("GET",), r"/healthz", health),
    )

    # Answers

    def _file(self, name):
        try:
            with open(os.path.join(HERE, "page", name), "rb") as file:
                self._answer(200, TYPES[os.path.splitext(name)[1]], file.read(), PAGE_POLICY)
        except FileNotFoundError:
            self._json(404, {"error": "no such page"})

    def _json(self, status, value):
        self._answer(status, "application/json", json.dumps(value).encode())

    def _answer(self, status, content_type, body, policy="default-src 'none'"):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)

    def _hang_up(self):
        self.close_connection = True


class Web(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host, port, page, store, faults, gateway=None):
        self.page = page
        self.store = store
        self.faults = faults
        self.gateway = gateway
        super().__init__((host, port), Handler)

    def handle_error(self, request, client_address):
        pass  # the browser has closed the connection
