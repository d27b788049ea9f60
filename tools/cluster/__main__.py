"""`python -m tools.cluster` runs final/ in several processes, to be looked at: `make cluster`."""

import os
import signal
import sys

from final.server.address import listen
from final.settings.config import Config, ConfigError
from tools.cluster import running_cluster, what_is_missing

TEXT = """
Two Doors is open in two processes, with nginx in front of them, and MongoDB and Redis behind:

  {url:<26} through nginx, which keeps each visitor at one of the two
  {one:<26} the first, past nginx
  {two:<26} the second, past nginx

Be Ada in one browser, and Grace in another one or in a private window. What Ada writes, Grace sees
at once, wherever the two are. Then kill a part of it, in another terminal. Pages that were opened
through nginx come back, if the other process is alive. What was killed stays dead.

  kill -9 -- -{first}       the first process
  kill -9 -- -{second}       the second
  kill -9 -- -{redis}       Redis
  kill -9 -- -{mongodb}       MongoDB

What the two processes say is in {first_log}
and {second_log}.

Ctrl-C stops all of it, and leaves nothing behind.
"""


def stop(*_) -> None:
    """Stop, and do not let that be interrupted."""
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
        listen("127.0.0.1", port).close()  # it is free
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
