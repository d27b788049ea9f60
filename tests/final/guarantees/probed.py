"""final/ with probes: code that is added from outside, to look into the app and to break parts."""

from contextlib import AbstractContextManager
from pathlib import Path

from tools.servers import FINAL, ROOT, App, Server, running

MAIN = """
import sys
sys.path.insert(0, {root!r})
from gevent import monkey
monkey.patch_all()
import final.app
create_app = final.app.create_app

def create_app_with_probes(config=None):
    app = create_app(config)
    exec({probes!r}, {{"app": app, "sockets": app.extensions["sockets"]}})
    return app

final.app.create_app = create_app_with_probes
from final.__main__ import main
main()
"""


def running_with(probes: str, folder: Path, **settings: str) -> AbstractContextManager[Server]:
    """Start the app from this empty folder; the probes know its `app` and its `sockets`."""
    (folder / "__main__.py").write_text(MAIN.format(root=str(ROOT), probes=probes), "utf-8")
    return running(App("final", FINAL, folder), **settings)
