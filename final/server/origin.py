"""Checks origins: pages of other sites may neither send our forms nor open sockets."""

import ipaddress
import re

ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(?::(?P<port>[0-9]{0,5}))?", re.I
)
DEFAULT_PORTS = {"http": 80, "https": 443}


def is_own_origin(origin: str | None, environ: dict) -> bool:
    """Return whether a page of this origin is the app's own. Both doors use this check."""
    ours = own_origin(environ)
    return bool(ours) and normalized(origin or "") == ours


def own_origin(environ: dict) -> str:
    """Return the origin under which the browser reached the app, or "" if it's unknown."""
    # Some proxies call the scheme of a WebSocket ws or wss.
    scheme = environ["wsgi.url_scheme"].replace("ws", "http")
    return normalized(f"{scheme}://{environ.get('HTTP_HOST', '')}")


def normalized(origin: str) -> str:
    """Return an origin in lower case, without the scheme's default port; "" for other texts."""
    found = ORIGIN.fullmatch(origin)
    if not found:
        return ""
    scheme, host = found["scheme"].lower(), found["host"].lower()
    if host.startswith("["):
        try:
            host = f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
        except ValueError:
            return ""
    port = int(found["port"] or DEFAULT_PORTS[scheme])
    return f"{scheme}://{host}" if port == DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"
