"""A step with probes, for Flask to run. PROBED_STEP names its folder, and PROBES the probes."""

import functools
import importlib
import os
import sys

from tests import probes

sys.path.insert(0, os.environ["PROBED_STEP"])
step = importlib.import_module("app")
app = step.app
names = os.environ["PROBES"].split()
probes.add(names, app=app, sio=step.sio)

event = importlib.import_module("sockets").event


def without_data(handler):
    """Return the handler with a parameter for an event's data, which steps from 06 on pass."""

    @functools.wraps(handler)
    def call(session, *_):
        return handler(session)

    return call


if "shared_session" in names:
    for handler in importlib.import_module("tests.probes.shared_session").HANDLERS:
        event(without_data(handler))
