"""The SMS sandbox's gateway: imitates Twilio's Messages resource and Kannel's sendsms."""

import base64
import calendar
import email.utils
import re
import secrets
import time
import urllib.parse

import gsm

E164 = re.compile(r"^\+[1-9][0-9]{6,14}$")
TWILIO = re.compile(r"^/2010-04-01/Accounts/([A-Za-z0-9]+)/Messages\.json$")
TWILIO_TEXTS = {
    20003: (401, "Authenticate"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal server error"),
    21211: (400, "The 'To' number is not a valid phone number."),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}


class Gateway:
    def __init__(self, store, faults, account=None):
        self.store = store
        self.faults = faults
        self.account = account  # (name, password); None: anybody may send
        self.opted_out = set()

    # Twilio ------------------------------------------------------------------------------------

    def twilio(self, sid, headers, form):
        """Returns (status, JSON value)."""
        if not self._authorised(sid, headers.get("Authorization", "")):
            return self._twilio_error(20003)
        fault = self.faults.take("sms")
        if fault in ("429", "500"):
            return self._twilio_error(20429 if fault == "429" else 20500)
        if fault.startswith("400:"):
            return self._twilio_error(int(fault[4:]))
        error = self._twilio_check(form)
        if error:
            return self._twilio_error(error)
        if fault == "timeout":
            time.sleep(self.faults.seconds)
        name = "SM" + secrets.token_hex(16)
        message = self._keep(form, "twilio", name)
        return (0, None) if fault == "drop" else (201, self._twilio_message(sid, message))

    def twilio_list(self, sid, headers, query):
        """The messages that it has, the newest first, as (status, JSON value)."""
        if not self._authorised(sid, headers.get("Authorization", "")):
            return self._twilio_error(20003)
        size = query.get("PageSize", "50")
        found = [m for m in self.store.since(0, query.get("To", "")) if m["provider"] == "twilio"]
        found = found[::-1][:int(size) if size.isdigit() else 50]
        return 200, {"messages": [self._twilio_message(sid, message) for message in found],
                     "page": 0, "page_size": len(found), "next_page_uri": None}

    def _authorised(self, sid, header):
        if not header.startswith("Basic "):
            return False
        try:
            user, _, password = base64.b64decode(header[6:]).decode().partition(":")
        except ValueError:
            return False
        if self.account:
            return (user, password) == self.account and sid == user
        return user == sid

    def _twilio_check(self, form):
        if not E164.match(form.get("To", "")):
            return 21211
        if form["To"] in self.opted_out:
            return 21610
        if not (form.get("From") or form.get("MessagingServiceSid")):
            return 21603
        if not form.get("Body"):
            return 21602
        return 21617 if len(form["Body"]) > 1600 else 0

    @staticmethod
    def _twilio_error(code):
        status, text = TWILIO_TEXTS.get(code, (400, "Refused"))
        return status, {"code": code, "message": text, "status": status,
                        "more_info": f"https://www.twilio.com/docs/errors/{code}"}

    @staticmethod
    def _twilio_message(sid, message):
        at = calendar.timegm(time.strptime(message["at"], "%Y-%m-%dT%H:%M:%SZ"))
        now = email.utils.formatdate(at)
        name = message["sid"]
        uri = f"/2010-04-01/Accounts/{sid}/Messages/{name}"
        return {"account_sid": sid, "api_version": "2010-04-01", "body": message["body"],
                "date_created": now, "date_sent": None, "date_updated": now,
                "direction": "outbound-api", "error_code": None, "error_message": None,
                "from": message["from"], "messaging_service_sid": message.get("service"),
                "num_media": "0", "num_segments": str(message["segments"]), "price": None,
                "price_unit": "USD", "sid": name, "status": "queued", "to": message["to"][0],
                "subresource_uris": {"media": uri + "/Media.json"}, "uri": uri + ".json"}

    # Kannel ------------------------------------------------------------------------------------

    def kannel(self, method, headers, query, body):
        """Returns (status, text). A POST carries its values in X-Kannel headers; a form is refused."""
        values = dict(query)
        if method == "POST":
            if headers.get_content_type() != "text/plain":
                return 400, "Invalid content-type"
            values = {key: headers.get("X-Kannel-" + key.capitalize(), "")
                      for key in ("username", "password", "from", "to", "dlr-url")}
            values["text"] = body.decode(headers.get_content_charset() or "utf-8", "replace")
        if self.account and (values.get("username"), values.get("password")) != self.account:
            return 403, "Authorization failed for sendsms"
        fault = self.faults.take("sms")
        if fault in ("429", "500"):
            return 503, "Temporal failure, try again later."
        if fault.startswith("400:"):
            return 403, "Not routable. Do not try again."
        if "to" not in values:
            return 400, "Missing receiver number, rejected"
        if not values["to"].strip():
            return 400, "Empty receiver number not allowed, rejected"
        if fault == "timeout":
            time.sleep(self.faults.seconds)
        for number in values["to"].split():
            if not re.match(r"^\+?[0-9]+$", number):
                return 400, "Number(s) has/have been denied by white- and/or black-lists."
            self._keep({"To": number, "From": values.get("from", ""), "Body": values.get("text", ""),
                        "StatusCallback": values.get("dlr-url", "")}, "kannel", "")
        return (0, None) if fault == "drop" else (202, "0: Accepted for delivery")

    def _keep(self, form, provider, name):
        measured = gsm.measure(form["Body"])
        return self.store.add({"to": [form["To"]], "from": form.get("From", ""), "body": form["Body"],
                               "provider": provider, "sid": name,
                               "service": form.get("MessagingServiceSid"),
                               "callback": form.get("StatusCallback", ""), **measured})


def form_values(body):
    return dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
