"""Fixtures of the browser tests of final/: a watched stage, and traces of failed tests."""

from pathlib import Path

import pytest

from tests.final.story.stage import Stage, befriend
from tests.final.story.watch import Watch
from tools import people
from tools.people import Person
from tools.servers import Server

PASSED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Fail a test if one of its pages reports an error, even if all its assertions hold."""
    yield
    if "watch" in item.funcargs:
        item.funcargs["watch"].complain()
    item.stash[PASSED] = True


@pytest.fixture
def new_context(new_context, request, output_path: str):
    """Yield a function that makes browser contexts. Keep their traces if the test fails.

    Traces are kept even without --tracing, because these tests are long, and the steps before a
    failure matter. They have no screenshots, because these cost more than everything else. The
    option --tracing of pytest-playwright would take them.
    """
    traced = []

    def new_traced_context(**options):
        context = new_context(**options)
        context.set_default_timeout(1000 * people.patience)
        if request.config.option.tracing == "off":
            context.tracing.start(snapshots=True, sources=True)
            traced.append(context)
        return context

    yield new_traced_context
    has_passed = request.node.stash.get(PASSED, False)
    for n, context in enumerate(traced, 1):
        kept = None if has_passed else Path(output_path, f"trace-{n}.zip")
        context.tracing.stop(path=kept)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def stage(server: Server, new_context, watch: Watch) -> Stage:
    return Stage(server.url, new_context, watch)


@pytest.fixture
def three(stage: Stage) -> list[Person]:
    """Return Ada and her friends Grace and Alan, who aren't friends of each other."""
    ada, grace, alan = map(stage.person, ["Ada Lovelace", "Grace Hopper", "Alan Turing"])
    befriend(ada, grace, alan)
    return [ada, grace, alan]
