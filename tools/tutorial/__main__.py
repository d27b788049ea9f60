"""`python -m tools.tutorial` records the apps and fills in the texts. --text only fills them in."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tools.folders import ROOT
from tools.tutorial.pieces import RECORDED
from tools.tutorial.record import STEPS
from tools.tutorial.text import TEXTS, made_anew


def record(step: str) -> None:
    command = [sys.executable, "-m", "tools.tutorial.record", str(RECORDED), step]
    subprocess.run(command, cwd=ROOT, check=True)


def record_all() -> None:
    RECORDED.mkdir(parents=True, exist_ok=True)
    for text in RECORDED.glob("*.txt"):
        text.unlink()  # so that no outdated recording stays
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(record, STEPS))


def main() -> None:
    if "--text" not in sys.argv:
        record_all()
    for path in TEXTS:
        path.write_text(made_anew(path.read_text("utf-8"), path), "utf-8")


if __name__ == "__main__":
    main()
