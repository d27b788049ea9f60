"""What the browser tests of final/ share: a stage that is watched, and traces of what fails."""

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
    """A test in which a page complains of something has failed, whatever else it saw."""
    yield
    if "watch" in item.funcargs:
        item.funcargs["watch"].complain()
    item.stash[PASSED] = True


@pytest.fixture
def new_context(new_context, request, output_path: str):
    """Make contexts; they leave traces of a test that fails, also when nobody asks for these.

    The tests here are long, and what came before a failure matters. But without screenshots,
    which pytest-playwright's --tracing would take, and which cost more than all the rest.
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
    """Ada, who is a friend of Grace and of Alan. These two don't know each other."""
    ada, grace, alan = map(stage.person, ["Ada Lovelace", "Grace Hopper", "Alan Turing"])
    befriend(ada, grace, alan)
    return [ada, grace, alan]
