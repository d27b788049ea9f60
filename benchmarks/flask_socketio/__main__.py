"""`python -m benchmarks.flask_socketio` serves the app, on gevent."""

from gevent import monkey

monkey.patch_all()  # before all other imports, which would keep the unpatched functions

import os  # noqa: E402
import sys  # noqa: E402

from gevent.pywsgi import WSGIHandler  # noqa: E402

if os.environ.get("WEBSOCKET") == "gevent-websocket":
    from geventwebsocket.handler import WebSocketHandler as WSGIHandler
else:
    sys.modules["geventwebsocket"] = None  # or it would be used wherever it's installed

from ..gevent_server import serve  # noqa: E402
from .app import app  # noqa: E402

if __name__ == "__main__":
    serve(app, WSGIHandler)
