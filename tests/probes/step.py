"""A step with the probes of shared_session.py, for Flask to run. PROBED_STEP names its folder."""

import importlib
import os
import sys

from tests import probes

sys.path.insert(0, os.environ["PROBED_STEP"])
step = importlib.import_module("app")
app = step.app
probes.add(["shared_session"], app=app, sio=step.sio)

event = importlib.import_module("sockets").event
for handler in importlib.import_module("tests.probes.shared_session").HANDLERS:
    event(handler)
