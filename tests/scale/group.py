"""Several processes of final/, and people who can use any of them."""

from tools.people import Person, Socket, eventually
from tools.servers import App, Server


class Group:
    """Processes of the app that serve one database."""

    def __init__(self, app: App, mongodb_uri: str, how_many: int, **settings: str):
        self.mongodb_uri = mongodb_uri
        settings |= {"DEMO": "0", "MONGODB_URI": mongodb_uri}
        self.servers = [Server(app, **settings) for _ in range(how_many)]

    def start(self) -> None:
        for server in self.servers:
            server.start()

    def close(self) -> None:
        for server in self.servers:
            server.close()

    def person(self, first_name: str, at: int = 0) -> Person:
        """Return a new person who has signed up at this process."""
        person = Person(self.servers[at].url, first_name, "Someone")
        assert person.sign_up().status_code == 302
        return person

    def at(self, number: int, person: Person) -> Person:
        """Return the same person, with the same session, as a client of this process."""
        twin = person.with_old_cookie()
        twin.url = self.servers[number].url
        return twin


def befriend(one: Person, *others: Person) -> None:
    for other in others:
        assert one.post("/friends", {"email": other.email}).ok
        assert other.post("/friends", {"email": one.email}).ok


def is_heard(writer: Person, socket: Socket) -> bool:
    """Return whether a friend's comment reaches this socket within a second."""
    comment = writer.post("/comments", {"text": "Is anybody there?"}).json()["id"]
    return eventually(lambda: comment in [one["id"] for one in socket.all("comment")], 1)
