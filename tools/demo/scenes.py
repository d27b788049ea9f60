"""The scenes, in which Ada, Grace and Alan show what each step adds."""

from collections.abc import Callable

from playwright.sync_api import expect

from tools.demo.stage import Stage, Window

ADA, GRACE, ALAN = "Ada Lovelace", "Grace Hopper", "Alan Turing"
COMMENT = "My note on the engine is finished. Who would like to read it?"


def sessions(stage: Stage) -> None:
    """Step 01: what is in a request's session, and where does it live?"""
    ada, _ = stage.open(ADA, width=470, terminal=470)
    ada.fill_in_sign_up(stage.server.url, ADA)
    stage.say("Ada signs up. Her browser has no session yet.")

    ada.click("Sign up")
    expect_heading(ada, "Dashboard")
    stage.say(
        "Ada is logged in. The server keeps her session and prints it here. "
        "Her cookie contains only the session ID."
    )

    [cookie] = ada.page.context.cookies()
    ada.click("Log out")
    expect_heading(ada, "Log in")
    stage.say("Ada logs out. The server deletes the session and the cookie.")

    ada.page.context.add_cookies([cookie])
    ada.page.goto(f"{stage.server.url}/dashboard")
    expect_heading(ada, "Log in")
    stage.say("Someone sends a copy of the old cookie. It is worthless now.")


def socket_share(stage: Stage) -> None:
    """Step 02: what does a socket's session expose, and is it the same one?"""
    ada, _ = stage.open(ADA, width=790, terminal=400)
    sign_up(ADA, ada, stage)
    expect_connected(ada, ADA)
    stage.say("Ada's page has opened a socket with the same cookie. Her name arrived over it.")

    ada.click("Compare sessions")
    for door in "#request-session", "#socket-session":
        expect(ada.page.locator(door)).to_contain_text("last_modified")
    ada.look("One session, two doors")
    stage.say("What does the session expose at each door? Both doors show the same session.")

    stage.server.stop()
    expect(ada.page.locator("#connection")).to_have_text("disconnected")
    expect(ada.page.locator("#full-name")).to_be_empty()
    ada.look("Dashboard")
    stage.say("The server has stopped. The socket is closed, and the name disappears.")

    stage.server.start()
    expect_connected(ada, ADA)
    stage.say("The server is running again. The socket and the name are back, without a login.")


def user_registry(stage: Stage) -> None:
    """Step 03: how does a route find a user's sockets?"""
    titles = [f"Ada's {n} tab" for n in ("first", "second", "third")]
    first, *others = tabs = stage.open(*titles, tabs=dict.fromkeys(titles, ADA))
    sign_up(ADA, first, stage)
    for tab in others:
        tab.page.goto(f"{stage.server.url}/dashboard")
    for tab in tabs:
        expect_connected(tab, ADA)
        expect(tab.page.locator("#sockets")).to_have_text("3")
    stage.say("Ada has three tabs open, with one session and three sockets.")

    for tab in tabs:
        tab.look("All your tabs")
    first.click("Wave")
    for tab in tabs:
        expect(tab.page.get_by_text(f"{ADA} waves.")).to_be_visible()
    expect(first.page.get_by_text("Waved at 3 of your tabs.")).to_be_visible()
    stage.say("She waves in one of them. The route finds all of her sockets and emits to each.")

    first.click("Log out")
    expect_heading(first, "Log in")
    for tab in others:
        expect(tab.page.get_by_text("You are logged out.")).to_be_visible()
        tab.look("Dashboard")
    stage.say("She logs out in one of them. The session's sockets are closed in all three.")


def friend_notify(stage: Stage) -> None:
    """Step 04: how does a comment reach only the right people?"""
    ada, grace, alan = people = stage.open(ADA, GRACE, ALAN)
    for person in people:
        sign_up(person.title, person, stage)
        expect_connected(person, person.title)
    stage.say("Three people, each with their own browser, session and socket.")
    befriend_grace(stage, ada)
    tell_friends(stage, ada, [grace], alan)


