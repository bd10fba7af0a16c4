"""Errors that a test asks for: which ones the SMTP and SMS servers return, and how often."""

import threading

SMTP = ("refuse_rcpt", "refuse_data", "tempfail", "drop", "slow")
SMS = ("429", "500", "timeout", "drop")


class Faults:
    """Maps kind "smtp" or "sms" to (word, remaining times; None: until cleared). Thread-safe."""

    def __init__(self):
        self.lock = threading.Lock()
        self.planned = {}
        self.seconds = 5.0

    def plan(self, request):
        """Takes {"smtp": word, "sms": word, "count": n, "seconds": s}; a null word clears. Raises ValueError."""
        words = {}
        for kind, known in (("smtp", SMTP), ("sms", SMS)):
            if kind not in request:
                continue
            word = request[kind]
            if word and word not in known and not (kind == "sms" and word.startswith("400:")):
                raise ValueError(f"{kind}: none of {', '.join(known)}")
            words[kind] = word
        with self.lock:
            self.seconds = float(request.get("seconds", 5))
            for kind, word in words.items():
                self.planned.pop(kind, None)
                if word:
                    self.planned[kind] = (word, request.get("count"))

    def peek(self, kind):
        with self.lock:
            return self.planned.get(kind, ("", None))[0]

    def take(self, kind, *words):
        """Returns the error planned for this kind if it is one of words (or words is empty), and counts it; else ""."""
        with self.lock:
            word, count = self.planned.get(kind, ("", None))
            if not word or (words and word not in words):
                return ""
            if count is not None:
                count = int(count) - 1
                if count <= 0:
                    del self.planned[kind]
                else:
                    self.planned[kind] = (word, count)
            return word

    def show(self):
        with self.lock:
            return {kind: {"fault": word, "count": count} for kind, (word, count) in self.planned.items()}
