"""The story, chapter 4: the bell, the inbox behind it, and missed notifications."""

from playwright.sync_api import expect

from tests.final.story.stage import Stage, befriend


def test_read_in_one_tab_is_read_in_all(stage: Stage):
    ada, grace = map(stage.person, ["Ada Lovelace", "Grace Hopper"])
    befriend(ada, grace)
    home, phone = stage.browser(grace), stage.browser()
    one, other = home.open_all("/account", "/friends")  # these pages mark nothing as read
    kept = phone.open("/")
    kept.log_in(grace, keep=True)
    kept.expect_name("Grace Hopper")
    kept.go("/account")
    for tab in (one, other, kept):
        tab.expect_name("Grace Hopper")
        tab.expect_unread(0)

    new = "New from Ada Lovelace"
    for text in ("One.", "Two."):
        ada.post("/comments", {"text": text})
    for tab in (one, other, kept):
        tab.expect_unread(2)
        tab.expect_toasts(new, new)
    expect(kept.page).to_have_title("(2) Account · Two Doors")

    one.follow("Notifications 2 unread")
    one.expect_told("Ada Lovelace: Two.", "Ada Lovelace: One.")
    one.press("Mark all as read")
    for tab in (one, other, kept):
        tab.expect_unread(0)

    ada.post("/comments", {"text": "Three."})
    one.page.bring_to_front()
    one.expect_told("Ada Lovelace: Three.", "Ada Lovelace: Two.", "Ada Lovelace: One.")
    kept.expect_toasts(new, new, new)
    kept.expect_unread(0)  # because the inbox has shown it for a moment
    kept.page.reload()
    kept.expect_unread(0)


def test_missed_comments_are_shown_on_return_in_order_and_once(stage: Stage):
    stage.expects("net::ERR_INTERNET_DISCONNECTED")
    ada, grace, alan = map(stage.person, ["Ada Lovelace", "Grace Hopper", "Alan Turing"])
    befriend(ada, grace)
    befriend(grace, alan)
    browser = stage.browser(grace)
    inbox, feed, account = browser.open_all("/notifications", "/dashboard", "/account")
    for tab in (inbox, feed, account):
        tab.expect_name("Grace Hopper")
    new = "New from Ada Lovelace"
    ada.post("/comments", {"text": "Before."})
    for tab in (inbox, feed):
        tab.expect_told("Ada Lovelace: Before.")
    account.expect_toasts(new)

    browser.go_offline()
    for tab in (inbox, feed, account):
        expect(tab.page.locator("#connection")).to_have_text("disconnected")
        expect(tab.page.locator("#connection-reason")).to_have_text("You're offline. Reconnecting…")
    gone = ada.post("/comments", {"text": "Thought better of it."}).json()["id"]
    for person, text in ((ada, "First."), (alan, "Second."), (ada, "Third.")):
        person.post("/comments", {"text": text})
    ada.post(f"/comments/{gone}/delete")
    feed.write("Into the void.")
    feed.expect_said("The server didn't answer. Please try again.")

    browser.come_back()
    missed = ["Ada Lovelace: Third.", "Alan Turing: Second.", "Ada Lovelace: First."]
    for tab in (inbox, feed):
        tab.expect_told(*missed, "Ada Lovelace: Before.")
    ada.post("/comments", {"text": "After."})  # a marker, sent after the missed comments
    for tab in (inbox, feed):
        tab.expect_told("Ada Lovelace: After.", *missed, "Ada Lovelace: Before.")
    feed.expect_toasts(new, new)  # only for live comments; the list has the missed ones
    expect(feed.page.get_by_label("Comment", exact=True)).to_have_value("Into the void.")
    feed.press("Post")
    feed.expect_said("Your comment is posted.")


GOES_DURING_A_TRY_TO_CONNECT = """async () => {
  const { socket } = await import("/static/live.js");
  const goes = () => dispatchEvent(new Event("offline"));
  goes();
  await new Promise((done) => socket.io.once("reconnect_attempt", done)).then(goes);
}"""


def test_a_network_that_is_back_is_used_at_once(stage: Stage):
    """This works even if the network failed during an attempt to connect, which never ends."""
    tab = stage.browser(stage.person("Grace Hopper")).open("/account")
    tab.expect_name("Grace Hopper")
    tab.page.evaluate(GOES_DURING_A_TRY_TO_CONNECT)
    expect(tab.page.locator("#connection")).to_have_text("disconnected")
    tab.page.evaluate("dispatchEvent(new Event('online'))")
    tab.expect_name("Grace Hopper")
