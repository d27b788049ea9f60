"""Step 05: the app has its own browser tests, and they notice mistakes."""

import pytest

from tests.steps.explain import Mistake, check
from tools.story import Story, mistakes

FIRST_TEST = """Write a test_story.py like this, and run it with pytest:
  def test_a_person_is_connected(person):
      ada = person("Ada Lovelace")
      expect(ada.page.get_by_text("connected", exact=True)).to_be_visible()
The fixture person is in conftest.py."""


@pytest.fixture(scope="session")
def stories():
    """The tests in the apps' folders. They are kept, so that each run happens only once."""
    found: dict[object, Story] = {}
    yield found
    for story in found.values():
        story.close()


@pytest.fixture
def story(app, stories, request) -> Story:
    """The tests in the folder of the app. If there are none, stop the other checks."""
    options = request.config.option
    if app not in stories:
        browsers = [f"--browser={name}" for name in options.browser]
        stories[app] = Story(app.folder, browsers, options.patience)
    story = stories[app]
    try:
        if not story.functions():
            where = "in your test files" if story.tests else "yet"
            seen = ", ".join(map(str, story.tests)) or "no file called test_*.py"
            what = f"There is no test {where}."
            raise Mistake(what, seen=seen, hint=FIRST_TEST, see="test_story.py")
        story.sleeps()  # reads all files
    except SyntaxError as error:
        stop(request)
        raise Mistake(
            "Python cannot read your tests.",
            seen=f"{error.filename}, line {error.lineno}: {error.msg}",
            hint="Fix this line first.",
            see="test_story.py",
        ) from error
    except Mistake:
        stop(request)
        raise
    return story


def stop(request) -> None:
    """Stop the checks of a learner's app, because the others would repeat this message."""
    if request.config.option.app:
        request.session.shouldfail = "the other checks depend on this one"


def test_there_is_a_test(story):
    assert story.functions()


def test_no_test_sleeps(story):
    check(
        not story.sleeps(),
        "Your tests sleep.",
        seen="\n".join(["", *story.sleeps()]),
        hint="A sleep is too short on a busy machine, and too long on all others. Use "
        "expect(…).to_be_visible(), to_have_text(…) and so on: they wait.",
        see="test_story.py",
    )


def test_the_tests_pass_on_this_app(story, request):
    outcome = story.on_own_app()
    if not outcome.is_good:
        stop(request)
    check(
        outcome.is_good,
        "Your tests do not pass on your own app.",
        seen=outcome.message,
        hint="Run pytest in the folder of your app, until it passes. The traces of a failed test "
        "are in test-results/; playwright show-trace opens them.",
        see="test_story.py",
    )


@pytest.mark.parametrize("mistake", mistakes().values(), ids=mistakes())
def test_the_tests_notice(story, mistake, request):
    if request.config.option.app:
        for other in chosen_mistakes(request.session):
            story.start(other)  # several at a time
    outcome = story.start(mistake).result()
    failure = outcome.failures[0] if outcome.failures else None
    check(
        outcome.failures or not outcome.passed,
        f"Your tests don't notice an app that {mistake.what}.",
        seen=f"All {len(outcome.passed)} of your tests pass on it.",
        hint=mistake.hint,
        see="test_story.py",
    )
    check(
        failure and failure["has_noticed"],
        f"A test fails on an app that {mistake.what}, but for another reason.",
        seen=outcome.message,
        hint="To notice a mistake, a test has to reach an expectation that fails.",
        see="test_story.py",
    )
    again = story.start(None, failure["test"]).result()
    check(
        again.is_good,
        f"A test fails on an app that {mistake.what}, but also on one without a mistake.",
        seen=again.message,
        hint="The mistakes are in copies of steps/05-browser-tests. Expect only behaviour that "
        "this app has, too.",
        see="test_story.py",
    )


def chosen_mistakes(session) -> list:
    """Return the mistakes that this run tries."""
    parameters = [item.callspec.params for item in session.items if hasattr(item, "callspec")]
    return [each["mistake"] for each in parameters if "mistake" in each]
