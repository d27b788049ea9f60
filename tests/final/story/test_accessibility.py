"""Every page, wide or narrow, light or dark, fits its window and has no serious axe violation."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.final.story.stage import Stage, Tab, befriend
from tools.people import Person
from tools.servers import Server

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
SERIOUS = {"serious", "critical"}
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}  # the rules about colours
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Village:
    """Ada, who has everything that a page can show, and a newcomer, who has nothing."""

    def __init__(self, url: str):
        names = ["Ada Lovelace", "Grace Hopper", "Alan Turing", "Mary Somerville"]
        people = [Person(url, *name.split()) for name in names]
        for person in people:
            person.sign_up()
        self.ada, grace, alan, mary = people
        self.newcomer = Person(url, "Wolfeschlegelsteinhausenbergerdorff", "Blythe-Featherstone")
        self.newcomer.sign_up()
        befriend(self.ada, grace)
        alan.post("/friends", {"email": self.ada.email})
        self.ada.post("/friends", {"email": mary.email})
        self.ada.elsewhere().log_in()
        self.post = self.ada.post("/comments", {"text": LONG}).json()["id"]
        for text in (*(f"Reply {n}." for n in range(55)), "A real\n\nmoth?", LONG):
            grace.post("/comments", {"text": text, "post": self.post})
        for n in range(22):
            grace.post("/comments", {"text": f"Thought {n}."})
        self.ada.post("/comments", {"text": "This can be deleted."})


@pytest.fixture(scope="module")
def village(server: Server) -> Village:
    return Village(server.url)


# How a tab reaches each page.


def login(stage: Stage, village: Village) -> Tab:
    return stage.browser().open("/")


def login_with_an_error(stage: Stage, village: Village) -> Tab:
    stage.expects("401")
    tab = login(stage, village)
    tab.log_in(village.ada, password="not her password")
    tab.expect_said("Email or password is wrong.")
    return tab


def signup_with_errors(stage: Stage, village: Village) -> Tab:
    stage.expects("400")
    tab = stage.browser().open("/signup")
    tab.fill_in(first_name=" ", last_name=" ", email="ada@nowhere", password="short")
    tab.press("Sign up")
    tab.expect_problem("email", "An email address looks like ada@example.org.")
    return tab


def dashboard_of_a_newcomer(stage: Stage, village: Village) -> Tab:
    tab = stage.browser(village.newcomer).open("/dashboard")
    tab.expect_name(village.newcomer.full_name)
    return tab


def dashboard(stage: Stage, village: Village) -> Tab:
    tab = of_ada(stage, village, "/dashboard")
    tab.press("Compare sessions")
    expect(tab.page.locator("#socket-session")).not_to_be_empty()
    tab.page.locator(".delete summary").first.click()
    return tab


def post(stage: Stage, village: Village) -> Tab:
    return of_ada(stage, village, f"/posts/{village.post}")


def older_replies(stage: Stage, village: Village) -> Tab:
    tab = post(stage, village)
    tab.page.get_by_text("Remove reply").first.click()
    return of_ada(stage, village, tab.page.locator(".earlier").get_attribute("href"))


def own_words(stage: Stage, village: Village) -> Tab:
    tab = of_ada(stage, village, "/account/comments")
    tab.page.locator(".delete summary").first.click()
    return tab


def friends(stage: Stage, village: Village) -> Tab:
    return of_ada(stage, village, "/friends?q=a")


def notifications(stage: Stage, village: Village) -> Tab:
    return of_ada(stage, village, "/notifications")


def account_with_an_error(stage: Stage, village: Village) -> Tab:
    stage.expects("400")
    tab = of_ada(stage, village, "/account")
    tab.fill_in(password_now="not her password", new_password="analytical engine")
    tab.press("Change password")
    tab.expect_problem("password_now", "This is not your password.")
    tab.page.get_by_text("Delete your account").click()
    return tab


def error(stage: Stage, village: Village) -> Tab:
    stage.expects("404")
    return of_ada(stage, village, "/nowhere")


def turned_away(stage: Stage, village: Village) -> Tab:
    elsewhere = village.ada.elsewhere()
    elsewhere.log_in()
    tab = stage.browser(elsewhere).open("/friends")
    tab.expect_name("Ada Lovelace")
    elsewhere.log_out()
    tab.expect_turned_away()
    return tab


def of_ada(stage: Stage, village: Village, path: str) -> Tab:
    tab = stage.browser(village.ada).open(path)
    tab.expect_name("Ada Lovelace")
    return tab


PAGES = [
    login,
    login_with_an_error,
    signup_with_errors,
    dashboard_of_a_newcomer,
    dashboard,
    post,
    older_replies,
    own_words,
    friends,
    notifications,
    account_with_an_error,
    error,
    turned_away,
]


@pytest.mark.parametrize("reach", PAGES, ids=lambda reach: reach.__name__)
@pytest.mark.browser_context_args(reduced_motion="reduce")
def test_nothing_is_in_anybodys_way(stage: Stage, village: Village, reach: Callable):
    page = reach(stage, village).page
    found = []
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        too_wide = page.evaluate(TOO_WIDE)
        assert too_wide <= 0, f"{reach.__name__} scrolls sideways at {size['width']} px"
        for scheme, options in (("light", {}), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found += [(each, f"{size['width']} px, {scheme}") for each in ask_axe(page, options)]

    serious = [each for each, _ in found if each["impact"] in SERIOUS]
    assert serious == [], "\n".join(told(*each) for each in found)


def ask_axe(page: Page, options: dict) -> list[dict]:
    return (
        Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    )


def told(violation: dict, where: str) -> str:
    """Describe a violation, and the elements that cause it."""
    elements = "".join(f"\n    {node['html'][:150]}" for node in violation["nodes"][:5])
    return f"{where}: {violation['impact']}: {violation['help']}{elements}"
