"""`python -m tests.probes NAME ...` runs final/ with these probes."""

from gevent import monkey

monkey.patch_all()  # before anything else is imported, as final/__main__.py does

import sys  # noqa: E402

import final.app  # noqa: E402
from tests import probes  # noqa: E402

create_app = final.app.create_app


def create_app_with_probes(config=None):
    app = create_app(config)
    sockets = app.extensions["sockets"]
    probes.add(sys.argv[1:], app=app, sockets=sockets, sio=sockets.sio)
    return app


if __name__ == "__main__":
    final.app.create_app = create_app_with_probes
    from final.__main__ import main

    main()
