"""`python -m tools.services FOLDER` starts services for two processes of an app: `make services`.

These are MongoDB, Redis, and nginx with the nginx.conf from the app's folder. They run until you
press Ctrl-C.
"""

import argparse
import contextlib
import os
import re
import shlex
import signal
import socket
import sys
from pathlib import Path

from tools import programs
from tools.mongo import Mongod
from tools.mongod import find_program, why_none
from tools.proxy import Proxy
from tools.redis import Redis
from tools.servers import free_port

PORTS = {"MongoDB": 27117, "Redis": 6479}  # not the default ports, which may be in use
PROCESSES = (5001, 5002)  # the ports that nginx.conf names
LISTENED_AT = 5000  # nginx's own port in nginx.conf


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.services", description=__doc__)
    parser.add_argument("folder", type=Path, help="of the app")
    folder = parser.parse_args().folder
    if not (folder / "app.py").exists():
        sys.exit(f"{folder} has no app.py. Name the folder of your app.")
    for signum in signal.SIGINT, signal.SIGTERM:
        signal.signal(signum, lambda *_: sys.exit())
    with contextlib.ExitStack() as running:
        run(folder, running)


def run(folder: Path, running: contextlib.ExitStack) -> None:
    """Start the services that are installed, print how to go on, and wait."""
    missing = []
    settings = {}
    redis = None

    def start(part) -> None:
        running.callback(part.close)
        part.start()

    print("Starting MongoDB, Redis and nginx ...", flush=True)
    if program := find_program():
        mongod = Mongod(program, free_or(PORTS["MongoDB"]))
        start(mongod)
        settings["MONGODB_URI"] = mongod.uri.partition("/?")[0]
    else:
        missing.append(why_none())
    if program := programs.find("redis-server"):
        redis = Redis(program, free_or(PORTS["Redis"]))
        start(redis)
        settings["REDIS_URL"] = redis.url
    else:
        missing.append(programs.how_to_get(["redis-server"]))
    proxy = proxy_of(folder, missing)
    if proxy:
        start(proxy)
    for problem in missing:
        print(f"Missing: {problem}.")
    if not settings:
        sys.exit(1)
    print(how_to_go_on(folder, settings, proxy), flush=True)
    for _ in sys.stdin if redis else []:
        toggle(redis)
    while True:
        signal.pause()


def free_or(port: int) -> int:
    """Return this port, or another one if this one is in use."""
    with contextlib.suppress(OSError):
        socket.create_server(("127.0.0.1", port)).close()
        return port
    return free_port()


def proxy_of(folder: Path, missing: list[str]) -> Proxy | None:
    """Return nginx with the app's settings, on PORT, or None if something is missing."""
    file, port = folder / "nginx.conf", int(os.environ.get("PORT", LISTENED_AT))
    if not programs.find("nginx"):
        missing.append(programs.how_to_get(["nginx"]))
    elif not file.exists():
        missing.append(f"there is no {file} yet, so nothing joins the two processes as one site")
    elif free_or(port) != port:
        missing.append(f"port {port} is in use, so nginx can't listen there: set PORT=8000")
    else:
        proxy = Proxy(port)
        text = file.read_text("utf-8")
        proxy.settings.write_text(re.sub(rf":{LISTENED_AT}\b", f":{port}", text), "utf-8")
        return proxy
    return None


def how_to_go_on(folder: Path, settings: dict[str, str], proxy: Proxy | None) -> str:
    app = shlex.quote(str(folder))
    assigned = " ".join(f"{name}={value}" for name, value in settings.items())
    flask = shlex.quote(str(Path(sys.executable).with_name("flask")))
    with_make = [f"  make serve APP={app} PORT={port} {assigned}" for port in PROCESSES]
    without = f"  {assigned} {flask} --app {app}/app run --debug --port {PROCESSES[0]}"
    lines = ["", "Start the app in two other terminals:", "", *with_make, "", "Without make:", ""]
    lines += [without, f"  (and the same with --port {PROCESSES[1]})", ""]
    if proxy:
        lines.append(f"{proxy.url} then leads through nginx to one of them.")
    if "REDIS_URL" in settings:
        lines.append("Press Enter to kill Redis, and again to start it.")
    return "\n".join([*lines, "Press Ctrl-C to stop everything."])


def toggle(redis: Redis) -> None:
    """Kill Redis if it runs, and start it if it doesn't."""
    if redis.process:
        redis.kill()
        print("Redis is killed. Press Enter to start it.", flush=True)
    else:
        redis.start()
        print("Redis runs again.", flush=True)


if __name__ == "__main__":
    main()
