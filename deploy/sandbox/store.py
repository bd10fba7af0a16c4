"""The last MOST messages of one kind, in memory and in a file that a restart reads."""

import json
import os
import threading
import time

MOST = 2000


class Store:
    """Thread-safe. A message is a dict; the store gives it "id" and "at" (RFC 3339, UTC)."""

    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        self.messages = self._load()
        self.next_id = self.messages[-1]["id"] + 1 if self.messages else 1
        self.lines = len(self.messages)

    def _load(self):
        messages = []
        try:
            with open(self.path, encoding="utf-8") as file:
                for line in file:
                    try:
                        messages.append(json.loads(line))
                    except ValueError:
                        continue  # a partial line of a killed sandbox
        except FileNotFoundError:
            return []
        messages = messages[-MOST:]
        self._rewrite(messages)
        return messages

    def _rewrite(self, messages):
        partial = self.path + ".new"
        with open(partial, "w", encoding="utf-8") as file:
            for message in messages:
                file.write(json.dumps(message) + "\n")
        os.replace(partial, self.path)

    def add(self, message):
        with self.lock:
            message["id"] = self.next_id
            message["at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            self.next_id += 1
            self.messages.append(message)
            del self.messages[:-MOST]
            self.lines += 1
            if self.lines > 2 * MOST:
                self._rewrite(self.messages)
                self.lines = len(self.messages)
            else:
                with open(self.path, "a", encoding="utf-8") as file:
                    file.write(json.dumps(message) + "\n")
            return message

    def since(self, last_id, to="", most=MOST):
        """Messages after last_id, oldest first; to: only those to this address or number."""
        with self.lock:
            found = [m for m in self.messages if m["id"] > last_id and (not to or to in m["to"])]
            return found[-most:]

    def get(self, wanted):
        with self.lock:
            return next((m for m in self.messages if m["id"] == wanted), None)

    def clear(self):
        with self.lock:
            self.messages = []
            self.lines = 0
            self._rewrite([])
