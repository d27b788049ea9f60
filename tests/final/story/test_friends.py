"""The story, chapter 2: people find and add friends, and see which of them are online."""

from playwright.sync_api import expect

from final.settings.quotas import FRIENDS_HERE
from tests.final.story.stage import Stage, Tab, befriend
from tools.people import Socket

# The page has asked for the current state when it connected, and has its answer.
ALL_ANSWERED = """async () => {
  const { socket } = await import("/static/live.js");
  return socket.connected && Object.keys(socket.acks).length === 0;
}"""


def test_people_are_found_asked_and_parted_from_live_on_both_sides(stage: Stage):
    ada, grace = map(stage.person, ["Ada Lovelace", "Grace Hopper"])
    adas, feed_of_ada = stage.browser(ada).open_all("/friends", "/dashboard")
    graces, feed_of_grace = stage.browser(grace).open_all("/friends", "/dashboard")
    for tab in (adas, feed_of_ada):
        tab.expect_name("Ada Lovelace")
    for tab in (graces, feed_of_grace):
        tab.expect_name("Grace Hopper")

    adas.find("hop")
    expect(adas.section("Search results").get_by_text("Grace Hopper").first).to_be_visible()
    adas.find(grace.email)
    adas.expect_in("Search results", "Grace Hopper")
    adas.press("Add friend: Grace Hopper")
    adas.expect_said("Friend request sent to Grace Hopper.")
    adas.expect_in("Requests you sent", "Grace Hopper")
    graces.expect_in("Friend requests", "Ada Lovelace")
    expect_badge(feed_of_grace, "1 friend request")

    adas.press("Withdraw: Grace Hopper")
    expect(graces.section("Friend requests")).to_have_count(0)
    expect_badge(feed_of_grace, "")

    adas.press("Add friend: Grace Hopper")
    graces.press("Decline: Ada Lovelace")
    expect(adas.section("Requests you sent")).to_have_count(0)

    stage.expects("429 POST /friends", "429.*/friends")
    add_friend = feed_of_ada.page.get_by_label("Friend's email")
    add_friend.fill(grace.email)
    feed_of_ada.press("Add friend")
    feed_of_ada.expect_said("You asked Grace Hopper recently. You can ask again tomorrow.")
    expect(add_friend).to_have_value(grace.email)
    graces.find(ada.email)
    graces.press("Add friend: Ada Lovelace")
    graces.expect_said("Friend request sent to Ada Lovelace.")
    expect_badge(feed_of_ada, "1 friend request")
    feed_of_ada.press("Add friend")
    feed_of_ada.expect_said("You and Grace Hopper are now friends.")
    graces.expect_in("Your friends", "Ada Lovelace")
    adas.expect_in("Your friends", "Grace Hopper")
    feed_of_ada.expect_in("Friends online", "Grace Hopper")

    feed_of_ada.write("A note on the engine.")
    feed_of_grace.expect_told("Ada Lovelace: A note on the engine.")
    feed_of_grace.press("Show 1 new")
    feed_of_grace.expect_posts("A note on the engine.")
    adas.press("Remove friend: Grace Hopper")
    for tab in (adas, graces):
        expect(tab.section("Your friends")).to_contain_text("You have no friends here yet.")
    expect(feed_of_ada.section("Friends online")).to_contain_text("No friends are online now.")
    feed_of_grace.expect_posts()
    feed_of_grace.expect_told()


def test_several_tabs_are_one_presence_that_a_reload_does_not_end(stage: Stage):
    ada, grace, alan = map(stage.person, ["Ada Lovelace", "Grace Hopper", "Alan Turing"])
    befriend(ada, grace, alan)
    ear = Socket(ada)  # gets the same events as Ada's tabs
    friends, feed = stage.browser(ada).open_all("/friends", "/dashboard")
    expect_presence(friends, "offline", "offline")
    expect(feed.section("Friends online")).to_contain_text("No friends are online now.")

    one, other = stage.browser(grace).open_all("/dashboard", "/account")
    expect_presence(friends, "offline", "online")
    feed.expect_in("Friends online", "Grace Hopper")
    graces_id = ear.wait_for("presence")["id"]
    alans = stage.browser(alan).open()
    expect_presence(friends, "online", "online")

    other.close()
    alans.close()  # a marker: this tab closes last
    expect_presence(friends, "offline", "online")
    one.page.reload()
    one.expect_name("Grace Hopper")
    one.close()
    expect_presence(friends, "offline", "offline")
    expect(feed.section("Friends online")).to_contain_text("No friends are online now.")
    graces = [told["here"] for told in ear.all("presence") if told["id"] == graces_id]
    assert graces == [True, False]
    ear.close()


def expect_badge(tab: Tab, text: str) -> None:
    """Expect this text after "Friends" in the name of the link to the friends page."""
    link = tab.page.locator("#nav-friends").get_by_role("link")
    expect(link).to_have_accessible_name(f"Friends {text}".strip())


def expect_presence(tab: Tab, *said: str) -> None:
    """Expect these statuses of the friends, in the order of the friends' names."""
    expect(tab.section("Your friends").locator(".presence")).to_have_text(list(said))


def test_g35_of_many_friends_who_are_here_the_first_are_listed_and_the_others_counted(stage: Stage):
    ada, grace = map(stage.person, ["Ada Lovelace", "Grace Hopper"])
    tab = stage.browser(ada).open()
    tab.expect_name("Ada Lovelace")
    more = tab.page.locator("#more-here")
    expect(more).to_be_hidden()
    tab.page.wait_for_function(ALL_ANSWERED)  # an answer about the state would remove these friends
    for n in range(FRIENDS_HERE + 2):
        hear(tab, n, here=True)
    expect(tab.section("Friends online").get_by_role("listitem")).to_have_count(FRIENDS_HERE)
    expect(more).to_have_text("and 2 more")
    hear(tab, 0, here=True)  # announced again, by another process
    expect(more).to_have_text("and 2 more")
    hear(tab, FRIENDS_HERE, here=False)
    expect(more).to_have_text("and 1 more")
    hear(tab, 0, here=False)
    expect(tab.section("Friends online").get_by_role("listitem")).to_have_count(FRIENDS_HERE - 1)
    befriend(ada, grace)  # makes the page ask who is really online
    expect(tab.section("Friends online")).to_contain_text("No friends are online now.")
    expect(more).to_be_hidden()


def hear(tab: Tab, number: int, here: bool) -> None:
    """Give the tab an event that the friend with this number is online or offline."""
    person = {"id": f"{number:024x}", "firstName": "Friend", "lastName": f"{number:02}"}
    tab.page.evaluate(
        """async (person) => {
          const { socket } = await import("/static/live.js");
          for (const listener of socket.listeners("presence")) listener(person);
        }""",
        person | {"here": here},
    )
