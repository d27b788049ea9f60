"""The plots of the report."""

from pathlib import Path

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from .contenders import EXPRESS, MEMORY
from .results import LINES, Results

COLOURS = dict(
    zip(
        ("ours", "ours, fast wire", "step 04", "Flask-SocketIO", "ceiling", EXPRESS),
        ("#1f77b4", "#0b3d66", "#9ecae1", "#2ca02c", "#bbbbbb", "#d62728"),
        strict=True,
    )
)


def draw(results: Results, folder: Path) -> None:
    """Draw all plots into a folder."""
    folder.mkdir(exist_ok=True)
    # The same results make the same files.
    plt.rcParams.update({"svg.hashsalt": "two doors", "font.size": 9})
    ratios(results, folder / "ratios.svg")
    costs(results, folder / "strangers.svg", "strangers", "people connected who are no friends")
    costs(results, folder / "friends.svg", "friends", "friends of the author")


def ratios(results: Results, path: Path) -> None:
    settings = results.settings
    figure, axes = plt.subplots(
        1, max(1, len(settings)), figsize=(9, 6), sharey=True, squeeze=False, layout="constrained"
    )
    for axis, setting in zip(axes[0], settings, strict=False):
        bars(axis, results, setting)
    axes[0][0].invert_yaxis()
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    save(figure, path)


def bars(axis: Axes, results: Results, setting: str) -> None:
    """How many times as good as Express, so that longer is better in every line."""
    names = [name for name in COLOURS if name != EXPRESS]
    lines = [line for line in LINES if line.measure != "memory"]
    height = 0.8 / len(names)
    for place, name in enumerate(names):
        at, widths = [], []
        for number, line in enumerate(lines):
            if ratio := results.ratio(setting, name, EXPRESS, line):
                at.append(number + (place + 0.5) * height - 0.4)
                widths.append(ratio.median if line.is_rate else 1 / ratio.median)
        axis.barh(at, [w - 1 for w in widths], height, left=1, label=name, color=COLOURS[name])
    axis.axvline(1, color=COLOURS[EXPRESS], linewidth=1)
    axis.set(xscale="log", title=setting, xlabel="times as good as Express")
    ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10]
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.minorticks_off()
    axis.set_yticks(range(len(lines)), [line.title for line in lines])


def costs(results: Results, path: Path, measure: str, label: str) -> None:
    figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
    for name in results.names(MEMORY):
        if costs := results.costs(name, measure):
            axis.plot([*costs], [*costs.values()], "o-", label=name, color=COLOURS.get(name))
    axis.set(xlabel=label, ylabel="ms of the server's CPU time for a comment")
    axis.set_xlim(left=0)
    axis.set_ylim(bottom=0)
    if axis.lines:
        axis.legend()
    save(figure, path)


def save(figure, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
