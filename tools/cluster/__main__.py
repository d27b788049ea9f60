"""`python -m tools.cluster` runs final/ in several processes, so you can try it: `make cluster`."""

import os
import signal
import sys

from final.server.address import listen
from final.settings.config import Config, ConfigError
from tools.cluster import running_cluster, what_is_missing

TEXT = """
Two Doors is running in two processes behind nginx, together with MongoDB and Redis:

  {url:<26} nginx, which keeps sending each visitor to the same process
  {one:<26} the first process, without nginx
  {two:<26} the second process, without nginx

Log in as Ada in one browser, and as Grace in another one or in a private window. When Ada posts a
comment, Grace sees it immediately, whichever processes they are connected to. Then kill one of the
parts from another terminal. If you kill a process, pages that you opened through nginx reconnect to
the other one. A part that you have killed isn't started again.

  kill -9 -- -{first}       the first process
  kill -9 -- -{second}       the second process
  kill -9 -- -{redis}       Redis
  kill -9 -- -{mongodb}       MongoDB

The logs of the two processes are in {first_log}
and {second_log}.

Press Ctrl-C to stop everything and delete its data.
"""


def stop(*_) -> None:
    """Exit, and ignore further signals, so that they can't interrupt the cleanup."""
    for signum in signal.SIGINT, signal.SIGTERM:
        signal.signal(signum, signal.SIG_IGN)
    sys.exit()


def main() -> None:
    if problem := what_is_missing():
        sys.exit(f"A cluster cannot be started: {problem}.")
    for signum in signal.SIGINT, signal.SIGTERM:
        signal.signal(signum, stop)
    try:
        port = Config.from_environment({"PORT": os.environ.get("PORT", "5000")}).port
        listen("127.0.0.1", port).close()  # fails if the port is in use
    except ConfigError as error:
        sys.exit(str(error))
    print("Starting MongoDB, Redis, two instances of the app, and nginx ...", flush=True)
    with running_cluster(port=port, DEMO="1", PANEL="1") as cluster:
        one, two = cluster.instances
        text = TEXT.format(
            url=cluster.url,
            one=one.url,
            two=two.url,
            first=one.process.pid,
            second=two.process.pid,
            redis=cluster.redis.process.pid,
            mongodb=cluster.mongod.process.pid,
            first_log=one.log,
            second_log=two.log,
        )
        print(text, flush=True)
        while True:
            signal.pause()


if __name__ == "__main__":
    main()
