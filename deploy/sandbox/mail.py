"""The mail catcher's SMTP server: it accepts and shows every message, and forwards none."""

import asyncio
import email
import email.policy
import ssl

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

SHOWN_HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
                 "Auto-Submitted", "Importance", "MIME-Version", "Content-Type")


class Catcher:
    """aiosmtpd's handler. Runs on the controller's thread; the store is thread-safe."""

    def __init__(self, store, faults):
        self.store = store
        self.faults = faults

    async def handle_RCPT(self, server, session, envelope, address, options):
        fault = self.faults.take("smtp", "refuse_rcpt", "tempfail")
        if fault == "refuse_rcpt":
            return "550 5.1.1 No such mailbox here"
        if fault == "tempfail":
            return "451 4.3.2 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        fault = self.faults.take("smtp", "refuse_data", "drop", "slow")
        if fault == "refuse_data":
            return "554 5.6.0 Message refused"
        if fault == "slow":
            await asyncio.sleep(self.faults.seconds)
        self.store.add(describe(envelope, session))
        if fault == "drop":  # accepted, but the answer is lost: RFC 1047
            server.transport.abort()
        return "250 2.0.0 Kept for you to read"


def describe(envelope, session):
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    text = message.get_body(("plain",))
    html = message.get_body(("html",))
    return {
        "from": envelope.mail_from,
        "to": list(envelope.rcpt_tos),
        "subject": str(message.get("Subject", "")),
        "message_id": str(message.get("Message-ID", "")),
        "in_reply_to": str(message.get("In-Reply-To", "")),
        "references": str(message.get("References", "")),
        "headers": {name: str(message[name]) for name in SHOWN_HEADERS if message[name]},
        "text": text.get_content() if text else "",
        "html": html.get_content() if html else "",
        "parts": [part.get_content_type() for part in message.walk()],
        "size": len(envelope.content),
        "tls": session.ssl is not None,
        "signed_in": bool(session.authenticated),
    }


def password_check(user, password):
    def check(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and data.login == user.encode() \
            and data.password == password.encode()
        return AuthResult(success=good, handled=False)
    return check


class Server(Controller):
    """STARTTLS with a certificate. Sign-in is required if a user is given."""

    def __init__(self, handler, host, port, tls=None, user=None):
        self.tls = tls
        self.user = user
        super().__init__(handler, hostname=host, port=port, ready_timeout=30)

    def factory(self):
        options = {"hostname": "mail.sandbox", "data_size_limit": 1 << 20, "timeout": 120}
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.tls)
            options.update(tls_context=context, require_starttls=True)
        if self.user:
            options.update(authenticator=password_check(*self.user), auth_required=True,
                           auth_require_tls=bool(self.tls))
        return SMTP(self.handler, **options)
