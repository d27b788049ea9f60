"""Step 07 where its checks can't look: a process that ends while the database is away."""

import time

import pytest

from tools.mongo import Mongod
from tools.mongod import find_program, why_none
from tools.servers import INTERRUPT, our_apps, running

QUICKLY = 10  # seconds; a look-up of a MongoDB that is away takes 30


def test_a_process_ends_quickly_while_the_database_is_away():
    program = find_program()
    if program is None:
        pytest.skip(why_none())
    [app] = [app for app in our_apps() if app.step == 7]
    mongod = Mongod(program)
    try:
        mongod.start()
        with running(app, MONGODB_URI=mongod.uri) as server:
            mongod.kill()
            begun = time.monotonic()
            server.stop(INTERRUPT)
            assert time.monotonic() - begun < QUICKLY
            assert "Traceback" not in server.printed
    finally:
        mongod.close()
