"""Step 07 where its checks can't look: a process without MongoDB, and a proxy without a process."""

import contextlib
import threading
import time
from http.server import HTTPServer, SimpleHTTPRequestHandler

import pytest
import requests

from tools import programs
from tools.folders import ROOT
from tools.mongo import Mongod
from tools.mongod import find_program, why_none
from tools.proxy import Proxy
from tools.servers import INTERRUPT, free_port, our_apps, running

QUICKLY = 10  # seconds. Looking for a MongoDB that is down takes 30


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


@pytest.mark.skipif(not programs.find("nginx"), reason=programs.how_to_get(["nginx"]))
def test_the_proxy_tries_a_process_again_with_the_next_request():
    settings = (ROOT / "steps" / "07-two-processes" / "nginx.conf").read_text("utf-8")
    with (
        HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler, bind_and_activate=False) as late,
        contextlib.closing(Proxy(free_port())) as proxy,
    ):
        late.server_bind()  # its port is ours, but nothing listens there yet
        for port, ours in (5000, proxy.port), (5001, late.server_port), (5002, free_port()):
            settings = settings.replace(f"127.0.0.1:{port}", f"127.0.0.1:{ours}")
        proxy.settings.write_text(settings, "utf-8")
        proxy.start()
        assert requests.get(proxy.url, timeout=10).status_code == 502
        late.server_activate()
        threading.Thread(target=late.serve_forever, daemon=True).start()
        assert requests.get(proxy.url, timeout=10).status_code == 200
        late.shutdown()
