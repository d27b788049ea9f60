"""`python -m tests.fuzz.short_pings` runs final/ with a ping each second."""

from gevent import monkey

monkey.patch_all()

import functools  # noqa: E402
import runpy  # noqa: E402

import socketio  # noqa: E402

if __name__ == "__main__":
    init = socketio.Server.__init__
    socketio.Server.__init__ = functools.partialmethod(init, ping_interval=1)
    runpy.run_module("final", run_name="__main__")
