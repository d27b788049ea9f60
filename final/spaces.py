"""Shortens runs of spaces in a request's head before a library looks for patterns in them."""

import re

RUN = re.compile(r"[ \t]+")


class SingleSpaces:
    """Replaces each run of spaces and tabs in a request's header fields with one space.

    Several spaces mean the same as one there. But Werkzeug 3.1 reads cookies and media types with
    patterns like `[ \\t]*=[ \\t]*…[ \\t]*`, which try every way to divide a run among their parts.
    So 8,000 spaces in a cookie or a list of media types would keep everybody waiting.
    """

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        for name, value in environ.items():
            if name.startswith("HTTP_") and ("  " in value or "\t" in value):
                environ[name] = RUN.sub(" ", value)
        return self.app(environ, start_response)
