"""Shortens parts of a request's head before a library looks for patterns in them."""

import re

RUN = re.compile(r"[ \t]+")
LONGEST_TYPE = 120  # characters of a content type; its boundary has 70 at most (RFC 2046, 5.1.1)


class SingleSpaces:
    """Replaces each run of spaces and tabs in a request's header fields with one space.

    Several spaces mean the same as one there. But Werkzeug 3.1 reads cookies and media types with
    patterns like `[ \\t]*=[ \\t]*…[ \\t]*`, which try every way to divide a run among their parts.
    So 8,000 spaces in a cookie or a list of media types would keep everybody waiting.

    It also cuts off a long content type, because Werkzeug compares a form's boundary with the body
    at each place where it may begin.
    """

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        for name, value in environ.items():
            if name.startswith("HTTP_") and ("  " in value or "\t" in value):
                environ[name] = RUN.sub(" ", value)
        if len(environ.get("CONTENT_TYPE", "")) > LONGEST_TYPE:
            environ["CONTENT_TYPE"] = environ["CONTENT_TYPE"][:LONGEST_TYPE]
        return self.app(environ, start_response)
