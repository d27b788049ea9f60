"""The story, chapter 3: everyone who may see a post, reply or deletion sees it immediately."""

from tests.final.story.stage import Stage, Tab


def test_everyone_who_may_see_a_post_gets_it_in_all_seven_tabs_and_no_one_else(stage: Stage, three):
    ada, grace, alan = three
    phone = ada.elsewhere()
    phone.log_in(keep="1")
    adas = stage.browser(ada).open_all("/dashboard", "/dashboard", "/account")
    adas += stage.browser(phone).open_all("/dashboard")
    graces = stage.browser(grace).open_all("/dashboard", "/dashboard")
    alans = stage.browser(alan).open_all("/dashboard")
    for tab in adas:
        tab.expect_name("Ada Lovelace")
    for tab in graces:
        tab.expect_name("Grace Hopper")
    [alans_tab] = alans
    alans_tab.expect_name("Alan Turing")

    # A post reaches all friends of its author.
    adas[0].write("A note on the engine.")
    adas[0].expect_said("Your comment is posted.")
    adas[0].expect_posts("A note on the engine.")
    note = "Ada Lovelace: A note on the engine."
    for tab in graces + alans:
        tab.expect_told(note)
        tab.expect_toasts("New from Ada Lovelace")
        tab.expect_posts()  # new posts wait behind a button, so nothing jumps
        tab.press("Show 1 new")
        tab.expect_posts("A note on the engine.")

    # A reply reaches the author of the post, and then also the people who have replied to it.
    graces[0].reply("A note on the engine.", "May I read it?")
    asked = "Grace Hopper: May I read it?"
    for tab in adas[:2] + adas[3:]:
        tab.expect_told(asked)
    adas[2].expect_toasts("New from Grace Hopper")
    adas[0].expect_replies("A note on the engine.", "May I read it?")
    alans_tab.page.reload()
    alans_tab.expect_replies("A note on the engine.", "May I read it?")
    alans_tab.reply("A note on the engine.", "So would I.")
    would = "Alan Turing: So would I."
    for tab in graces:
        tab.expect_told(would, note)
    graces[0].expect_replies("A note on the engine.", "May I read it?", "So would I.")

    # Alan isn't Grace's friend. He hears nothing from her thread, not even his friend's reply.
    graces[1].write("There was a moth in it.")
    moth = "Grace Hopper: There was a moth in it."
    adas[3].expect_told(moth, would, asked)
    adas[1].press("Show 2 new")  # the first is her own, written in another tab
    adas[1].reply("There was a moth in it.", "Poor moth!")
    graces[0].expect_told("Ada Lovelace: Poor moth!", would, note)
    adas[1].write("The last one for today.")  # a marker, sent after the reply
    last = "Ada Lovelace: The last one for today."
    alans_tab.expect_told(last, note)
    alans_tab.page.reload()
    alans_tab.expect_posts("The last one for today.", "A note on the engine.")

    # Deleted posts and replies disappear from all pages.
    graces[0].expect_told(last, "Ada Lovelace: Poor moth!", would, note)
    adas[0].delete("A note on the engine.")
    for tab in adas[:2]:
        tab.expect_gone("A note on the engine.")
    for tab in graces:
        tab.expect_told(last, "Ada Lovelace: Poor moth!")
        tab.expect_gone("May I read it?")
    alans_tab.expect_told(last)
    alans_tab.expect_posts("The last one for today.")
    adas[1].delete("Poor moth!")
    graces[0].expect_told(last)


def test_a_thread_that_is_open_lives_and_says_when_it_was_deleted(stage: Stage, three):
    stage.expects("404 GET /posts", "404.*/posts")
    ada, grace, alan = three
    post = grace.post("/comments", {"text": "There was a moth in it."}).json()["id"]
    graces = stage.browser(grace).open(f"/posts/{post}")
    adas = stage.browser(ada).open(f"/posts/{post}")
    alans = stage.browser(alan).open(f"/posts/{post}")
    alans.expect_said("There is no such post, or it is not for you to see.")
    graces.expect_name("Grace Hopper")

    adas.reply("There was a moth in it.", "A real one?")
    graces.expect_replies("There was a moth in it.", "A real one?")
    graces.expect_unread(1)
    graces.delete("There was a moth in it.")
    adas.expect_said("This was deleted.")
    adas.expect_gone("A real one?")


def test_the_feed_is_newest_first_and_has_more_on_scrolling(stage: Stage, three):
    ada, grace, _ = three
    texts = [f"Thought {n}." for n in range(45)]
    for n, text in enumerate(texts):
        [ada, grace][n % 2].post("/comments", {"text": text})
    tab = stage.browser(ada).open()
    tab.expect_posts(*texts[:-21:-1])
    scroll_to_the_end(tab)
    tab.expect_posts(*texts[:-41:-1])
    scroll_to_the_end(tab)
    tab.expect_posts(*reversed(texts))


def scroll_to_the_end(tab: Tab) -> None:
    tab.page.bring_to_front()
    tab.page.evaluate("scrollTo(0, document.body.scrollHeight)")
