"""People at different processes see the same as if they were at one process."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.final.story.conftest import new_context as new_context
from tests.final.story.conftest import watch as watch
from tests.final.story.stage import Browser, Stage, Tab, befriend
from tools.cluster import Cluster, running_cluster, what_is_missing


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    if problem := what_is_missing():
        pytest.skip(problem)
    with running_cluster(PANEL="1") as cluster:
        yield cluster


@pytest.fixture
def stages(cluster: Cluster, new_context, watch) -> list[Stage]:
    """Return one stage per process. Cookies ignore the port, so a browser can be on both."""
    return [Stage(instance.url, new_context, watch) for instance in cluster.instances]


def open_at(stage: Stage, browser: Browser, path: str = "/dashboard") -> Tab:
    return browser.open(stage.url + path)


def expect_process(tab: Tab, stage: Stage) -> None:
    """Expect the panel to show this process for both doors: the request and the socket."""
    port = stage.url.rpartition(":")[2]
    for door in "request", "socket":
        expect(tab.page.locator(f"#{door}-process")).to_contain_text(f":{port}")


def test_two_processes_are_one_app(stages: list[Stage]):
    here, there = stages
    ada, grace = here.person("Ada Lovelace"), there.person("Grace Hopper")
    befriend(ada, grace)
    adas, graces = here.browser(ada), there.browser(grace)
    one, other = open_at(here, adas), open_at(there, adas)
    expect_process(one, here)
    expect_process(other, there)
    for tab in one, other:
        tab.expect_tabs(2)
        expect(tab.page.get_by_role("list", name="Sockets")).to_contain_text("in process")

    friend = open_at(there, graces)
    for tab in one, other:
        tab.expect_in("Friends online", "Grace Hopper")
    friend.expect_in("Friends online", "Ada Lovelace")

    one.write("A note on the engine.")
    friend.expect_told("Ada Lovelace: A note on the engine.")
    friend.expect_toasts("New from Ada Lovelace")
    friend.write("May I read it?")
    for tab in one, other:
        tab.expect_told("Grace Hopper: May I read it?")
        tab.expect_toasts("New from Grace Hopper")
    for tab in one, other:
        tab.expect_unread(0)  # one of the tabs has read it

    one.press("Wave")
    one.expect_said("Waved at 2 of your tabs.")
    for tab in one, other:
        expect(tab.page.get_by_text("Ada Lovelace waves.")).to_be_visible()

    open_at(there, adas, "/account").press("Log out")
    for tab in one, other:
        tab.expect_turned_away()
    expect(friend.section("Friends online")).to_contain_text("No friends are online now.")
