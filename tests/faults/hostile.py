"""A client that speaks the protocol and plays foul with its messages: some are dropped, sent twice or
held back behind later ones; of what it hears some is lost and some heard twice."""

import random
import time
from collections import Counter

import load

OFTEN = 0.05
LATER = 12  # messages that overtake one that is held back
PATIENCE_S = 2  # for an answer; then it begins a new session, as an agent does after 60


class Hostile(load.Recorder):
    ways = ()  # of "dropped", "doubled", "reordered"

    def __init__(self, *args, **options):
        super().__init__(*args, **{**options, "minor": 0})
        self.chance, self.played, self.held, self.served_at = random.Random(self.stream), Counter(), [], 0.0

    def plays(self, way):
        foul = way in self.ways and self.chance.random() < OFTEN
        self.played[way] += foul
        return foul

    # What it sends; spent is what it truly sent, for it keeps to its credit.

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
        """What was held back long enough goes out, in the wrong order, perhaps in a later session."""
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

    # What it hears.

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
    """The class of a client that plays in these ways."""
    return type("Hostile" + "".join(w.title() for w in ways), (Hostile,), {"ways": ways})
