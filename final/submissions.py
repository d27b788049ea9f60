"""Limits how many forms somebody who is logged in can send, before any work is done for them."""

from flask import Flask, g, request, session
from werkzeug.exceptions import TooManyRequests

from .config import Config
from .origin import SAFE_METHODS
from .throttle import Submissions

COMMENTS = "pages.add_comment"
ALWAYS = {"account.logout"}  # nobody is kept logged in


def init_app(app: Flask, config: Config) -> None:
    """Count every request that can change something, for the user of its session."""
    submissions = Submissions(config.posts_per_second, config.comments_per_hour)

    @app.before_request
    def refuse_too_many() -> None:
        user_id = session.get("_user_id")
        if not user_id or request.method in SAFE_METHODS or request.endpoint in ALWAYS:
            return
        refusal = submissions.refusal(user_id, is_comment=request.endpoint == COMMENTS)
        if refusal:
            said, wait = refusal
            g.is_refused = True  # the page that says so must cost little, so it says nothing else
            raise TooManyRequests(said, retry_after=wait)
