"""Step 04: a comment reaches the author's friends, and no one else."""

import pytest
from playwright.sync_api import Route, expect

from tests.steps.explain import check, explained
from tests.steps.test_02_socket_share import expect_connected
from tools.people import AS_BROWSER, BOTH_TRANSPORTS, HeldRequest, Person, eventually


def befriend(one: Person, other: Person) -> None:
    """Let both add each other, so that they are friends even if an app needs both."""
    for asking, asked in (one, other), (other, one):
        answer = asking.post("/friends", {"email": asked.email})
        check(
            answer.status_code == 200,
            "POST /friends does not make two people friends.",
            seen=f"POST /friends answered {answer.status_code} {answer.text[:100]}",
            hint="Find the user by the field email, and store the friendship.",
            see="routes.py",
        )


def comment(author: Person, text: str) -> dict:
    """Post a comment. Return the comment from the app's answer."""
    answer = author.post("/comments", {"text": text})
    check(
        answer.status_code == 201,
        "A comment is not accepted.",
        seen=f"POST /comments answered {answer.status_code} {answer.text[:100]}",
        hint="Store the comment, and answer 201 with the comment as JSON.",
        see="routes.py",
    )
    return answer.json()


# Friends.


def test_a_friend_is_named_in_the_answer(someone):
    ada, grace = someone(), someone()
    answer = ada.post("/friends", {"email": f" {grace.email.upper()} "}).json()
    her_id = grace.get("/session").json()["data"]["_user_id"]
    expected = {"id": her_id, "firstName": grace.first_name, "lastName": grace.last_name}
    check(
        answer == {"friend": expected},
        "POST /friends does not answer with the friend.",
        seen=answer,
        hint='Answer {"friend": {"id", "firstName", "lastName"}}. Ignore the case of emails.',
        see="users.py",
    )


def test_impossible_friend_requests_are_refused(someone):
    ada = someone()
    answers = {
        "unknown": ada.post("/friends", {"email": "nobody@example.org"}),
        "missing": ada.post("/friends"),
        "oneself": ada.post("/friends", {"email": ada.email}),
    }
    codes = {name: answer.status_code for name, answer in answers.items()}
    check(
        codes == {"unknown": 404, "missing": 404, "oneself": 400},
        "POST /friends does not refuse impossible requests.",
        seen=codes,
        hint="Answer 404 if no user has this email, and 400 for the user's own.",
        see="routes.py",
    )
    check(
        all("error" in answer.json() for answer in answers.values()),
        "A refused friend request gets no reason.",
        hint='Answer {"error": "…"}.',
        see="routes.py",
    )


def test_being_friends_twice_changes_nothing(someone, connect):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    befriend(ada, grace)
    hers = connect(grace)
    hers.wait_for("sockets")
    comment(ada, "once")
    comment(ada, "the end")
    hers.wait_for("comment", lambda data: data["text"] == "the end")
    check(
        [data["text"] for data in hers.all("comment")] == ["once", "the end"],
        "A friend who was added twice gets each comment twice.",
        seen=hers.all("comment"),
        hint="Store each friendship once, with a unique _id made of both IDs.",
        see="friends.py",
    )


def test_a_friendship_is_the_same_from_both_sides(someone, connect):
    ada, grace = someone(), someone()
    ada.post("/friends", {"email": grace.email})
    sockets = {person: connect(person) for person in (ada, grace)}
    for person in sockets:
        comment(person, "Hello")
    for person, socket in sockets.items():
        person.post("/wave")
        socket.wait_for("wave")
    heard = [len(socket.all("comment")) for socket in sockets.values()]
    check(
        heard[0] == heard[1],
        "A friendship works in only one direction.",
        seen=f"the user who added the friend got {heard[0]} comments, and the friend {heard[1]}",
        hint="Store a friendship so that both sides find it.",
        see="friends.py",
    )


@pytest.mark.parametrize("path", ["/friends", "/comments"])
def test_friends_and_comments_need_a_login(someone, path):
    answer = someone(signed_up=False).post(path, {"email": "a@example.org", "text": "hello"})
    check(
        answer.status_code == 401 and "error" in answer.json(),
        f"POST {path} does not ask for a login.",
        seen=answer.status_code,
        hint="@login_required",
        see="routes.py",
    )