def browser_tests(stage: Stage) -> None:
    """Step 05: how do you prove it, with three people in three browsers?"""
    second_tab = "Grace's second tab"
    ada, grace, tab, alan = stage.open(ADA, GRACE, second_tab, ALAN, tabs={second_tab: GRACE})
    for person in ada, grace, alan:
        sign_up(person.title, person, stage)
        expect_connected(person, person.title)
    tab.page.goto(f"{stage.server.url}/dashboard")
    for window in grace, tab:
        expect_connected(window, GRACE)
        expect(window.page.locator("#sockets")).to_have_text("2")
    stage.say("Three contexts, each with the cookies of one person. Grace has two tabs in hers.")
    befriend_grace(stage, ada)
    tell_friends(stage, ada, [grace, tab], alan)

    grace.click("Log out")
    expect_heading(grace, "Log in")
    expect(tab.page.get_by_text("You are logged out.")).to_be_visible()
    expect(tab.page.locator("#full-name")).to_be_empty()
    tab.look("Dashboard")
    stage.say("Grace logs out in one tab. The other one is disconnected, too.")


def catch_up(stage: Stage) -> None:
    """Step 06: what if Grace was offline when Ada wrote?"""
    second_tab = "Grace's second tab"
    ada, grace, tab = stage.open(ADA, GRACE, second_tab, tabs={second_tab: GRACE})
    for person in ada, grace:
        sign_up(person.title, person, stage)
        expect_connected(person, person.title)
    tab.page.goto(f"{stage.server.url}/dashboard")
    tabs = grace, tab
    for window in tabs:
        expect_connected(window, GRACE)
        expect(window.page.locator("#sockets")).to_have_text("2")
        expect_answers(window, 1)
    befriend_grace(stage, ada)

    for window in tabs:
        window.look("Notifications")
        window.set_offline(True)
        expect(window.page.locator("#connection")).to_have_text("disconnected")
    written = [f"Note {letter} on the engine." for letter in "ABC"]
    for text in written:
        post(ada, text)
    stage.say("Grace's browser is offline. Ada writes three comments, which don't reach Grace.")

    for window in tabs:
        window.set_offline(False)
        expect_notifications(window, written)
        expect(window.page.locator("#unread")).to_have_text("3")
        expect_answers(window, 3)
    expect(grace.page.locator("#sockets")).to_have_text("2")
    stage.say("Grace is back online. Each tab asks for the comments after its newest one.")

    grace.click("Mark all as read")
    for window in tabs:
        expect(window.page.locator("#unread")).to_have_text("0")
        expect_answers(window, 4)
    stage.say("She marks them as read in one tab, and the server tells both tabs.")


def two_processes(stage: Stage) -> None:
    """Step 07: what breaks with a second process, and what fixes it?"""
    pair = stage.server
    ada, grace = stage.open(ADA, GRACE, urls={GRACE: pair.second.url})
    for person in ada, grace:
        sign_up(person.title, person, stage)
        expect_connected(person, person.title)
        expect_answers(person, 1)
    pair.wait_until_joined()
    stage.say("The app runs in two processes. Ada is connected to the first, Grace to the second.")
    befriend_grace(stage, ada)
    grace.look("Notifications")

    written = [f"Note {letter} on the engine." for letter in "ABC"]
    post(ada, written[0])
    expect_notifications(grace, written[:1])
    expect_answers(grace, 3)
    stage.say("Ada writes. Redis carries the event to Grace's process, which sends it to her page.")

    pair.redis.kill()
    post(ada, written[1])
    stage.say("Redis was killed. Ada's comment is stored, but no event reaches Grace's process.")

    pair.redis.start()
    pair.wait_until_joined()
    post(ada, written[2])
    expect_notifications(grace, written)
    expect_answers(grace, 5)
    stage.say("Redis is back. At the next event, Grace's page asks for everything it has missed.")


def post(author: Window, text: str) -> None:
    author.look("Write to your friends")
    author.type("Comment", text)
    author.click("Post")
    expect(comments(author)).to_contain_text(text)


def expect_notifications(person: Window, texts: list[str]) -> None:
    """Wait until the list has these comments of Ada's, newest first."""
    items = notifications(person).get_by_role("listitem")
    expect(items).to_have_text([f"{ADA}: {text}" for text in reversed(texts)])


