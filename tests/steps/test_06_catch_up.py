"""Step 06: users miss nothing. Comments are stored, asked for, and marked as read."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.steps.explain import Mistake, check, explained
from tests.steps.test_02_socket_share import (
    expect_connected,
    expect_disconnected,
    expect_the_name_again,
    go_offline,
)
from tests.steps.test_04_friend_notify import befriend, comment
from tools.people import AS_BROWSER, Person, Socket, eventually
from tools.servers import Server

MANY = 250  # comments, more than one answer should have
MISSED = 120  # comments, more than one portion of step 06 has
AT_MOST = 200  # comments in an answer
NO_IDS = [5, True, [], {}, {"$gt": ""}, "junk", "f" * 23, "x" * 10_000]


@pytest.fixture
def ada(someone) -> Person:
    return someone()


@pytest.fixture
def grace(someone, ada: Person) -> Person:
    """A friend of Ada's."""
    grace = someone()
    befriend(ada, grace)
    return grace


def post_many(author: Person, count: int, text: str = "Number") -> list[dict]:
    return [comment(author, f"{text} {n}.") for n in range(count)]


def ask(socket: Socket, after: str | None = None) -> dict:
    """Ask for the notifications after this one."""
    answer = socket.call("notifications", {"after": after})
    check(
        isinstance(answer, dict) and set(answer) >= {"notifications", "unread"},
        "The answer to the event notifications lacks the notifications or the number unread.",
        seen=answer,
        hint='Answer {"notifications": [comment, …], "unread": n}.',
        see="sockets.py",
    )
    return answer


def catch_up(socket: Socket, known: list[dict] = ()) -> list[dict]:
    """Ask like a page: for comments after the newest known one, until an answer has nothing new."""
    found = list(known)
    while True:
        after = found[-1]["id"] if found else None
        ids = {each["id"] for each in found}
        new = [each for each in ask(socket, after)["notifications"] if each["id"] not in ids]
        if not new:
            return found[len(known) :]
        found += new


def mark_read(person: Person, up_to: str) -> int:
    """Mark the notifications up to this one as read. Return how many are still unread."""
    answer = person.post("/notifications/read", {"up_to": up_to})
    unread = answer.json().get("unread") if answer.status_code == 200 else None
    check(
        isinstance(unread, int),
        "POST /notifications/read does not answer with the number unread.",
        seen=f"{answer.status_code} {answer.text[:100]}",
        hint='Mark notifications as read up to the ID in the field up_to. Answer {"unread": n}.',
        see="reading.py",
    )
    return unread


def texts(comments: list[dict]) -> list[str]:
    return [each["text"] for each in comments]


# The list of comments.


def listed(page: Page) -> Locator:
    items = page.get_by_role("list", name="Comments").get_by_role("listitem")
    with explained(
        "The dashboard does not list the stored comments.",
        hint="Find the newest comments, and list them in an element named Comments.",
        see="templates/dashboard.html",
    ):
        expect(items.first).to_be_visible()
    return items


def test_the_page_lists_comments_of_the_user_and_of_friends_newest_first(
    someone, ada, grace, open_tab
):
    alan = someone()
    comment(ada, "This is the first.")
    comment(grace, "This is the second.")
    comment(alan, "This is a stranger's.")
    page = open_tab(ada)
    for _ in range(2):
        shown = listed(page).all_inner_texts()
        check(
            not any("stranger" in text for text in shown),
            "The dashboard lists the comment of a stranger.",
            seen=shown,
            hint="Find the comments whose author is the user or one of the user's friends.",
            see="routes.py",
        )
        check(
            sum("This is the" in text for text in shown) == 2,
            "The dashboard does not list both the user's own comments and those of friends.",
            seen=shown,
            hint="Find the comments whose author is the user or one of the user's friends.",
            see="routes.py",
        )
        check(
            "second" in shown[0] and grace.full_name in shown[0] and "first" in shown[1],
            "The comments are not listed with their authors, newest first.",
            seen=shown,
            hint='sort("_id", -1)',
            see="comments.py",
        )
        page.reload()


# Missed comments.


