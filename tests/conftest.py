"""Shared by all tests: the command-line options, the browser, and the summary at the end."""

import signal
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tools import browser, people
from tools.people import Person


def pytest_addoption(parser):
    group = parser.getgroup("the workshop")
    group.addoption("--app", metavar="FOLDER", help="check the app in this folder only")
    group.addoption("--url", help="check an app that is running already, in whatever language")
    group.addoption("--steps", metavar="NAMES", help="run each step's own checks on it alone")
    group.addoption("--upto", metavar="NN", help="the last step to check, with --app or --url")
    group.addoption(
        "--patience", type=float, default=10, help="seconds to wait for what is due (10)"
    )
    group.addoption("--all-mutants", action="store_true", help="all of final/, not one a guarantee")
    group.addoption("--load-people", type=int, default=500, help="how many are connected (500)")
    group.addoption("--load-comments", type=int, default=1_000, help="how many are posted (1,000)")
    group.addoption(
        "--fuzz-inputs", type=int, metavar="N", help="try N random inputs, not the usual 20,000"
    )
    group.addoption("--fuzz-seed", type=int, metavar="N", help="... which begin from this seed")
    group.addoption("--no-skips", action="store_true", help="fail if any test is skipped")


def pytest_configure(config):
    if (config.option.app or config.option.url) and not config.option.upto:
        raise pytest.UsageError("say how far the app is: --upto 01, 02 and so on to 07")
    loaded = {getattr(plugin, "__file__", None) for plugin in config.pluginmanager.get_plugins()}
    if config.option.app and str(Path(config.option.app, "conftest.py").resolve()) in loaded:
        # Its fixtures would replace ours. pytest has loaded it, because it didn't know our options
        # yet, and took the folder for one with tests.
        raise pytest.UsageError("write --app=FOLDER, with an equals sign instead of a space")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A background job ignores Ctrl-C, and so would the servers that we start.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    people.patience = config.option.patience
    expect.set_options(timeout=1000 * config.option.patience)


def pytest_collection_modifyitems(items):
    """Begin with the longest test, so that the other workers don't wait for it at the end."""
    items.sort(key=lambda item: item.path.name != "test_reader.py")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, browser_name):
    headless = browser_type_launch_args.get("headless", True)
    return browser_type_launch_args | browser.launch_options(browser_name, headless, shell=True)


@pytest.fixture
def ada(server) -> Person:
    """A person who has signed up on the test's server."""
    person = Person(server.url, "Ada", "Lovelace")
    person.sign_up()
    return person


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter and reporter.stats.get("skipped")
    if session.config.option.no_skips and skipped and exitstatus == 0:
        reporter.write_line(f"{len(skipped)} skipped, and none may be", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Print how many checks ran, how many mutants were caught, and how long delivery took."""
    passed, failed = (
        Counter(
            (key, name)
            for report in terminalreporter.stats.get(outcome, [])
            if report.when == "call"
            for key, name in report.user_properties
        )
        for outcome in ("passed", "failed")
    )
    ran = Counter({name: n for (key, name), n in (passed + failed).items() if key == "app"})
    if ran:
        each = ", ".join(f"{name} {count}" for name, count in sorted(ran.items()))
        apps = "app" if len(ran) == 1 else "apps"
        terminalreporter.write_line(f"{ran.total()} checks ran on {len(ran)} {apps}: {each}")
    tried = Counter({name: n for (key, name), n in (passed + failed).items() if key == "mutant of"})
    caught = Counter({name: n for (key, name), n in passed.items() if key == "mutant of"})
    if tried:
        apps = "app" if len(tried) == 1 else "apps"
        how_many = "each" if caught == tried else f"only {caught.total()} of them"
        terminalreporter.write_line(
            f"{tried.total()} mutants of {len(tried)} {apps}, {how_many} caught by its own check"
        )
    for said in sorted(name for key, name in passed if key == "load"):
        terminalreporter.write_line(said)
