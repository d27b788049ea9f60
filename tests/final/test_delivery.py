"""G21: stored comments are shown exactly once and in order, even if the server is killed."""

import threading

import pytest
import requests

from tests.final.guarantees.probed import running_with
from tools import mongo
from tools.people import Person, Socket, eventually
from tools.servers import KILL, App, running

COMMENTS = 300
SEEN_BEFORE = 40  # comments shown before the kill; those missed afterwards take several portions


class Reader:
    """A friend who shows comments as the page does, so a comment that is already shown is skipped.

    Live events shouldn't come twice, so they are only compared with the comments caught up on.
    """

    def __init__(self, person: Person, transport: str):
        self.person = person
        self.transport = transport
        self.caught_up: list[str] = []  # IDs
        self.socket = Socket(person, transport)

    @property
    def shown(self) -> list[str]:
        return self.caught_up + new(self.caught_up, self.socket.all("comment"))

    def come_back(self) -> None:
        """Connect again, and fetch the missed notifications in portions."""
        self.caught_up = self.shown
        self.socket = Socket(self.person, self.transport)
        portion = None
        while portion != []:
            answer = self.socket.call("notifications", {"after": self.caught_up[-1]})
            portion = new(self.caught_up, answer["notifications"])
            self.caught_up += portion


def new(shown: list[str], comments: list[dict]) -> list[str]:
    """Return the IDs of the comments that aren't in `shown`."""
    return [comment["id"] for comment in comments if comment["id"] not in shown]


def test_g21_acknowledged_comments_are_shown_once_and_in_order_even_if_the_server_is_killed(
    final: App, mongodb_uri, mongodb
):
    address = mongo.address(mongodb_uri, mongodb)
    with running(final, DEMO="0", MONGODB_URI=address) as server:
        ada = Person(server.url, "Ada", "Lovelace")
        friends = [Person(server.url, name, "Hopper") for name in ("Grace", "Hedy", "Radia")]
        for person in (ada, *friends):
            person.sign_up()
        for friend in friends:
            assert ada.post("/friends", {"email": friend.email}).ok
            assert friend.post("/friends", {"email": ada.email}).ok
        transports = ["websocket", "polling", "websocket"]
        readers = [Reader(*each) for each in zip(friends, transports, strict=True)]
        early, midway, late = readers

        posting = Posting(ada)
        assert eventually(lambda: late.shown, 60)
        late.socket.close()  # so that this reader gets the rest only by catching up
        assert eventually(lambda: len(early.shown) >= SEEN_BEFORE, 60)
        server.stop(KILL)
        assert len(posting.answered) < COMMENTS, "the server was killed while Ada was posting"
        assert all(reader.socket.wait_until_closed(30) for reader in readers)
        server.start()
        early.come_back()
        posting.server_is_back.set()
        assert eventually(lambda: len(posting.answered) >= COMMENTS / 2, 60)
        midway.come_back()
        posting.join()
        late.come_back()

        # The one comment whose request failed may or may not have been stored.
        assert len(posting.answered) == COMMENTS - 1
        last = posting.answered[-1]
        for reader in readers:
            assert eventually(lambda reader=reader: last in reader.shown, 60)
            assert [one for one in reader.shown if one in posting.answered] == posting.answered
            assert reader.shown == early.shown
            reader.socket.close()
        assert len(early.shown) <= COMMENTS


class Posting(threading.Thread):
    """A thread that posts comments one after the other, and waits while the server is down."""

    def __init__(self, person: Person):
        super().__init__(daemon=True)
        self.person = person
        self.answered: list[str] = []  # IDs
        self.server_is_back = threading.Event()
        self.start()

    def run(self) -> None:
        for number in range(COMMENTS):
            try:
                answer = self.person.post("/comments", {"text": f"Comment {number}"})
                self.answered.append(answer.json()["id"])
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                self.server_is_back.wait(60)


@pytest.mark.parametrize("what", ["a post", "a reply"])
def test_g21_a_stored_comment_is_delivered_even_if_the_server_dies_right_afterwards(
    mongodb_uri, mongodb, what: str
):
    address = mongo.address(mongodb_uri, mongodb)
    with running_with("dies", DEMO="0", MONGODB_URI=address) as server:
        ada = Person(server.url, "Ada", "Lovelace")
        grace = Person(server.url, "Grace", "Hopper")
        for person in ada, grace:
            person.sign_up()
        for one, other in (ada, grace), (grace, ada):
            assert one.post("/friends", {"email": other.email}).ok
        post = (
            ada.post("/comments", {"text": "The post."}).json()["id"] if what == "a reply" else ""
        )
        ada.post("/probe/die-after-an-insert")
        with pytest.raises(requests.ConnectionError):
            ada.post("/comments", {"text": "The last words.", "post": post})
        server.stop()
        server.start()
        socket = Socket(grace)
        *_, told = socket.call("notifications", {"after": None})["notifications"]
        socket.close()
        assert told["text"] == "The last words."
        assert told["text"] in grace.get(f"/posts/{post or told['id']}").text