# Comments.


def test_a_friend_gets_the_comment_and_a_stranger_does_not(someone, connect):
    ada, grace, alan = someone(), someone(), someone()
    befriend(ada, grace)
    hers = [connect(grace, transport) for transport in BOTH_TRANSPORTS * 2]
    his, own = connect(alan), connect(ada)
    for socket in [*hers, his, own]:
        socket.wait_for("sockets")

    answer = comment(ada, "The engine can do more than numbers.")
    eventually(lambda: all(socket.all("comment") for socket in hers))
    reached = len([socket for socket in hers if socket.all("comment")])
    check(
        reached == len(hers),
        f"Not all sockets of a friend get the comment: {reached} of {len(hers)} do.",
        seen=[socket.received for socket in hers],
        hint="Emit comment to all sockets of each friend of the author.",
        see="routes.py",
    )
    check(
        all(socket.all("comment")[0] == answer for socket in hers),
        "A friend does not get the same comment as the answer to POST /comments.",
        seen=f"the answer is {answer}, the event {hers[0].all('comment')[0]}",
        hint="Emit the same data that the route returns.",
        see="routes.py",
    )

    # The waves arrive later than any comment. So a comment for them would be here by now.
    for person, socket in (alan, his), (ada, own), (grace, hers[0]):
        person.post("/wave")
        socket.wait_for("wave")
    check(
        his.all("comment") == [],
        "A stranger gets a comment that was written to friends.",
        seen=his.all("comment"),
        hint="Emit to the friends' sockets only: never emit without `to`.",
        see="routes.py",
    )
    check(
        own.all("comment") == [],
        "The author gets their own comment.",
        seen=own.all("comment"),
        hint="Of the two members of a friendship, the friend is the one who is not the author.",
        see="friends.py",
    )
    check(
        len(hers[0].all("comment")) == 1,
        "A friend gets one comment more than once.",
        seen=hers[0].all("comment"),
        hint="Emit to each of the author's friends once.",
        see="friends.py",
    )


def test_a_double_click_posts_a_comment_once(someone, open_tab):
    ada = someone()
    page = open_tab(ada)
    expect_connected(page, ada.full_name)
    sent = []
    page.on("request", lambda each: sent.append(each) if each.url.endswith("/comments") else None)
    page.get_by_label("Comment", exact=True).fill("The engine can do more than numbers.")

    def click_again(route: Route) -> None:
        page.keyboard.press("Enter")  # while the first request is on its way
        route.continue_()

    page.route("**/comments", click_again, times=1)
    page.get_by_role("button", name="Post", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Comment", exact=True)).to_be_empty()
    check(
        len(sent) == 1,
        "A double click on Post posts a comment twice.",
        seen=f"{len(sent)} requests",
        hint="Don't send a form again while it is being sent.",
        see="static/dashboard.js",
    )


def test_posting_a_comment_does_not_reload_the_page(someone, open_tab):
    ada = someone()
    page = open_tab(ada)
    expect_connected(page, ada.full_name)
    page.evaluate("window.isTheSamePage = true")
    page.get_by_label("Comment", exact=True).fill("The engine can do more than numbers.")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_text("Your comment is posted.")).to_be_visible()
    check(
        page.evaluate("window.isTheSamePage"),
        "Posting a comment reloads the page.",
        hint='Add "/comments" to `done`, the forms that the script sends.',
        see="static/dashboard.js",
    )


def test_a_user_without_friends_notifies_no_one(someone, connect):
    ada, alan = someone(), someone()
    his = connect(alan)
    his.wait_for("sockets")
    comment(ada, "Is anyone there?")
    alan.post("/wave")
    his.wait_for("wave")  # arrives later, so a comment would be here by now
    check(
        his.all("comment") == [],
        "A comment of a user without friends goes to all users.",
        seen=his.all("comment"),
        hint="Don't emit to an empty list of rooms: that's a broadcast.",
        see="routes.py",
    )


