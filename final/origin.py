"""Who may send our forms: our own pages. For sockets python-engineio looks at the Origin."""

import logging

from flask import Flask, abort, request

log = logging.getLogger(__name__)

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def init_app(app: Flask) -> None:
    app.before_request(refuse_foreign)


def refuse_foreign() -> None:
    """Refuse, with 403, what would change something and comes from a page that is not ours.

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
        is_ours = origin is None or origin == request.host_url.rstrip("/")
    if not is_ours:
        log.warning("refused path=%r origin=%r", request.path, origin)
        abort(403, f"This was sent by a page of another site than {request.host}.{other_name()}")


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
