"""The story behind networks and proxies that get in the way (G15, G32)."""

import json

import pytest
from playwright.sync_api import expect

from tests.final.guarantees.probed import running_with
from tests.final.proxy import Proxy, proxy_to
from tests.final.story.stage import Stage, Tab, befriend
from tests.final.story.watch import Watch
from tools.browser import launch_options
from tools.people import PASSWORD, Person, eventually
from tools.servers import Server

SOON = 10_000  # milliseconds within which a page finds a transport that works
TRANSPORT = "import('/static/live.js').then(({ socket }) => socket.io.engine.transport.name)"
REASONS_OF_THREE_ATTEMPTS = """async () => {
  const { socket } = await import("/static/live.js");
  const said = document.querySelector("#connection-reason");
  const reasons = [said.textContent];
  new MutationObserver(() => reasons.push(said.textContent)).observe(said, { childList: true });
  const attempt = () => new Promise((resolve) => socket.once("connect_error", resolve));
  for (let i = 0; i < 3; i++) await attempt();
  return reasons;
}"""
NEXT_FAILURE = """async () => {
  const { socket } = await import("/static/live.js");
  await new Promise((resolve) => socket.once("connect_error", resolve));
}"""
SCRIPT = "**/socket.io.min.js"


@pytest.fixture
def proxy(server: Server):
    with proxy_to(server.port) as proxy:
        yield proxy


@pytest.fixture
def stage(proxy: Proxy, new_context, watch: Watch) -> Stage:
    """Return a stage behind the proxy."""
    return Stage(proxy.url, new_context, watch)


@pytest.fixture
def proxy_with_fast_pings():
    with running_with("fast_pings", DEMO="0") as server, proxy_to(server.port) as proxy:
        yield proxy


def expect_connected(tab: Tab, transport: str) -> None:
    expect(tab.page.locator("#connection")).to_have_text("connected", timeout=SOON)
    assert tab.page.evaluate(TRANSPORT) == transport


def expect_reason(tab: Tab, *parts: str) -> None:
    """Expect that the page says why it isn't connected, in a sentence with these parts."""
    expect(tab.page.locator("#connection")).to_have_text("disconnected")
    for part in parts:
        expect(tab.page.locator("#connection-reason")).to_contain_text(part)


# G32: networks that swallow WebSockets.


@pytest.mark.parametrize("silence", ["no answer", "open and say nothing", "one packet"])
def test_g32_a_page_polls_when_its_network_swallows_websockets(
    stage: Stage, proxy: Proxy, silence: str
):
    ada, grace = map(stage.person, ["Ada Lovelace", "Grace Hopper"])
    befriend(ada, grace)
    proxy.websockets = silence
    tab = stage.browser(ada).open()
    expect_connected(tab, "polling")
    assert proxy.upgrades == [silence]
    grace.post("/comments", {"text": "Through the proxy."})
    tab.expect_told("Grace Hopper: Through the proxy.")


def test_g32_a_page_polls_when_the_silence_begins_later_and_keeps_to_what_works(
    stage: Stage, proxy: Proxy
):
    tab = stage.browser(stage.person("Ada Lovelace")).open()
    expect_connected(tab, "websocket")
    proxy.websockets = "no answer"
    proxy.cut()
    expect(tab.page.locator("#connection")).to_have_text("disconnected")
    expect_connected(tab, "polling")
    stage.expects("net::ERR_")  # the polling connection is cut off
    proxy.is_down = True
    proxy.cut()
    tab.page.evaluate(NEXT_FAILURE)
    proxy.is_down = False
    expect_connected(tab, "polling")
    assert proxy.upgrades == ["pass", "no answer"], "the page doesn't try WebSockets again"


def test_g32_a_page_polls_after_a_websocket_that_never_received_a_ping(
    proxy_with_fast_pings: Proxy, new_context, watch: Watch
):
    proxy = proxy_with_fast_pings
    stage = Stage(proxy.url, new_context, watch)
    proxy.websockets = "nothing once connected"
    tab = stage.browser(stage.person("Ada Lovelace")).open()
    tab.expect_name("Ada Lovelace")
    assert eventually(lambda: tab.page.evaluate(TRANSPORT) == "polling", 20)
    expect_connected(tab, "polling")
    assert proxy.upgrades == ["nothing once connected"]


def test_g32_a_page_polls_at_once_when_websockets_are_refused(stage: Stage, proxy: Proxy):
    stage.expects("WebSocket connection to .* failed")
    proxy.websockets = "refuse"
    tab = stage.browser(stage.person("Ada Lovelace")).open()
    expect_connected(tab, "polling")
    assert proxy.upgrades == ["refuse"]


def test_g32_where_polling_fails_too_a_page_tries_websockets_again(stage: Stage, proxy: Proxy):
    stage.expects("404")
    proxy.websockets = "no answer"
    browser = stage.browser(stage.person("Ada Lovelace"))
    browser.context.route(
        "**/socket.io/?*transport=polling*", lambda route: route.fulfill(status=404)
    )
    tab = browser.open()
    expect_reason(tab, "/socket.io/ answered 404")
    proxy.websockets = "pass"
    expect_connected(tab, "websocket")


