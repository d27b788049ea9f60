"""The plots of the report."""

import textwrap
from pathlib import Path

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator

from .contenders import CEILING, EXPRESS, FAST, FLASK_SOCKETIO, MEMORY, OURS, STEP
from .results import WITH_RATIO, Results

COLOURS = {
    OURS: "#4a90c8",
    FAST: "#0b3d66",
    STEP: "#a9cce3",
    FLASK_SOCKETIO: "#2ca02c",
    EXPRESS: "#d62728",
    CEILING: "#bbbbbb",
}
BARS = (OURS, FAST, STEP, FLASK_SOCKETIO)  # compared with Express, from top to bottom


# With this salt, the same results always give the same files.
plt.rcParams.update({"svg.hashsalt": "two doors", "font.size": 9})


def draw(results: Results, folder: Path) -> None:
    """Draw all plots of the report into a folder."""
    folder.mkdir(exist_ok=True)
    ratios(results, folder / "ratios.svg")
    costs(results, folder / "strangers.svg", "strangers", "other people who are connected")
    costs(results, folder / "friends.svg", "friends", "friends of the author")


def ratios(results: Results, path: Path) -> None:
    settings = results.settings
    figure, axes = plt.subplots(
        1, max(1, len(settings)), figsize=(9, 6), sharey=True, squeeze=False, layout="constrained"
    )
    for axis, setting in zip(axes[0], settings, strict=False):
        bars(axis, results, setting)
    axes[0][0].invert_yaxis()
    legend = [Patch(color=COLOURS[name], label=name) for name in BARS]
    figure.legend(handles=legend, loc="outside lower center", ncols=len(BARS))
    save(figure, path)


def bars(axis: Axes, results: Results, setting: str) -> None:
    """Draw how many times as good as Express each app is. On every line, longer bars are better."""
    height = 0.8 / len(BARS)
    for number, line in enumerate(WITH_RATIO):
        for place, name in enumerate(BARS):
            if ratio := results.ratio(setting, name, EXPRESS, line):
                ends = ratio.median, ratio.least, ratio.most
                good, *extremes = ends if line.is_rate else (1 / end for end in ends)
                at = number - 0.4 + (place + 0.5) * height
                axis.barh(at, good - 1, height, left=1, color=COLOURS[name])
                axis.plot(extremes, [at, at], color="black", linewidth=0.7)
    axis.axvline(1, color=COLOURS[EXPRESS], linewidth=1)
    axis.set(xscale="log", title=setting, xlabel="times as good as Express")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.minorticks_off()
    axis.set_yticks(range(len(WITH_RATIO)), [line.title for line in WITH_RATIO])


def costs(results: Results, path: Path, measure: str, label: str) -> None:
    figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
    for name in results.names(MEMORY):
        if costs := results.costs(name, measure):
            axis.plot([*costs], [*costs.values()], "o-", label=name, color=COLOURS[name])
    axis.set(xlabel=label, ylabel="CPU time of a comment, in ms")
    axis.set_xlim(left=0)
    axis.set_ylim(bottom=0)
    if axis.lines:
        axis.legend()
    save(figure, path)


def growth(curves: list[dict], path: Path) -> None:
    """Draw how long users wait as the data grows, with a plot for each kind of data.

    The scales are logarithmic, and a dotted line shows how a time would grow with the data.
    """
    kinds = list(dict.fromkeys(curve["by"] for curve in curves))
    figure, axes = plt.subplots(3, 3, figsize=(9, 7.5), sharey=True, layout="constrained")
    for axis, kind in zip(axes.flat, kinds, strict=False):
        for curve in (curve for curve in curves if curve["by"] == kind):
            sizes, times = [*map(int, curve["ms"])], [*curve["ms"].values()]
            label = textwrap.fill(curve["what"], 22)
            [line] = axis.plot(sizes, times, "o-", markersize=4, label=label)
            ends = sizes[0], sizes[-1]
            linear = [times[0] * size / sizes[0] for size in ends]
            axis.plot(ends, linear, ":", linewidth=0.8, color=line.get_color())
        axis.set(xscale="log", yscale="log", xlabel=kind)
        axis.set_ylim(1, 3_000)
        for scale in axis.xaxis, axis.yaxis:
            scale.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        axis.minorticks_off()
        axis.legend(fontsize=7, loc="upper left")
    for axis in axes[:, 0]:
        axis.set_ylabel("milliseconds")
    for axis in axes.flat[len(kinds) :]:
        axis.axis("off")
    save(figure, path)


def save(figure, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)
