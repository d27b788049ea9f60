"""Which pages may connect. A browser lets any page open a WebSocket, so the server has to check."""

from __future__ import annotations

from collections.abc import Callable

from .exceptions import Refused

Origins = str | list[str] | Callable[[str, dict], bool] | None


def cors_headers(environ: dict, allowed: Origins) -> list[tuple[str, str]]:
    """Return the headers that let a browser's page read the answer.

    Raise Refused if the page may not connect. `allowed` is the option `cors_allowed_origins`.
    """
    origin = environ.get("HTTP_ORIGIN")
    if origin is None or allowed == []:
        return []
    if not is_allowed(origin, environ, allowed):
        raise Refused("pages of this origin may not connect")
    headers = [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    ]
    if environ["REQUEST_METHOD"] == "OPTIONS":
        asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        headers.append(("Access-Control-Allow-Methods", "GET, POST"))
        headers.append(("Access-Control-Allow-Headers", asked))
    return headers


def is_allowed(origin: str, environ: dict, allowed: Origins) -> bool:
    """Return whether pages of this origin may connect."""
    if callable(allowed):
        return bool(allowed(origin, environ))
    if allowed is None:
        return origin == f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
    return "*" in allowed or origin in ([allowed] if isinstance(allowed, str) else allowed)
