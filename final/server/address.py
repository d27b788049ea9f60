"""The address that the server listens on, and the URL that opens it in a browser."""

import errno
import socket

from ..settings.config import ConfigError

# {a host that means all addresses of this machine: one of them that a browser can open}
ALL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`. Raise ConfigError if that's impossible.

    An empty host means all addresses of this machine, and port 0 means any free port.
    """
    both = socket.has_dualstack_ipv6()
    try:
        host.encode("idna")  # gevent would print a traceback for an invalid host name
        found = socket.getaddrinfo(
            host or ("::" if both else "0.0.0.0"), port, type=socket.SOCK_STREAM
        )
        found.sort(key=lambda each: each[0] != socket.AF_INET)  # IPv4 first, as for "localhost"
        family, *_, address = found[0]
        both = both and family == socket.AF_INET6
        return socket.create_server(address, family=family, backlog=1024, dualstack_ipv6=both)
    except (OSError, UnicodeError) as error:
        is_port = isinstance(error, OSError) and error.errno in {errno.EADDRINUSE, errno.EACCES}
        reason = str(getattr(error, "strerror", None) or error).partition(" (")[0]
        setting = f"PORT={port}" if is_port else f"HOST={host}"
        advice = "Choose another port" if is_port else "Choose an address of this machine"
        raise ConfigError(f"{setting} cannot be used: {reason}. {advice}.") from error


def browser_url(host: str, listener: socket.socket) -> str:
    """Return a URL for a browser on this machine. `host` is the setting."""
    bound, port = listener.getsockname()[:2]
    if bound in ALL_ADDRESSES:
        host = ALL_ADDRESSES[bound] if host else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
