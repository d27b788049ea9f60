"""`python -m benchmarks.ours` serves final/ as `python -m final` does, with what benchmarks want.

    PORT, HOST      where it listens (5000, 127.0.0.1)
    MONGODB_URI     keep everything in the database that this names; else in memory
    SECRET_KEY      signs the cookie; without one, a new one is made at each start
    SEED_PEOPLE=N   begin with N people: person-0@example.org, person-1@example.org …, whose
                    password, "correct horse battery", is kept so that it is cheap to check
    SEED_FRIENDS=F  … of whom person 0 has F friends: the persons 1 to F

The other settings are those of final/. Without PANEL=1 there is no panel, as in production.
"""

from gevent import monkey

monkey.patch_all()  # before anything else is imported, or it would keep the unpatched parts

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
    usual |= {"POSTS_PER_SECOND": "1000000", "COMMENTS_PER_HOUR": "1000000000"}  # one author writes
    environ = usual | os.environ
    config = Config.from_environment(environ)
    log.set_up(production=True)
    logging.getLogger("final").setLevel(logging.WARNING)  # the others log nothing, either
    data = in_database(config) if config.mongodb_uri else in_memory(config)
    seed(data, int(environ.get("SEED_PEOPLE", 0)), int(environ.get("SEED_FRIENDS", 0)))
    serve(create_app(config, data), config, listen(config.host, config.port))


if __name__ == "__main__":
    main()
