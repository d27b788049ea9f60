"""G21: what is stored is shown, exactly once and in order, also when the server is killed."""

import threading

import pytest
import requests

from tests.final.guarantees.probed import running_with
from tools import mongo
from tools.people import Person, Socket, eventually
from tools.servers import KILL, App, running

COMMENTS = 300
SEEN_BEFORE = 40  # comments, when the server is killed; so more are missed than come in one portion


class Reader:
    """A friend, who shows what comes as the page does: a comment that is shown already is not new.

    What comes live is not expected to come twice, so it is only compared with what was caught up.
    """

    def __init__(self, person: Person, transport: str):
        self.person = person
        self.transport = transport
        self.caught_up: list[str] = []  # ids
        self.socket = Socket(person, transport)

    @property
    def shown(self) -> list[str]:
        return self.caught_up + new(self.caught_up, self.socket.all("comment"))

    def come_back(self) -> None:
        """Connect again and ask, in portions, for what was missed."""
        self.caught_up = self.shown
        self.socket = Socket(self.person, self.transport)
        portion = None
        while portion != []:
            answer = self.socket.call("notifications", {"after": self.caught_up[-1]})
            portion = new(self.caught_up, answer["notifications"])
            self.caught_up += portion


def new(shown: list[str], comments: list[dict]) -> list[str]:
    """Return the ids of those comments that are not shown."""
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
        late.socket.close()  # and so is told of the rest by what is stored
        assert eventually(lambda: len(early.shown) >= SEEN_BEFORE, 60)
        server.stop(KILL)
        assert len(posting.answered) < COMMENTS, "it was killed while somebody was posting"
        assert all(reader.socket.wait_until_closed(30) for reader in readers)
        server.start()
        early.come_back()
        posting.server_is_back.set()
        assert eventually(lambda: len(posting.answered) >= COMMENTS / 2, 60)
        midway.come_back()
        posting.join()
        late.come_back()

        # The one comment that was not answered may have been stored or not.
        assert len(posting.answered) == COMMENTS - 1
        last = posting.answered[-1]
        for reader in readers:
            assert eventually(lambda reader=reader: last in reader.shown, 60)
            assert [one for one in reader.shown if one in posting.answered] == posting.answered
            assert reader.shown == early.shown
            reader.socket.close()
        assert len(early.shown) <= COMMENTS


class Posting(threading.Thread):
    """Somebody who posts one comment after the other, and waits while there is no server."""

    def __init__(self, person: Person):
        super().__init__(daemon=True)
        self.person = person
        self.answered: list[str] = []  # ids
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
