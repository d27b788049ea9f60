"""Who may send our forms: our own pages. For sockets python-engineio looks at the Origin."""

from flask import Flask, abort, request

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
        is_ours = origin in {None, f"http://{request.host}", f"https://{request.host}"}
    if not is_ours:
        abort(403, "This was sent by a page of another site.")
