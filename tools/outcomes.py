"""Runs the tests in a folder, and writes the outcome of each into a file for tools/story.py.

It imports none of our modules, because the author of the tests may have modules of the same name.
"""

import json
import sys
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError, expect

MESSAGE_LINES = 6  # lines of a failure's message


class Outcomes:
    """Collects the tests that pass, and the failures.

    A failure has noticed something if an expectation in the test itself does not hold, or if the
    test waits in vain for something on a page. An error in a fixture has noticed nothing.
    """

    def __init__(self):
        self.passed: list[str] = []
        self.failures: list[dict] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if report.failed:
            error = call.excinfo and call.excinfo.value
            where = {"setup": "Before", "call": "In", "teardown": "After"}[call.when]
            self.fail(report, where, call.when == "call" and is_noticing(error), error)
        elif call.when == "call" and report.passed:
            self.passed.append(report.nodeid)
        return report

    def pytest_collectreport(self, report):
        if report.failed:
            self.fail(report, "Reading", False, None)

    def fail(self, report, where: str, has_noticed: bool, error: BaseException | None) -> None:
        message = f"{type(error).__name__}: {error}" if error else str(report.longrepr)
        message = message.partition("\nCall log:")[0].strip()
        lines = [line for line in message.splitlines() if line.strip()]
        kept = lines[:MESSAGE_LINES] if error else lines[-MESSAGE_LINES:]
        self.failures.append(
            {
                "test": report.nodeid,
                "has_noticed": has_noticed,
                "message": "\n".join([f"{where} {report.nodeid}:", *kept]),
            }
        )


def is_noticing(error: BaseException | None) -> bool:
    if isinstance(error, TimeoutError):
        return not str(error).startswith("Page.goto")  # the server doesn't answer
    return isinstance(error, AssertionError | pytest.fail.Exception)


def main() -> None:
    report, patience, *arguments = sys.argv[1:]
    expect.set_options(timeout=1000 * float(patience))
    outcomes = Outcomes()
    pytest.main(arguments, plugins=[outcomes])
    Path(report).write_text(json.dumps(vars(outcomes)), "utf-8")


if __name__ == "__main__":
    main()