def test_a_comment_has_its_author_and_its_time(someone):
    ada = someone()
    answer = comment(ada, "Hello")
    his_id = ada.get("/session").json()["data"]["_user_id"]
    author = {"id": his_id, "firstName": ada.first_name, "lastName": ada.last_name}
    check(
        set(answer) == {"id", "author", "text", "createdAt"}
        and answer["author"] == author
        and answer["text"] == "Hello",
        "A comment does not have the fields that the tutorial describes.",
        seen=answer,
        hint='{"id", "author": {"id", "firstName", "lastName"}, "text", "createdAt"}',
        see="comments.py",
    )


@pytest.mark.parametrize(
    "text",
    ["Zoë: 你好 👋", "<b>bold</b> & \"quoted\" 'twice'", "a\nb", "x" * 500, "\r\n".join("y" * 250)],
    ids=["unicode", "html", "two lines", "500", "499 in 250 lines"],
)
def test_a_comment_arrives_as_it_was_written(someone, connect, text):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    hers = connect(grace)
    hers.wait_for("sockets")
    comment(ada, f"  {text}\n")
    arrived = hers.wait_for("comment")["text"]
    check(
        arrived == arrived.strip(),
        "A comment arrives with whitespace around it.",
        seen=repr(arrived[:100]),
        hint="Call strip() on the text.",
        see="routes.py",
    )
    check(
        arrived == text.replace("\r\n", "\n"),
        "A comment does not arrive as it was written.",
        seen=repr(arrived[:100]),
        hint="Trim it, count a line break as one character, and change nothing else. Leave the "
        "escaping for HTML to the page.",
        see="routes.py",
    )


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"text": ""}},
        {"data": {"text": " \n\t "}},
        {"data": {"text": "\u200b \u2060"}},
        {"data": {"text": "x" * 501}},
        {"data": {"text": "x" * 100_000}},
        {"data": {}},
        {"json": {"text": "in JSON"}},
        {"files": {"text": b"a file"}},
    ],
    ids=["empty", "blank", "invisible", "501", "100000", "missing", "json", "file"],
)
def test_an_invalid_comment_is_refused_and_announced_to_no_one(someone, connect, body):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    hers = connect(grace)
    hers.wait_for("sockets")
    answer = ada.post("/comments", **body)
    check(
        answer.status_code == 400 and "error" in answer.json(),
        "A comment that is empty, invisible or too long is not refused with 400 and an error.",
        seen=f"{answer.status_code} {answer.text[:100]}",
        hint="Require 1 to 500 characters in the form field text after trimming, and at least one "
        "that is visible.",
        see="routes.py",
    )
    comment(ada, "the next one")
    hers.wait_for("comment", lambda data: data["text"] == "the next one")
    check(
        len(hers.all("comment")) == 1,
        "A refused comment still reaches friends.",
        seen=hers.all("comment"),
        hint="Check the comment, then store it, then emit it.",
        see="routes.py",
    )


def test_a_comment_with_a_stale_cookie_is_refused_and_announced_to_no_one(someone, connect):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    hers = connect(grace)
    hers.wait_for("sockets")
    stale = ada.elsewhere()
    stale.http.cookies.set("sid", ada.cookie)
    ada.log_out()
    answer = stale.post("/comments", {"text": "from a stale tab"})
    ada.log_in()
    comment(ada, "from a fresh one")
    hers.wait_for("comment", lambda data: data["text"] == "from a fresh one")
    check(
        answer.status_code == 401 and len(hers.all("comment")) == 1,
        "A logged-out user can still post a comment.",
        seen=f"{answer.status_code}, {hers.all('comment')}",
        hint="Delete the session from the store before you answer the logout.",
        see="auth.py",
    )


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/comments", {"text": "Hello"}),
        ("/comments", {"text": ""}),
        ("/friends", {"email": "nobody@example.org"}),
    ],
    ids=["posted", "refused", "unknown"],
)
def test_a_plain_form_is_answered_on_the_page(someone, path, fields):
    ada = someone()
    answer = ada.post(path, fields, headers=AS_BROWSER)
    pages = [ada.get("/dashboard", headers=AS_BROWSER).text for _ in range(2)]
    check(
        answer.status_code == 302 and pages[0] != pages[1],
        f"A form that posts to {path} without JavaScript doesn't lead back to the page, or the "
        "page doesn't show its outcome.",
        seen=answer.status_code,
        hint="flash() the outcome and redirect.",
        see="answers.py",
    )


