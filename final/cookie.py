"""How our cookies are called, which depends on whether a request came over HTTPS."""

import re

# Browsers know these in any case, and keep a cookie of such a name only if it came over HTTPS.
PREFIX = re.compile("^__(host|secure)-(?=.)", re.IGNORECASE)


def name_of_cookie(name: str, environ: dict) -> str:
    """Return the name under which a browser keeps a cookie of ours: over HTTPS with `__Host-`.

    A browser keeps such a cookie only if this very host has sent it over HTTPS. So neither another
    subdomain nor somebody on the network can plant a cookie of that name. A name that has a prefix
    already loses it over HTTP.
    """
    if not is_secure(environ):
        return PREFIX.sub("", name)
    return name if PREFIX.match(name) else f"__Host-{name}"


def is_secure(environ: dict) -> bool:
    """Return whether a request came over HTTPS. Some proxies say wss of a WebSocket."""
    return environ["wsgi.url_scheme"] in {"https", "wss"}
