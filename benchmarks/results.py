"""The results of a run, and the numbers that follow from them: spreads, ratios and goals."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import LinearRegression, linear_regression

from .contenders import BARE_FLASK, CEILING, EXPRESS, FLASK_SOCKETIO, MEMORY

MOST_GROWTH = 1.10  # of a comment's cost, from 500 strangers to 3,000
FEW, MANY = "strangers:500", "strangers:3000"
MOST_KB, HELD = 60, 5_000  # of a held socket, and the number of held sockets
AHEAD = 1.5  # the ratio to Flask-SocketIO where goal 1 asks for a clear lead
BARE_PAGES, CEILINGS = 3, 1.3  # how many times as much as at the limits: see goal 5
SETTLED = 2  # a ceiling this many times as high as the best contender doesn't limit it


@dataclass(frozen=True)
class Line:
    """One line of the tables: a number of a measure."""

    title: str
    measure: str
    number: str
    unit: str

    @property
    def is_rate(self) -> bool:
        """Whether more is better."""
        return self.unit == "/s"

    def text(self, value: float) -> str:
        digits = 2 if value < 10 and not self.is_rate else 1 if value < 100 else 0
        return f"{value:,.{digits}f}"


LINES = [
    Line("handshakes", "handshakes", "per_second", "/s"),
    Line("dashboards", "dashboard", "per_second", "/s"),
    Line("sessions, as JSON", "session", "per_second", "/s"),
    *(
        Line(f"last of {friends} friends", f"last_friend:{friends}", "median_ms", "ms")
        for friends in (10, 100, 500)
    ),
    *(
        Line(f"notifications, {friends} friends", f"sustained:{friends}", "per_second", "/s")
        for friends in (100, 500)
    ),
    Line("one of 10 friends, p50", "latency", "p50_ms", "ms"),
    Line("one of 10 friends, p99", "latency", "p99_ms", "ms"),
    Line("memory of an idle socket", "memory", "kb_each", "kB"),
]
# Not memory: the memory of Express depends on when its garbage collector runs.
WITH_RATIO = [line for line in LINES if line.measure != "memory"]


@dataclass(frozen=True)
class Spread:
    """The median of the rounds, along with the lowest and the highest value."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread | None":
        return cls(statistics.median(values), min(values), max(values)) if values else None


@dataclass(frozen=True)
class Verdict:
    """One contender's result on one line of a goal. `value` is None if it wasn't measured."""

    value: Spread | None
    is_reached: bool
    missed_by: str = ""