def expect_answers(window: Window, count: int) -> None:
    """Wait until the page has received this many answers to its `notifications` events."""
    for _ in range(200):
        asked = [item for item in window.wire.items() if item.said.startswith("→ notifications")]
        if len([item for item in asked if item.answer]) >= count:
            return
        window.page.wait_for_timeout(50)  # milliseconds, in which Playwright receives more
    raise AssertionError(f"the page has not received {count} answers")


def befriend_grace(stage: Stage, ada: Window) -> None:
    ada.look("Friends")
    ada.type("Friend's email", "grace@example.org")
    ada.click("Add friend")
    expect(ada.page.get_by_text(f"{GRACE} is your friend.")).to_be_visible()
    stranger = " Alan stays a stranger." if ALAN in {each.title for each in stage.windows} else ""
    stage.say(f"Ada adds Grace as a friend.{stranger}")


def final(stage: Stage) -> None:
    """The finished app: a comment is announced to friends, and to no one else."""
    ada, grace, alan = people = stage.open(ADA, GRACE, ALAN)
    for person in people:
        person.page.goto(stage.server.url)
        person.click(f"Continue as {person.title}")
        expect_connected(person, person.title)
        expect_opened(person)
    expect(ada.page.locator("#friends-here")).to_contain_text(GRACE)
    stage.say("Three browsers, each with a session and a socket. Ada and Grace are friends.")
    tell_friends(stage, ada, [grace], alan)


def expect_opened(person: Window) -> None:
    """Wait until the page has loaded everything that it asks for, and marked it as read."""
    expect(person.page.locator("#joint")).to_have_text("one session")
    expect(person.page.get_by_role("list", name="Sockets").locator("li")).to_have_count(1)
    person.look("Notifications")
    settle(person)
    person.page.evaluate("scrollTo(0, 0)")


def tell_friends(stage: Stage, ada: Window, friends: list[Window], alan: Window) -> None:
    ada.look("Write to your friends")
    for window in *friends, alan:
        window.look("Notifications")
    settle(ada, *friends)
    ada.type("Comment", COMMENT)
    stage.say("Ada writes a comment.")

    ada.click("Post")
    expect(ada.page.get_by_text("Your comment is posted.")).to_be_visible()
    if ada.page.locator("#feed").count():
        expect(ada.page.locator("#feed")).to_contain_text(COMMENT)
    for window in friends:
        expect(notifications(window)).to_contain_text(COMMENT)
    settle(*friends)
    stage.say("She posts it. The request has her session, so the route finds her friends' sockets.")

    alan.click("Wave")  # arrives later than a comment would
    expect(alan.page.get_by_text(f"{ALAN} waves.")).to_be_visible()
    expect(alan.page.get_by_text("Waved at 1 of your tabs.")).to_be_visible()
    expect(notifications(alan)).to_be_empty()
    alan.look("Notifications")
    stage.say("Alan receives nothing. To prove it, he waves at himself, and only the wave arrives.")


def settle(*windows: Window) -> None:
    """Wait until a page has no unread badge and no toasts, if it has these at all."""
    for window in windows:
        expect(window.page.locator("#unread-badge")).to_be_hidden()
        expect(window.page.locator("#toasts > *")).to_have_count(0)


def notifications(person: Window):
    return person.page.get_by_role("list", name="Notifications")


def comments(person: Window):
    return person.page.get_by_role("list", name="Comments")


def sign_up(name: str, window: Window, stage: Stage) -> None:
    window.fill_in_sign_up(window.wire.url, name)
    window.click("Sign up")
    expect_heading(window, "Dashboard")


def expect_heading(window: Window, heading: str) -> None:
    expect(window.page.get_by_role("heading", level=1)).to_have_text(heading)


def expect_connected(window: Window, name: str) -> None:
    expect(window.page.locator("#full-name")).to_have_text(name)
    expect(window.page.locator("#connection")).to_have_text("connected")


SCENES: dict[str, Callable[[Stage], None]] = {
    "01": sessions,
    "02": socket_share,
    "03": user_registry,
    "04": friend_notify,
    "05": browser_tests,
    "06": catch_up,
    "07": two_processes,
    "final": final,
}
