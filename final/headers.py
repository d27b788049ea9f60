"""What each answer tells the browser not to do. The choice follows OWASP's list of headers."""

from collections.abc import Iterator

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
HTTPS_ONLY = "max-age=31536000"  # seconds: a year


class Headers:
    """Adds them to each answer, of either door: here a header is only a name and a text."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        def add(status, headers, exc_info=None):
            return start_response(status, headers + list(headers_for(environ)), exc_info)

        return self.app(environ, add)


def headers_for(environ) -> Iterator[tuple[str, str]]:
    yield from ALWAYS.items()
    if environ["wsgi.url_scheme"] == "https":
        yield "Strict-Transport-Security", HTTPS_ONLY
    if not environ["PATH_INFO"].startswith("/static/"):
        # Or the Back button would show the pages of somebody who has logged out.
        yield "Cache-Control", "no-store"