# G15: the page names the problem and a remedy.


def test_g15_a_page_says_that_a_tunnel_hides_its_origin(stage: Stage, proxy: Proxy, server: Server):
    stage.expects("WebSocket connection to .* failed", "400 POST /socket.io/", "status of 400")
    stage.allows("400 GET /socket.io/")  # a poll that begins after the POST was refused
    ada = stage.person("Ada Lovelace")
    proxy.host = f"localhost:{server.port}"
    tab = stage.browser().open("/")
    tab.log_in(ada)
    expect_reason(
        tab,
        f"This page came from {proxy.url}, but the server thinks it is at http://{proxy.host},",
        "let it pass on the Host header, and set PROXIES=1.",
    )
    reasons = tab.page.evaluate(REASONS_OF_THREE_ATTEMPTS)
    assert len(set(reasons)) == 1, "the reason stays the same"
    proxy.host = None
    tab.expect_name("Ada Lovelace")
    expect(tab.page.locator("#connection-reason")).to_have_text("")


def test_g15_a_page_says_which_answer_refuses_its_socket(stage: Stage, proxy: Proxy):
    stage.expects("WebSocket connection to .* failed", "403")
    proxy.websockets = "refuse"
    browser = stage.browser(stage.person("Ada Lovelace"))
    refuse = {"status": 403, "content_type": "text/plain", "body": "Sockets are not allowed here."}
    browser.context.route("**/socket.io/?*", lambda route: route.fulfill(**refuse))
    tab = browser.open()
    expect_reason(tab, "/socket.io/ answered 403 (Sockets are not allowed here.)")
    browser.context.unroute("**/socket.io/?*")
    tab.expect_name("Ada Lovelace")


NO_COOKIE = "Your browser didn't keep the cookie that logs you in."


def test_g15_the_login_page_says_that_no_cookie_was_kept(stage: Stage, proxy: Proxy):
    ada = stage.person("Ada Lovelace")
    stage.expects("401 POST /login", "401")
    proxy.keeps_cookies = False
    tab = stage.browser().open("/account")
    expect_no_alert(tab)
    tab.log_in(ada, password="not her password")
    tab.expect_said("Email or password is wrong.")
    for _ in range(2):
        tab.log_in(ada)
        tab.expect_said(NO_COOKIE)
    tab.follow("Sign up")
    new = Person(stage.url, "Alan", "Turing")
    tab.fill_in(first_name="Alan", last_name="Turing", email=new.email, password=PASSWORD)
    tab.press("Sign up")
    tab.expect_said(NO_COOKIE)
    proxy.keeps_cookies = True
    tab.log_in(ada)
    tab.expect_name("Ada Lovelace")


def expect_no_alert(tab: Tab) -> None:
    expect(tab.page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    expect(tab.page.get_by_role("alert").filter(visible=True)).to_have_count(0)


def test_g15_the_login_page_says_that_the_browser_blocks_cookies(
    server: Server, browser_type, browser_type_launch_args, tmp_path
):
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(blocked), "utf-8")
    ada = Person(server.url, "Ada", "Lovelace")
    ada.sign_up()
    options = browser_type_launch_args | launch_options()  # the headless shell has no profiles
    with browser_type.launch_persistent_context(tmp_path, **options) as context:
        tab = Tab(context.new_page())
        tab.go(server.url)
        tab.log_in(ada)
        tab.expect_said(NO_COOKIE)


def test_g15_a_page_that_is_loaded_again_after_a_logout_blames_no_cookie(stage: Stage):
    """The reload has the login page as Referer, just like the first request after a login."""
    ada = stage.person("Ada Lovelace")
    browser = stage.browser()
    tab = browser.open("/")
    tab.log_in(ada)
    tab.expect_name("Ada Lovelace")
    other = browser.open("/dashboard")
    other.expect_compared()
    other.press("Log out")
    expect_no_alert(other)
    tab.expect_turned_away()
    tab.page.reload()
    expect_no_alert(tab)


@pytest.mark.parametrize("how", ["blocked", "not found"])
def test_g15_without_the_client_of_socket_io_a_page_says_so_and_its_forms_work(
    stage: Stage, how: str
):
    stage.expects("socket.io.min.js", "console|script")
    browser = stage.browser(stage.person("Ada Lovelace"))
    if how == "blocked":
        browser.context.route(SCRIPT, lambda route: route.abort())
    else:
        browser.context.route(SCRIPT, lambda route: route.fulfill(status=404))
    tab = browser.open()
    expect_reason(tab, "socket.io.min.js didn't load. Reload the page")
    tab.write("By a plain form.")
    tab.expect_posts("By a plain form.")
    browser.context.unroute(SCRIPT)
    tab.page.reload()
    tab.expect_name("Ada Lovelace")
