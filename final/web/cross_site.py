"""Requests from pages of other sites: they may not change anything."""

import logging
from urllib.parse import urlsplit

from flask import Flask, abort, request

from ..server.origin import is_own_origin, own_origin

log = logging.getLogger(__name__)

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
SET_PROXIES = (
    "If there is a proxy or tunnel in front, let it pass on the Host header, and set PROXIES=1."
)


def init_app(app: Flask) -> None:
    app.before_request(refuse_foreign)
    app.context_processor(lambda: {"own_origin": own_origin(request.environ)})


def refuse_foreign() -> None:
    """Answer 403 if this request would change something and comes from another site's page.

    Browsers say so in Sec-Fetch-Site, older ones only in Origin. A client that sends neither isn't
    a browser, so it has no user's cookies.
    """
    if request.method in SAFE_METHODS:
        return
    fetch_site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if fetch_site:
        is_ours = fetch_site in {"same-origin", "none"}
    else:
        is_ours = origin is None or is_own_origin(origin, request.environ)
    if not is_ours:
        log.warning("refused path=%r origin=%r", request.path, origin)
        # Sec-Fetch-Site is certain. An Origin may differ only because a proxy sent us another Host.
        hint = localhost_hint() + ("" if fetch_site else f" {SET_PROXIES}")
        abort(403, f"This was sent by a page of another site, not of {request.host}.{hint}")


def own_path(url: str | None) -> str | None:
    """Return the path and query of a URL on this site, such as a Referer; None for other URLs."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    if not is_own_origin(f"{parts.scheme}://{parts.netloc}", request.environ):
        return None
    return path_of_this_site(parts._replace(scheme="", netloc="", fragment="").geturl())


def localhost_hint() -> str:
    """Return a hint for users of localhost and 127.0.0.1, which browsers treat as two sites."""
    names = {"localhost": "127.0.0.1", "127.0.0.1": "localhost"}
    name, colon, port = request.host.partition(":")
    if name not in names:
        return ""
    return (
        f" For a browser, {names[name]}{colon}{port} is another site. "
        "A login there doesn't count here."
    )


def path_of_this_site(target: str) -> str | None:
    """Return `target` if it's a path of this site, else None."""
    is_path = target.startswith("/") and not target.startswith("//")
    return target if is_path and target.isprintable() and "\\" not in target else None
