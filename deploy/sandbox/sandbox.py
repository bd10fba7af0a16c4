#!/usr/bin/python3
"""A mail catcher and an SMS sandbox, so that alerts can be read without being sent to anybody.

Ports, from --port-base P: P+1 the mail page, P+2 the SMS page and gateway, P+3 SMTP.
--dir keeps the last 2,000 messages of each across restarts.
"""

import argparse
import os
import signal
import sys
import threading

sys.dont_write_bytecode = True
import faults  # noqa: E402  (no bytecode is written beside the sources)
import mail  # noqa: E402
import sms  # noqa: E402
import store  # noqa: E402
import web  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--port-base", type=int, default=8600, help="P (default 8600)")
    for name, offset in (("mail", 1), ("sms", 2), ("smtp", 3)):
        parser.add_argument(f"--{name}-port", type=int, help=f"instead of P+{offset}")
    parser.add_argument("--dir", default="var/sandbox", help="where messages are kept")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default loopback)")
    parser.add_argument("--smtp-cert", help="certificate (PEM): STARTTLS is offered and required")
    parser.add_argument("--smtp-key", help="its key (PEM)")
    parser.add_argument("--smtp-user", help="sign-in is required, as this user")
    parser.add_argument("--sms-user", help="account (Twilio) or username (Kannel) that is let in")
    parser.add_argument("--password-file", help="password of --smtp-user and --sms-user")
    options = parser.parse_args()
    if bool(options.smtp_cert) != bool(options.smtp_key):
        parser.error("--smtp-cert and --smtp-key go together")
    if (options.smtp_user or options.sms_user) and not options.password_file:
        parser.error("--smtp-user and --sms-user need --password-file")
    return options


def read_password(path):
    if not path:
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read().rstrip("\n")


def main():
    options = arguments()
    os.makedirs(options.dir, mode=0o700, exist_ok=True)
    password = read_password(options.password_file)
    planned = faults.Faults()
    mails = store.Store(os.path.join(options.dir, "mail.ndjson"))
    texts = store.Store(os.path.join(options.dir, "sms.ndjson"))
    gateway = sms.Gateway(texts, planned, (options.sms_user, password) if options.sms_user else None)

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    host = options.host
    mail_port = options.mail_port or options.port_base + 1
    sms_port = options.sms_port or options.port_base + 2
    smtp_port = options.smtp_port or options.port_base + 3
    pages = [web.Web(host, mail_port, "mail.html", mails, planned),
             web.Web(host, sms_port, "sms.html", texts, planned, gateway)]
    smtp = mail.Server(mail.Catcher(mails, planned), host, smtp_port,
                       tls=(options.smtp_cert, options.smtp_key) if options.smtp_cert else None,
                       user=(options.smtp_user, password) if options.smtp_user else None)
    smtp.start()
    for page in pages:
        threading.Thread(target=page.serve_forever, daemon=True).start()
    print(f"mail http://{host}:{mail_port}/  sms http://{host}:{sms_port}/  smtp {host}:{smtp_port}", flush=True)
    stop.wait()
    for page in pages:
        page.shutdown()
    smtp.stop()


if __name__ == "__main__":
    main()