def test_what_was_missed_comes_in_portions_oldest_first(ada, grace, connect):
    posted = [each["id"] for each in post_many(ada, MANY)]
    socket = connect(grace)
    first = ask(socket)
    check(
        len(first["notifications"]) <= AT_MOST,
        "One answer contains all missed comments, however many there are.",
        seen=f"{len(first['notifications'])} notifications",
        hint="Use limit() to answer with a portion. The page asks again for the rest.",
        see="comments.py",
    )
    check(
        [each["id"] for each in first["notifications"]] == posted[: len(first["notifications"])],
        "The missed comments don't begin with the oldest one.",
        seen=f"the first ones are {texts(first['notifications'][:2])}",
        hint='sort("_id", 1): the page asks for the comments after its newest one.',
        see="notifications.py",
    )
    check(
        first["unread"] == MANY,
        "The missed comments aren't counted as unread.",
        seen=f"{first['unread']} of {MANY}",
        hint="Count all of the user's notifications after the read mark.",
        see="notifications.py",
    )
    told = catch_up(socket)
    check(
        [each["id"] for each in told] == posted,
        "A client that asks until nothing is new doesn't get all missed comments in order.",
        seen=f"{len(told)} of {MANY}",
        hint="IDs sort by time. Find the comments with IDs above `after`, sorted by _id.",
        see="notifications.py",
    )
    later = catch_up(socket, told[:100])
    check(
        [each["id"] for each in later] == posted[100:],
        "The answer doesn't have exactly the comments that came after `after`.",
        seen=f"{len(later)} comments after the first 100 of {MANY}",
        hint='{"_id": {"$gt": after}}',
        see="notifications.py",
    )


def test_what_was_missed_looks_like_what_comes_live(ada, grace, connect):
    socket = connect(grace)
    socket.wait_for("sockets")
    comment(ada, "Hello")
    live = socket.wait_for("comment")
    [missed] = ask(socket)["notifications"] or [None]
    check(
        missed == live,
        "A missed comment does not have the same form as a live one.",
        seen=f"live: {live}, missed: {missed}",
        hint="Make both with as_json from the stored comment.",
        see="comments.py",
    )


def test_an_announced_comment_is_stored(ada, grace, connect):
    socket = connect(grace)
    socket.wait_for("sockets")
    last = None
    for n in range(20):
        comment(ada, f"Number {n}.")
        announced = socket.wait_for("comment", lambda data, n=n: data["text"] == f"Number {n}.")
        answer = ask(socket, last)["notifications"]
        last = announced["id"]
        check(
            last in [each["id"] for each in answer],
            "A comment arrives live before it is stored.",
            seen=f"live: {announced}, then stored: {texts(answer)}",
            hint="Store the comment, and then emit it.",
            see="routes.py",
        )


def test_strangers_and_the_author_are_not_notified(someone, ada, grace, connect):
    alan = someone()
    comment(ada, "Hello")
    answers = {"a stranger": ask(connect(alan)), "the author": ask(connect(ada))}
    for who, answer in answers.items():
        check(
            answer == {"notifications": [], "unread": 0},
            f"Not only friends get a notification of a comment, but also {who}.",
            seen=answer,
            hint="Store the recipients with each comment: the IDs of the author's friends.",
            see="notifications.py",
        )


def test_a_new_friend_is_not_notified_of_earlier_comments(someone, ada, grace, connect):
    alan = someone()
    comment(ada, "Before")
    befriend(ada, alan)
    comment(ada, "After")
    told = texts(ask(connect(alan))["notifications"])
    check(
        told == ["After"],
        "A new friend gets comments that were written before the two were friends.",
        seen=told,
        hint="Store the recipients with each comment, and search by recipient.",
        see="notifications.py",
    )


def test_comments_stay_in_order_across_a_restart(own_server: Server, ada, grace, connect):
    posted = post_many(ada, 5)
    own_server.stop()
    own_server.start()
    posted += post_many(ada, 5, "Later number")
    ids = [each["id"] for each in posted]
    check(
        ids == sorted(ids),
        "The IDs of comments do not sort by time, or not after a restart of the server.",
        seen=ids,
        hint="Begin each ID with the time.",
        see="ids.py",
    )
    told = texts(catch_up(connect(grace)))
    check(
        told == texts(posted),
        "Comments from before and after a restart aren't in order.",
        seen=told,
        hint="Sort by the ID, which begins with the time.",
        see="notifications.py",
    )


