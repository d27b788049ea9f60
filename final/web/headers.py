"""Headers: the security headers of each answer, and safe request headers.

nginx.conf.template repeats the security headers for nginx's own answers.

Source: OWASP Secure Headers Project, https://owasp.org/www-project-secure-headers/.
"""

import re

ALWAYS = {
    # Scripts and styles come from our own files only; nothing that a user types can become one.
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
RUN = re.compile(r"[ \t]+")
LONGEST_TYPE = 120  # characters of a content type; its boundary has 70 at most (RFC 2046, 5.1.1)
HTTPS_ONLY = "max-age=31536000"  # seconds: a year


class Headers:
    """WSGI middleware that adds these headers to each answer, in place of any with their names."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        def add(status, headers, exc_info=None):
            ours = ALWAYS.copy()
            if environ["wsgi.url_scheme"] == "https":
                ours["Strict-Transport-Security"] = HTTPS_ONLY
            if not environ["PATH_INFO"].startswith("/static/"):
                # Otherwise the Back button would show pages of a user who has logged out.
                ours["Cache-Control"] = "no-store"
            others = [(name, value) for name, value in headers if name not in ours]
            return start_response(status, [*others, *ours.items()], exc_info)

        return self.app(environ, add)


class SingleSpaces:
    """Replaces each run of spaces and tabs in a request's header fields with one space.

    Several spaces mean the same as one there. But Werkzeug 3.1 reads cookies and media types with
    patterns like `[ \\t]*=[ \\t]*…[ \\t]*`, which try every way to divide a run among their parts.
    So 8,000 spaces in a cookie or a list of media types would stop the server for seconds.

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
