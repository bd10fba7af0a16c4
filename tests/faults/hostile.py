"""A client that speaks the protocol, but drops, repeats or reorders some of the messages that it sends, and
loses or repeats some of those that it receives."""

import random
import time
from collections import Counter

import load

OFTEN = 0.05
LATER = 12  # later messages that are sent before a message that is held back
PATIENCE_S = 2  # time-out for an answer, after which it begins a new session; an agent's is 60


class Hostile(load.Recorder):
    ways = ()  # of "dropped", "doubled", "reordered"

    def __init__(self, *args, **options):
        super().__init__(*args, **{**options, "minor": 0})
        self.chance, self.played, self.held, self.served_at = random.Random(self.stream), Counter(), [], 0.0

    def plays(self, way):
        foul = way in self.ways and self.chance.random() < OFTEN
        self.played[way] += foul
        return foul

    # Sending. spent counts what was really sent, because the client stays within its credit.

    def send(self, command, *arguments):
        cost = len(arguments[2]) + 128 if command == b"EVENT" else 0
        if command != b"HELLO" and self.plays("dropped"):
            self.sent_at, self.spent = time.monotonic(), self.spent - cost
        elif command == b"EVENT" and self.plays("reordered"):
            self.held.append([LATER, command, *arguments])
        else:
            super().send(command, *arguments)
            if self.plays("doubled"):
                super().send(command, *arguments)
                self.spent = getattr(self, "spent", 0) + cost
        if self.state == "STREAMING":
            self.release(1)

    def release(self, turns):
        """Sends the messages that were held back long enough, in reverse order, perhaps in a later session."""
        for message in self.held:
            message[0] -= turns
        due = [message for message in self.held if message[0] <= 0]
        self.held = [message for message in self.held if message[0] > 0]
        for message in reversed(due):
            super().send(*message[1:])

    def turn(self):
        super().turn()
        if self.state != "STREAMING" or len(self.acked) + len(self.naked) >= self.mark - 1:
            self.served_at = time.monotonic()
        elif time.monotonic() - self.served_at > PATIENCE_S:
            self.close(0, "an event is unanswered")
        else:
            self.release(1)

    # Receiving.

    def hear(self, on, *arguments):
        if self.plays("dropped"):
            return
        on(*arguments)
        if self.plays("doubled"):
            on(*arguments)

    def on_ack(self, ranges):
        self.served_at = time.monotonic()
        self.hear(super().on_ack, ranges)

    def on_again(self, first, last):
        self.hear(super().on_again, first, last)

    def on_credit(self, limit):
        self.hear(super().on_credit, limit)


def playing(*ways):
    """The class of a client that misbehaves in these ways."""
    return type("Hostile" + "".join(w.title() for w in ways), (Hostile,), {"ways": ways})
