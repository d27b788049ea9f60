"""The black-box suite: the checks of each step, run on every app that has reached that step."""

import re
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page

from tests.steps.choice import keyword_of, similar_names
from tests.steps.explain import Mistake
from tests.steps.raised import last_exception
from tools import people
from tools.people import Person, Socket
from tools.servers import FINAL, ROOT, App, Server, our_apps, running

PRINTED = pytest.StashKey[dict[str, list[str]]]()  # the last lines of a learner's servers
NAMES = [("Ada", "Lovelace"), ("Grace", "Hopper"), ("Alan", "Turing")]


# The choice of apps and checks.


def pytest_configure(config):
    """Refuse an app that can't be checked, in one sentence."""
    config.stash[PRINTED] = {}
    folder, url = config.option.app, config.option.url
    if folder and not any(Path(folder, name).exists() for name in ("app.py", "__main__.py")):
        raise pytest.UsageError(f"there is no app.py in {folder}. Which folder is your app in?")
    if url:
        try:
            requests.get(url, timeout=10)
        except requests.RequestException:
            raise pytest.UsageError(f"nothing answers at {url}. Is your app running?") from None
    if is_a_learners(config) and config.option.keyword:
        config.option.keyword = keyword_of(config.option.keyword)


def is_a_learners(config) -> bool:
    """Return whether a learner checks their own app."""
    return bool(config.option.app or config.option.url)


def step_of(path: Path) -> int:
    """Return the number of the step that a file checks: 2 for test_02_socket_share.py."""
    return int(path.name.split("_")[1])


def apps_to_check(config) -> list[App]:
    if config.option.app:
        folder = Path(config.option.app).resolve()
        return [App(folder.name, int(config.option.upto), folder)]
    if config.option.url:
        url = config.option.url.rstrip("/")
        return [App(url, int(config.option.upto), url=url)]
    return our_apps()


def is_due(app: App, step: int) -> bool:
    """Return whether the checks of this step run on an app.

    The checks of step 05 run the tests in the app's folder, but the tests of final/ are in tests/.
    The checks of step 07 start a second process. An app that runs at a URL has no folder.
    """
    has_tests = app.folder and app.step != FINAL
    can_start = app.folder or step != 7
    return app.step >= step and (step != 5 or has_tests) and can_start


