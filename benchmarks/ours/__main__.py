"""`python -m benchmarks.ours` serves final/ like `python -m final`, with settings for benchmarks.

    PORT, HOST      the address to listen on (5000, 127.0.0.1)
    MONGODB_URI     keep everything in this database instead of in memory
    SECRET_KEY      the key that signs the cookie (a new one at each start)
    SEED_PEOPLE=N   start with N people: person-0@example.org, person-1@example.org, and so on.
                    Their password is "correct horse battery", with a hash that is cheap to check
    SEED_FRIENDS=F  make persons 1 to F friends of person 0

All other settings are those of final/. Without PANEL=1, there is no panel, as in production.
"""

from gevent import monkey

monkey.patch_all()  # before all other imports, which would keep the unpatched functions

import logging  # noqa: E402
import os  # noqa: E402
import secrets  # noqa: E402

from final.__main__ import serve  # noqa: E402
from final.app import create_app, in_database  # noqa: E402
from final.server import log  # noqa: E402
from final.server.address import listen  # noqa: E402
from final.settings.config import Config  # noqa: E402

from .memory import in_memory  # noqa: E402
from .seed import seed  # noqa: E402


def main() -> None:
    usual = {"SECRET_KEY": secrets.token_urlsafe(32), "DEMO": "0", "PANEL": "0"}
    usual |= {"POSTS_PER_SECOND": "1000000", "COMMENTS_PER_HOUR": "1000000000"}  # for one author
    environ = usual | os.environ
    config = Config.from_environment(environ)
    log.set_up(production=True)
    logging.getLogger("final").setLevel(logging.WARNING)  # the other apps log nothing, either
    data = in_database(config) if config.mongodb_uri else in_memory(config)
    seed(data, int(environ.get("SEED_PEOPLE", 0)), int(environ.get("SEED_FRIENDS", 0)))
    serve(create_app(config, data), config, listen(config.host, config.port))


if __name__ == "__main__":
    main()
