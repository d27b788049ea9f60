"""How our cookies are called, which depends on whether a request came over HTTPS."""


def name_of_cookie(name: str, environ: dict) -> str:
    """Return the name under which a browser keeps a cookie of ours: over HTTPS with `__Host-`.

    A browser keeps such a cookie only if this very host has sent it over HTTPS. So neither another
    subdomain nor somebody on the network can plant a cookie of that name.
    """
    is_prefixed = name.startswith(("__Host-", "__Secure-"))
    return f"__Host-{name}" if is_secure(environ) and not is_prefixed else name


def is_secure(environ: dict) -> bool:
    """Return whether a request came over HTTPS. Some proxies say wss of a WebSocket."""
    return environ["wsgi.url_scheme"] in {"https", "wss"}