def pytest_generate_tests(metafunc):
    if "app" in metafunc.fixturenames:
        step = step_of(metafunc.definition.path)
        apps = [app for app in apps_to_check(metafunc.config) if is_due(app, step)]
        if "mistake" in metafunc.fixturenames:  # made only in the app of this step
            apps = [app for app in apps if app.step == step]
        if "site" in metafunc.fixturenames:  # tests/scale/ tests the nginx of final/
            apps = [app for app in apps if app.step != FINAL]
        if steps := metafunc.config.option.steps:
            apps = [app for app in apps if app.step == step and app.name in steps.split(",")]
        metafunc.parametrize("app", apps, ids=[app.name for app in apps], scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Sort a learner's checks by step, and deselect those that can't run.

    These are checks after --upto, and checks that stop a server that we did not start.
    """
    if not is_a_learners(config):
        return
    items.sort(key=lambda item: (item.path.name, item.location[1]))
    chosen, left_out = [], []
    for item in items:
        is_due = isinstance(item.callspec.params["app"], App)
        is_ours_to_stop = not config.option.url or "own_server" not in item.fixturenames
        (chosen if is_due and is_ours_to_stop else left_out).append(item)
    items[:] = chosen
    config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish(session):
    """Leave the failures out of the report at the end, because learners have read them by then."""
    option = session.config.option
    if is_a_learners(session.config) and option.tbstyle == "auto" and option.verbose <= 0:
        option.tbstyle = "no"


# The fixtures of the checks.


@pytest.fixture(scope="session")
def servers():
    """The servers that checks share, one for each app. Each starts when it is first needed."""
    started: dict[App, Server] = {}
    yield started
    for server in started.values():
        server.close()


@pytest.fixture
def server(app: App, servers: dict[App, Server]) -> Server:
    """The running app. Checks share it, so new people sign up for each check."""
    if app not in servers:
        servers[app] = Server(app)
        servers[app].start()
    return servers[app]


@pytest.fixture
def own_server(app: App):
    """The app, running for this check alone. The check may stop it."""
    with running(app) as server:
        yield server


@pytest.fixture
def its_server(app: App, request) -> Server:
    """The server of a check: its own, or the shared one."""
    return request.getfixturevalue(
        "own_server" if "own_server" in request.fixturenames else "server"
    )


@pytest.fixture
def someone(its_server: Server):
    """Return a function that signs a new person up."""
    names = iter(NAMES * 5)

    def sign_up(signed_up: bool = True) -> Person:
        person = Person(its_server.url, *next(names))
        if signed_up:
            answer = person.sign_up()
            if answer.status_code != 302 or not person.cookie:
                raise Mistake(
                    "Signing up does not log in.",
                    seen=f"POST /signup answered {answer.status_code}, and the browser has "
                    f"{'a' if person.cookie else 'no'} session cookie",
                    hint="After a sign-up, log in and redirect (302) to /dashboard.",
                    see="routes.py",
                )
        return person

    return sign_up


@pytest.fixture
def connect(its_server: Server):
    """Return a function that opens a socket for a person. It is closed after the check."""
    sockets: list[Socket] = []

    def open_socket(person: Person, transport: str = "websocket", **options) -> Socket:
        try:
            sockets.append(Socket(person, transport, **options))
        except Exception as error:
            if "KeyError: 'session'" in its_server.printed:
                raise Mistake(
                    "A socket has no session, because it does not pass the SessionMiddleware.",
                    seen="the server printed KeyError: 'session'",
                    hint="Put the middleware outside, so that it sees both doors: "
                    "SessionMiddleware(socketio.WSGIApp(sio, app.wsgi_app), store).",
                    see="app.py",
                ) from error
            raise Mistake(
                "A socket with the cookie of a logged-in user can't connect.",
                seen=f"over {transport}: {error}",
                hint="Wrap socketio.WSGIApp(sio, app.wsgi_app) in the SessionMiddleware, and let "
                "the connect handler look at environ['session'].",
                see="app.py",
            ) from error
        return sockets[-1]

    yield open_socket
    for socket in sockets:
        socket.close()


@pytest.fixture
def complaints() -> list[str]:
    """The errors in the browser consoles of all tabs of a check."""
    return []


def listen(page: Page, complaints: list[str]) -> None:
    def remember(message) -> None:
        if message.type == "error":
            complaints.append(f"{message.text} ({message.location['url']})")

    page.on("console", remember)
    page.on("pageerror", lambda error: complaints.append(str(error)))


@pytest.fixture
def page(page: Page, complaints: list[str]) -> Page:
    page.set_default_timeout(1000 * people.patience)
    listen(page, complaints)
    return page


@pytest.fixture
def open_tab(new_context, complaints: list[str]):
    """Return a function that opens a dashboard in a tab. Each person has their own browser."""
    browsers: dict[Person, object] = {}

    def open_dashboard(person: Person) -> Page:
        if person not in browsers:
            browsers[person] = new_context(viewport={"width": 560, "height": 900})
            cookie = {"name": "sid", "value": person.cookie, "url": person.url}
            browsers[person].add_cookies([cookie])
            browsers[person].set_default_timeout(1000 * people.patience)
        page = browsers[person].new_page()
        listen(page, complaints)
        page.goto(person.url + "/dashboard")
        return page

    return open_dashboard


# The report.


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if not report.failed:
        return
    error = call.excinfo.value
    raised = None
    if is_a_learners(item.config):
        raised = exception_of(item, error)
    if raised and "does not start" in str(error):
        item.session.shouldfail = "your app has to start first"
        error = Mistake(
            "Your app does not start.", seen=raised, hint="Fix this line first.", see="app.py"
        )
        raised = None
    elif is_a_learners(item.config) and not isinstance(error, Mistake):
        error = Mistake(
            f"This check failed: {item.originalname.removeprefix('test_').replace('_', ' ')}.",
            seen=f"{type(error).__name__}: {str(error).strip()}",
            hint="Does the app have everything that this step adds? Other checks may explain it.",
            see="",
        )
    if isinstance(error, Mistake):
        complaints = item.funcargs.get("complaints") if hasattr(item, "funcargs") else None
        if complaints:
            told = "\n".join(dict.fromkeys(complaints[-10:]))
            error.seen = f"{error.seen or ''}\nErrors in the browser's console:\n{told}".strip()
        text = error.text(model_folder(step_of(item.path)))
        if raised:
            text = f"Your app raised an exception. Look at this first: {raised}\n{text}"
        report.longrepr = f"{item.name}\n\n{text}\n"
    for title, server in servers_of(item).items():
        noise = ("/static/", "/socket.io/")
        lines = [
            line for line in server.printed.splitlines() if not any(map(line.__contains__, noise))
        ]
        if lines and is_a_learners(item.config):  # shown once, at the end
            item.config.stash[PRINTED][title] = lines[-15:]
        elif lines:
            report.sections.append((f"the last lines that {title} printed", "\n".join(lines[-15:])))


def exception_of(item, error: BaseException) -> str | None:
    """Return the last exception that the app raised during this check."""
    folder = item.callspec.params["app"].folder
    if folder is None:
        return None
    printed = [server.printed[server.looked_at :] for server in servers_of(item).values()]
    return last_exception("\n".join([*printed, str(error)]), folder)


def pytest_runtest_teardown(item):
    for server in servers_of(item).values():
        server.looked_at = len(server.printed)


def pytest_report_teststatus(report, config):
    """For learners, name each check that passes, and explain each failure when it happens."""
    if not is_a_learners(config):
        return None
    if report.failed:
        category = "failed" if report.when == "call" else "error"
        return category, f"\n{report.longrepr}\n", (category.upper(), {})  # not all of it in red
    if report.when == "call" and report.passed:
        name = report.location[2].removeprefix("test_").replace("_", " ")
        return "passed", f"  ok  {name}\n", "PASSED"
    return None


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    for report in terminalreporter.getreports("failed") + terminalreporter.getreports("error"):
        if mistake := re.search("^What is wrong: (.*)", str(report.longrepr), re.M):
            report.longrepr = mistake[1]  # pytest repeats this at the end, in full if CI is set
    for title, lines in config.stash[PRINTED].items():
        terminalreporter.section(f"the last lines that {title} printed", "-")
        terminalreporter.write_line("\n".join(lines))
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and is_a_learners(config):
        words = config.option.keyword
        similar = "\n".join(f"  {name}" for name in similar_names(words))
        terminalreporter.write_line(
            f"No check up to step {config.option.upto} is called “{words}”."
        )
        if similar:
            terminalreporter.write_line(f"These are:\n{similar}")


def servers_of(item) -> dict[str, Server]:
    """Return the servers of a check by their names in a report."""
    arguments = getattr(item, "funcargs", {})
    if group := arguments.get("group"):
        first, second = group.servers
        return {"the first process": first, "the second process": second}
    its_names = ("its_server", "own_server", "server")
    found = [arguments[name] for name in its_names if arguments.get(name)]
    return {"the server": found[0]} if found else {}


def model_folder(step: int) -> str:
    [folder] = (ROOT / "steps").glob(f"{step:02}-*")
    return folder.relative_to(ROOT).as_posix()


def pytest_runtest_setup(item):
    if hasattr(item, "callspec") and "app" in item.callspec.params:
        item.user_properties.append(("app", item.callspec.params["app"].name))
