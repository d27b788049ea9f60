"""A Socket.IO client that sends and receives raw frames."""

import json

from tools import people
from tools.people import Person, polling_address


class Frames:
    """A socket over long-polling, for frames that a normal Socket.IO client wouldn't send."""

    def __init__(self, person: Person):
        self.address = polling_address(person)
        self.http = person.http
        self.come: list[str] = []
        self.seen: list[str] = []

    def send(self, frame: str) -> None:
        self.http.post(self.address, data=frame.encode(), timeout=30).raise_for_status()

    def wait_for(self, *beginnings: str) -> str:
        """Wait for the next frame that starts with one of these texts, and return it."""
        while True:
            while self.come:
                self.seen.append(self.come.pop(0))
                if self.seen[-1].startswith(beginnings):
                    return self.seen[-1]
            answer = self.http.get(self.address, timeout=people.patience)
            answer.raise_for_status()
            self.come = answer.text.split("\x1e")

    def ask(self, event: str, *data: object) -> object:
        """Send an event and return its answer, or None if the answer is empty."""
        self.send("420" + json.dumps([event, *data]))
        answer = json.loads(self.wait_for("430")[3:])
        return answer[0] if answer else None