@pytest.mark.parametrize("data", [*({"after": each} for each in NO_IDS), None, "junk", [1], 5])
def test_an_invalid_question_does_no_harm(ada, grace, connect, its_server, data):
    socket = connect(grace)
    ask(socket)
    failures = its_server.printed.count("Traceback")
    answer = socket.call("notifications", data)
    check(
        isinstance(answer, dict)
        and its_server.printed.count("Traceback") == failures
        and "something went wrong" not in str(answer),
        "An invalid question makes the handler fail.",
        seen=f"{str(data)[:50]} was answered with {answer}",
        hint="Data from a client can have any type. Check it before you use it.",
        see="ids.py",
    )
    ask(socket)  # valid questions still get answers


# Read or unread.


def test_reading_reaches_all_sockets_of_the_reader(ada, grace, connect):
    hers = [connect(grace), connect(grace, "polling")]
    others = connect(ada)
    for socket in [*hers, others]:
        socket.wait_for("sockets")
    posted = post_many(ada, 3)
    for up_to, unread in (posted[1]["id"], 1), (posted[2]["id"], 0):
        answered = mark_read(grace, up_to)
        check(
            answered == unread == ask(hers[0])["unread"],
            "Read notifications are still counted as unread.",
            seen=f"{answered} unread instead of {unread}",
            hint="Store for each user the ID up to which all notifications are read.",
            see="notifications.py",
        )
        told = {"upTo": up_to, "unread": unread}
        with explained(
            "The reader's other tabs get no event when notifications are read.",
            hint='emit_to(current_user.id, "read", {"upTo": …, "unread": …})',
            see="reading.py",
        ):
            for socket in hers:
                socket.wait_for("read", lambda data, told=told: data == told)
    ada.post("/wave")
    others.wait_for("wave")
    check(
        others.all("read") == [],
        "Another user gets the event for read notifications.",
        seen=others.all("read"),
        hint="Emit to the reader's sockets only.",
        see="reading.py",
    )


def test_read_comments_stay_read(ada, grace, connect):
    first, _, last = post_many(ada, 3)
    mark_read(grace, last["id"])
    unread = mark_read(grace, first["id"])
    check(
        unread == 0,
        "Reading an older notification makes newer ones unread again.",
        seen=f"{unread} are unread",
        hint="Never move the mark back, because another tab may have read further: $max.",
        see="notifications.py",
    )


@pytest.mark.parametrize("whose", ["an invented", "a stranger's"])
def test_comments_that_come_later_stay_unread(someone, ada, grace, connect, whose):
    comment(ada, "Before")
    stranger = comment(someone(), "This is a stranger's.")["id"]
    unread = [mark_read(grace, "f" * 24 if whose == "an invented" else stranger)]
    comment(ada, "After")
    unread.append(ask(connect(grace))["unread"])
    check(
        unread == [0, 1],
        f"Reading up to {whose} comment also marks later comments as read, or none at all.",
        seen=f"{unread[0]} are unread after that, and {unread[1]} after one more comment",
        hint="Find the newest notification up to this ID, and move the mark there.",
        see="notifications.py",
    )


@pytest.mark.parametrize("up_to", [None, "", "junk", "f" * 25])
def test_an_invalid_id_cannot_be_marked_as_read(ada, grace, connect, up_to):
    comment(ada, "Hello")
    answer = grace.post("/notifications/read", {"up_to": up_to})
    check(
        answer.status_code == 400 and "error" in answer.json(),
        "Marking as read with an invalid ID is not refused with 400 and an error.",
        seen=f"{answer.status_code} {answer.text[:100]}",
        hint="Answer 400 if the field up_to has no valid ID.",
        see="reading.py",
    )
    check(
        ask(connect(grace))["unread"] == 1,
        "Marking as read with an invalid ID still marks notifications as read.",
        hint="Check the ID before you mark anything.",
        see="reading.py",
    )


def test_marking_as_read_needs_a_login(someone):
    answer = someone(signed_up=False).post("/notifications/read", {"up_to": "f" * 24})
    check(
        answer.status_code == 401 and "error" in answer.json(),
        "POST /notifications/read does not ask for a login.",
        seen=answer.status_code,
        hint="@login_required",
        see="reading.py",
    )


