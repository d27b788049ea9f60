"""The machine that the benchmarks ran on, and the versions of the software."""

import json
import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pymongo

PACKAGES = (
    "flask",
    "flask-login",
    "flask-session",
    "flask-socketio",
    "gevent",
    "pymongo",
    "python-engineio",
    "python-socketio",
    "simple-websocket",
    "uvloop",
    "werkzeug",
    "wsproto",
)
LOCK = Path(__file__).parent / "express" / "package-lock.json"
OF_NODE = ("express", "express-session", "passport", "socket.io", "engine.io", "ws", "mongodb")


def about(mongodb: str | None, server_core: int | None, load_core: int | None) -> dict:
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "server_core": server_core,
        "load_core": load_core,
        "versions": versions(mongodb),
    }


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def versions(mongodb: str | None) -> dict[str, str]:
    found = {"Python": platform.python_version()}
    if node := shutil.which("node"):
        told = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
        found["Node.js"] = told.strip().removeprefix("v")
        packages = json.loads(LOCK.read_text("utf-8"))["packages"]
        for name in OF_NODE:
            found[f"{name} (npm)"] = packages[f"node_modules/{name}"]["version"]
    if mongodb:
        with pymongo.MongoClient(mongodb) as client:
            found["MongoDB"] = client.server_info()["version"]
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
