"""Errors in the data and requests of clients."""


class Malformed(ValueError):
    """The client broke the protocol, so its connection has to close. The text says how."""


class Refused(Exception):
    """The server doesn't do what a request asks for. The answer explains why, in words.

    `status` is an HTTP status line. `closes` says whether the HTTP connection has to close as well,
    because the rest of the request couldn't be read.
    """

    def __init__(self, words: str, status: str = "400 Bad Request", closes: bool = False):
        super().__init__(words)
        self.words = words
        self.status = status
        self.closes = closes