def test_notifications_can_be_read_without_javascript(ada, grace):
    up_to = comment(ada, "Hello")["id"]
    answer = grace.post("/notifications/read", {"up_to": up_to}, headers=AS_BROWSER)
    check(
        answer.status_code == 302,
        "A form that posts to /notifications/read without JavaScript does not lead back to the "
        "page.",
        seen=answer.status_code,
        hint="Return the result of answer().",
        see="reading.py",
    )


# In a browser.


def notified(page: Page) -> Locator:
    return page.get_by_role("list", name="Notifications").get_by_role("listitem")


def expect_notified(page: Page, wanted: list[str]) -> None:
    """Wait until the page shows exactly these notifications, newest first."""
    with explained(
        "The page does not show every live and missed comment exactly once.",
        hint="When the page connects, and after each event, ask for the comments after the newest "
        "one on the page, until an answer is empty. Show each ID once.",
        see="static/notifications.js",
    ):
        expect(notified(page)).to_have_count(len(wanted))
        shown = notified(page).all_inner_texts()
        assert len(shown) == len(wanted), shown
    check(
        all(text in item for text, item in zip(reversed(wanted), shown, strict=True)),
        "The page does not show the comments in order, newest first.",
        seen=[item for item in shown if item][:5],
        hint="Insert each comment by its ID, because IDs sort by time.",
        see="static/notifications.js",
    )


def expect_unread(page: Page, count: int) -> None:
    with explained(
        "The page does not show the number of unread notifications.",
        hint="Show `unread` of each answer in #unread. After the event read, ask again.",
        see="static/notifications.js",
    ):
        expect(page.locator("#unread")).to_have_text(str(count))


def come_back(pages: list[Page], person: Person, complaints: list[str]) -> None:
    pages[0].context.set_offline(False)
    for page in pages:
        page.evaluate("dispatchEvent(new Event('online'))")
    for page in pages:
        expect_the_name_again(page, person.full_name)
    complaints.clear()  # errors from while the network was off


def test_g21_a_user_who_was_offline_sees_missed_comments_once_and_in_order(
    ada, grace, open_tab, complaints
):
    tabs = [open_tab(grace) for _ in range(2)]
    for tab in tabs:
        expect_connected(tab, grace.full_name)
    for tab in tabs:
        go_offline(tab)
    for tab in tabs:
        expect_disconnected(tab)
    wanted = texts(post_many(ada, MISSED))
    come_back(tabs, grace, complaints)
    for tab in tabs:
        expect_notified(tab, wanted)
        expect_unread(tab, MISSED)

    # Again, while Ada keeps writing: some comments arrive live, and some are missed.
    for tab in tabs:
        go_offline(tab)
    for tab in tabs:
        expect_disconnected(tab)
    wanted += texts(post_many(ada, 10, "Second time, number"))
    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(post_many, ada, 30, "Third time, number")
        come_back(tabs, grace, complaints)
        wanted += texts(writing.result())
    for tab in tabs:
        expect_notified(tab, wanted)
        expect_unread(tab, len(wanted))


def test_comments_read_in_one_tab_are_read_in_all(ada, grace, open_tab):
    posted = post_many(ada, MISSED)
    tabs = [open_tab(grace) for _ in range(2)]
    for tab in tabs:
        expect_connected(tab, grace.full_name)
        expect_unread(tab, MISSED)
    mark_read(grace, posted[-1]["id"])
    for tab in tabs:
        with explained(
            "Notifications read in one tab are still unread in another.",
            hint="On the event read, show the number of unread notifications.",
            see="static/dashboard.js",
        ):
            expect(tab.locator("#unread")).to_have_text("0")
    comment(ada, "One more.")
    for tab in tabs:
        expect_unread(tab, 1)


def test_a_reload_shows_what_was_there(ada, grace, open_tab, complaints):
    wanted = texts(post_many(ada, 3))
    page = open_tab(grace)
    for text in "Another one.", "And the last one.":
        expect_connected(page, grace.full_name)
        expect_notified(page, wanted)
        comment(ada, text)
        wanted.append(text)
        expect_notified(page, wanted)
        unread = [str(len(wanted))]  # shown after an answer to the page has come
        eventually(lambda unread=unread: page.locator("#unread").all_text_contents() == unread)
        expect_notified(page, wanted)
        page.reload()
    expect_notified(page, wanted)
    if complaints:
        raise Mistake(
            "The browser's console shows errors.",
            hint="Does the script use only elements of the page?",
            see="static/notifications.js",
        )
