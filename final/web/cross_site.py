"""Which pages are our own: only they may send our forms and open our sockets."""

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
    """Answer with 403 if this request would change something and comes from a foreign page.

    Browsers say so in Sec-Fetch-Site, older ones only in Origin. A client that sends neither is
    not a browser, so nobody's cookies can be borrowed through it.
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
        hint = other_name() + ("" if fetch_site else f" {SET_PROXIES}")
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


def other_name() -> str:
    """Explain what surprises who has typed both: they are one machine, and two sites."""
    names = {"localhost": "127.0.0.1", "127.0.0.1": "localhost"}
    name, colon, port = request.host.partition(":")
    if name not in names:
        return ""
    return (
        f" To a browser {names[name]}{colon}{port} is another site: "
        "who is logged in there is not logged in here."
    )


def path_of_this_site(target: str | None) -> str | None:
    """Return `target` if it is a path here, and not what a browser reads as another site's."""
    is_path = target and target.startswith("/") and not target.startswith("//")
    return target if is_path and target.isprintable() and "\\" not in target else None
