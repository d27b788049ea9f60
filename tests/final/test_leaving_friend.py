"""G36: a friendship that begins while an account is deleted leaves no comment of that account."""

from pathlib import Path

from final.app import create_app
from final.settings.config import Config

PASSWORD = "correct horse battery"


def test_g36_a_comment_to_a_friend_of_a_deleted_account_is_deleted_too(tmp_path: Path, monkeypatch):
    """Ada's request arrives before her account is deleted, and is stored afterwards."""
    app = create_app(Config(embedded_db=tmp_path / "db.json"))
    parts = app.extensions
    users, friends, feed = parts["users"], parts["friends"], parts["feed"]
    browser = app.test_client()
    fields = {"first_name": "Ada", "last_name": "L", "email": "ada@example.org"}
    browser.post("/signup", data=fields | {"password": PASSWORD})
    ada = users.find_by_email("ada@example.org")
    alan = users.create("Alan", "T", "alan@example.org", PASSWORD)
    request = friends.request
    written: list[str] = []

    def request_late(user_id: str, other_id: str):
        users.begin_deletion(ada.id)
        feed.forget(ada.id)
        request(other_id, user_id)
        asked = request(user_id, other_id)
        assert asked.are_friends
        comment, *_ = feed.write(ada, "To a new friend.")  # which finds a friend, and stays
        written.append(comment["id"])
        return asked

    monkeypatch.setattr(friends, "request", request_late)
    answer = browser.post("/friends", data={"email": "alan@example.org"})
    assert answer.status_code == 404
    assert feed.posts.find(written[0]) is None
    assert not friends.of(alan.id)