def test_the_page_shows_the_results_of_two_forms_in_a_row(someone):
    ada = someone()
    told = []
    for forms in [["/comments"], ["/comments", "/friends"]]:
        for path in forms:
            fields = {"text": "Hello", "email": "nobody@example.org"}
            ada.post(path, fields, headers=AS_BROWSER)
        told.append(ada.get("/dashboard", headers=AS_BROWSER).text)
    check(
        told[0] != told[1],
        "After two forms in a row, the page shows the outcome of only one of them.",
        hint="flash() adds to a list inside the session. To notice that change, compare the "
        "session with a deep copy from when it was loaded.",
        see="session.py",
    )


@pytest.mark.holds_before
def test_a_request_that_outlasts_the_logout_does_not_bring_the_session_back(someone):
    """The request loads the session before the logout, and then saves a flash message in it."""
    ada = someone()
    stale = ada.elsewhere()
    stale.http.cookies.set("sid", ada.cookie)
    form = HeldRequest(stale, "POST", stale.url + "/friends", "email=nobody@example.org")
    ada.log_out()
    form.finish()
    check(
        stale.get("/session").status_code == 401,
        "A request in progress during the logout brings the session back.",
        hint="Update a session only if it is still in the store, and never upsert.",
        see="session_store.py",
    )


# In a browser.


def test_the_story_a_friend_sees_the_comment_and_a_stranger_does_not(someone, open_tab):
    ada, grace, alan = someone(), someone(), someone()
    pages = {person: open_tab(person) for person in (ada, grace, alan)}
    for person, page in pages.items():
        expect_connected(page, person.full_name)
    for asking, asked in (ada, grace), (grace, ada):
        pages[asking].get_by_label("Friend's email").fill(asked.email)
        pages[asking].get_by_role("button", name="Add friend").click()
        with explained(
            "The page shows no message after a friend was added.",
            hint="Show the name of the new friend.",
            see="static/dashboard.js",
        ):
            expect(pages[asking].get_by_text(asked.full_name).first).to_be_visible()

    for text in "My note on the engine is finished.", "Now with <i>seven</i> appendices.":
        pages[ada].get_by_label("Comment").fill(text)
        pages[ada].get_by_role("button", name="Post").click()
        items = pages[grace].get_by_role("list", name="Notifications").get_by_role("listitem")
        with explained(
            "A comment is not shown to a friend.",
            hint="On the event comment, add an item to the list named Notifications.",
            see="static/dashboard.js",
        ):
            expect(items.filter(has_text=text.split()[0])).to_have_count(1)
        with explained(
            "A new comment is not at the top of the list.",
            hint="prepend() the item.",
            see="static/dashboard.js",
        ):
            expect(items.first).to_contain_text(text.split()[0])
            expect(items.first).to_contain_text(ada.full_name)
        with explained(
            "Text that people write becomes part of the page's HTML.",
            hint="Set the item's textContent, not its innerHTML.",
            see="static/dashboard.js",
        ):
            expect(items.first).to_contain_text(text)

    ada.post("/comments", {"text": "שלום Ada, מה שלומך?!"})
    with explained(
        "A comment in Hebrew is shown from left to right.",
        hint="Put each text into an element with its own direction: a <bdi>, or dir=auto.",
        see="static/dashboard.js",
    ):
        shown = items.first.get_by_text("שלום", exact=False).last
        expect(shown).to_have_css("direction", "rtl")

    pages[alan].get_by_role("button", name="Wave").click()
    expect(pages[alan].get_by_text(f"{alan.full_name} waves")).to_be_visible()
    with explained(
        "A stranger's page shows a comment that was written to friends.",
        hint="The server must not send it: emit to the friends' sockets only.",
        see="sockets.py",
    ):
        strangers = pages[alan].get_by_role("list", name="Notifications")
        expect(strangers.get_by_role("listitem")).to_have_count(0)
