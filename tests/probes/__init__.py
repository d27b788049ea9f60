"""Probes: code added to a running app from outside, to look into it or to break a part of it.

`python -m tests.probes delivery threads` runs final/ with two of these modules. Each finds the app
here when it's imported, and may import others.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    app: Flask
    sio: Any
    sockets: Any  # of final/


def add(names: list[str], **parts: Any) -> None:
    """Give these parts of an app to the probes, and run the probes."""
    globals().update(parts)
    for name in names:
        importlib.import_module(f"{__name__}.{name}")
