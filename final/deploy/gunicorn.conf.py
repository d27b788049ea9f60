"""One instance of the app under gunicorn: `gunicorn --config final/deploy/gunicorn.conf.py`.

An instance is one process. For a second process, start another instance on another PORT. nginx
distributes the users (nginx.conf.template), because a client that polls must return to the same
process, and gunicorn's workers share one port. Settings come from the environment: see
docs/settings.md.
"""

import contextlib
import os
import resource
import sys

from gunicorn.workers.ggevent import GeventWorker

from final.settings.config import Config, ConfigError

os.environ.setdefault("GEVENT_TRACK_GREENLET_TREE", "0")  # as in final/__main__.py

try:
    settings = Config.from_environment()
except ConfigError as error:
    sys.exit(str(error))


class Worker(GeventWorker):
    """gunicorn's gevent worker with the server of `python -m final`, which ends gracefully.

    All imports but the settings stand inside the methods, and preload_app stays off, because
    gevent has to patch the standard library first.
    """

    def patch(self) -> None:
        super().patch()
        from final.server import log
        from final.server.wsgi import Server

        self.server_class = Server
        log.set_up(settings.production)

    def load_wsgi(self) -> None:
        from pymongo.errors import PyMongoError

        from final.domain.database import NO_MONGODB
        from final.domain.snapshot import reason

        try:
            super().load_wsgi()
        except ConfigError as error:
            self.log.critical("%s", error)
            sys.exit(WORKER_BOOT_ERROR)
        except PyMongoError as error:
            self.log.critical("%s: %s.", NO_MONGODB, reason(error))
            sys.exit(WORKER_BOOT_ERROR)


WORKER_BOOT_ERROR = 3  # tells gunicorn not to try again and again

wsgi_app = "final.app:create_app()"
host = f"[{settings.host}]" if ":" in settings.host else settings.host
bind = f"{host}:{settings.port}"
workers = 1
worker_class = Worker
worker_connections = 10_000  # an open page is one
graceful_timeout = 10  # seconds to finish open requests, as in final/server/wsgi.py
control_socket_disable = True  # because several instances would fight for the socket
if os.path.isdir("/dev/shm"):  # for the worker's heartbeat file, which a disk could delay
    worker_tmp_dir = "/dev/shm"

# Each connection is an open file. By default, a process may have about a thousand of these.
may_have, at_most = resource.getrlimit(resource.RLIMIT_NOFILE)
with contextlib.suppress(ValueError, OSError):
    wanted = max(may_have, 2 * worker_connections)
    if at_most != resource.RLIM_INFINITY:
        wanted = min(wanted, at_most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, at_most))