class Results:
    """A run, as stored in report.json."""

    def __init__(self, run: dict):
        self.run = run
        self.settings: list[str] = [*run["results"]]
        self.held: dict[str, dict] = run["held"]

    def names(self, setting: str) -> list[str]:
        return [*self.run["results"].get(setting, {})]

    def rounds(self, setting: str, name: str, measure: str, number: str) -> list[float | None]:
        rounds = self.run["results"].get(setting, {}).get(name, [])
        return [one.get(measure, {}).get(number) for one in rounds]

    def spread(self, setting: str, name: str, measure: str, number: str) -> Spread | None:
        values = self.rounds(setting, name, measure, number)
        return Spread.of([value for value in values if value is not None])

    def line(self, setting: str, name: str, line: Line) -> Spread | None:
        return self.spread(setting, name, line.measure, line.number)

    def ratio(self, setting: str, name: str, other: str, line: Line) -> Spread | None:
        """Return the ratio of one contender's number to another's, taken in each round."""
        rounds = (self.rounds(setting, each, line.measure, line.number) for each in (name, other))
        pairs = zip(*rounds, strict=False)
        return Spread.of([one / two for one, two in pairs if one is not None and two])

    def growth(self, name: str) -> Spread | None:
        """Return the ratio of a comment's cost with 3,000 strangers to its cost with 500."""
        few, many = (self.rounds(MEMORY, name, each, "cpu_ms") for each in (FEW, MANY))
        return Spread.of([two / one for one, two in zip(few, many, strict=False) if one and two])

    def costs(self, name: str, measure: str) -> dict[int, float]:
        """Return a comment's cost in ms of CPU time, by the number of friends or strangers.

        Take the lowest cost of all rounds, because other work on the machine can only add to it.
        """
        rounds = self.run["results"].get(MEMORY, {}).get(name, [])
        sizes = {key for one in rounds for key in one if key.startswith(f"{measure}:")}
        spreads = {
            int(key.split(":")[1]): self.spread(MEMORY, name, key, "cpu_ms") for key in sizes
        }
        return {size: spreads[size].least for size in sorted(spreads) if spreads[size]}

    def share(self, setting: str, line: Line, names: list[str], whose: str) -> Spread | None:
        """Return the share of a core that the `generator` or `server` used in all these runs."""
        rounds = [self.rounds(setting, name, line.measure, whose) for name in names]
        return Spread.of([share for each in rounds for share in each if share is not None])

    # The goals, for one contender.

    def against_flask_socketio(self, setting: str, name: str, line: Line) -> Verdict:
        wanted = AHEAD if line.measure.startswith(("handshakes", "sustained")) else 1.0
        return self._against(FLASK_SOCKETIO, setting, name, line, wanted)

    def against_express(self, setting: str, name: str, line: Line) -> Verdict:
        return self._against(EXPRESS, setting, name, line, 1.0)

    def _against(self, other: str, setting: str, name: str, line: Line, wanted: float) -> Verdict:
        ratio = self.ratio(setting, name, other, line)
        if ratio is None:
            return Verdict(None, False)
        if line.is_rate:
            missed_by = f"{percent(1 - ratio.median / wanted)} short"
            return Verdict(ratio, ratio.median >= wanted, missed_by)
        return Verdict(ratio, ratio.median <= wanted, f"{percent(ratio.median / wanted - 1)} over")

    def flat(self, name: str) -> Verdict:
        growth = self.growth(name)
        if growth is None:
            return Verdict(None, False)
        missed_by = f"{percent(growth.median / MOST_GROWTH - 1)} over"
        return Verdict(growth, growth.median <= MOST_GROWTH, missed_by)

    def page_costs(self, name: str) -> Verdict:
        """Compare the time for a dashboard with that of bare Flask for as many bytes."""
        dashboards = next(line for line in LINES if line.measure == "dashboard")
        return self._near(self.ratio(MEMORY, BARE_FLASK, name, dashboards), BARE_PAGES)

    def friend_costs(self, name: str) -> Verdict:
        """Compare the CPU time for each additional friend with that of the ceiling."""
        lines = self.cost_of_friends(name), self.cost_of_friends(CEILING)
        ratio = Spread.of([lines[0].slope / lines[1].slope]) if all(lines) else None
        return self._near(ratio, CEILINGS)

    def cost_of_friends(self, name: str) -> LinearRegression | None:
        """Return the line through a comment's costs in ms, by the number of friends."""
        costs = self.costs(name, "friends")
        return linear_regression([*costs], [*costs.values()]) if len(costs) > 2 else None

    def _near(self, ratio: Spread | None, most: float) -> Verdict:
        if ratio is None:
            return Verdict(None, False)
        return Verdict(ratio, ratio.median <= most, f"the goal is {most:g}")

    def holds(self, name: str) -> bool | None:
        """Return whether a contender held the sockets of goal 4, or None if that wasn't tried."""
        held = self.held.get(name, {})
        if "fault" in held:
            return False
        if held.get("sockets", 0) < HELD or held["ping_cycles"] < 2:
            return None
        return held["dropped"] == 0 and held["kb_each"] < MOST_KB

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield each place where a number is missing, and the reason."""
        for setting, names in self.run["results"].items():
            for name, rounds in names.items():
                for number, one in enumerate(rounds, 1):
                    for measure, numbers in one.items():
                        if "fault" in numbers:
                            where = f"{name}, {setting}, round {number}, {measure}"
                            yield where, numbers["fault"]
        for name, numbers in self.held.items():
            if "fault" in numbers:
                yield f"{name}, held", numbers["fault"]


def percent(part: float) -> str:
    if 0 < part < 0.01:
        return "less than 1 %"
    return f"{100 * part:.0f} %"
