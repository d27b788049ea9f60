"""An experiment: a cluster under load, a fault, and its consequences."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser

from tools import mongo
from tools.cluster import Cluster, running_cluster
from tools.faults.load import Crowd
from tools.faults.witness import Witness
from tools.people import eventually

BEFORE = 3  # seconds of load, or up to twice as many, before the fault
AWAY = 8  # seconds until a killed part is started again
AFTER = 5  # seconds of load after the recovery
PATIENCE_WITH_DATABASE = 5  # seconds in which the app tries to reach it: final/domain/database.py
PATIENCE = 60  # seconds until every comment must be shown


@dataclass(frozen=True)
class Result:
    """The result of a fault. `shown`, `lost` and `twice` count a comment once for each reader."""

    fault: str
    seed: int
    sent: int
    shown: int
    lost: int
    twice: int  # shown or received once more
    strangers: int  # shown to someone who isn't a friend
    longest: float  # seconds from the answer to an author until a friend is shown the comment
    disturbed: int | None  # lost connections to processes that the fault didn't touch
    answers: Counter[str]  # to the authors
    said: list[str]  # by the page in the browser


class Scene:
    """Everything that a fault can affect."""

    def __init__(self, cluster: Cluster, crowd: Crowd, witness: Witness, chance: random.Random):
        self.cluster = cluster
        self.crowd = crowd
        self.witness = witness
        self.chance = chance
        self.touched: set[str] = set()  # ports of processes that may lose connections

    def kill_an_instance(self) -> None:
        victim = self.chance.choice(self.cluster.instances)
        self.touched.add(str(victim.port))
        victim.kill()
        time.sleep(AWAY)
        victim.start()

    def kill_redis(self) -> None:
        self.cluster.redis.stop()
        time.sleep(AWAY)
        self.cluster.redis.start()

    def kill_mongodb(self) -> None:
        self.cluster.mongod.stop()
        time.sleep(AWAY + PATIENCE_WITH_DATABASE)
        self.cluster.mongod.start()

    def restart_one_after_the_other(self) -> None:
        for instance in self.cluster.instances:
            self.touched.add(str(instance.port))
            instance.stop()
            instance.start()
            time.sleep(AFTER)

    def cut_off_the_browser(self) -> None:
        self.witness.set_offline(True)
        time.sleep(AWAY)
        self.witness.set_offline(False)


FAULTS: dict[str, Callable[[Scene], None]] = {
    "one of two app processes is killed": Scene.kill_an_instance,
    "Redis is killed": Scene.kill_redis,
    "MongoDB is killed": Scene.kill_mongodb,
    "both app processes are restarted, one after the other": Scene.restart_one_after_the_other,
    "a browser loses its network": Scene.cut_off_the_browser,
}


def run(fault: str, seed: int, people: int, per_second: float, browser: Browser) -> Result:
    """Run one experiment, on a cluster of its own."""
    with running_cluster(PANEL="1", DEMO="0") as cluster:
        with mongo.database_at(cluster.mongod.uri) as database:
            crowd = Crowd(cluster.url, database, people, per_second, seed)
        crowd.begin()
        try:
            witness = Witness(browser, cluster.url, crowd.cookies[0])
            try:
                scene = Scene(cluster, crowd, witness, random.Random(seed))
                return observe(fault, seed, scene)
            finally:
                witness.close()
        finally:
            crowd.stop_posting()
            crowd.end()


def observe(fault: str, seed: int, scene: Scene) -> Result:
    crowd, witness = scene.crowd, scene.witness
    if not eventually(lambda: crowd.is_connected and witness.is_connected, PATIENCE):
        raise RuntimeError("not everyone can connect, although nothing is broken yet")
    crowd.begin_posting()
    time.sleep(BEFORE * (1 + scene.chance.random()))
    FAULTS[fault](scene)
    time.sleep(AFTER)
    crowd.stop_posting()
    eventually(lambda: not missing(crowd, witness), PATIENCE)
    eventually(lambda: witness.said[-1:] == ["connected"], PATIENCE)

    on_page = witness.shown
    return Result(
        fault=fault,
        seed=seed,
        sent=len(crowd.sent),
        shown=sum(len(page.shown) for page in crowd.pages) + len(on_page),
        lost=len(missing(crowd, witness)),
        twice=sum(len(page.came_twice) for page in crowd.pages) + len(on_page) - len(dict(on_page)),
        strangers=crowd.wrongly_shown(),
        longest=max(crowd.waits(0, dict(on_page)) + crowd.all_waits()),
        disturbed=disturbed(scene),
        answers=crowd.answers,
        said=witness.said,
    )


def disturbed(scene: Scene) -> int | None:
    """Count the lost connections to untouched processes. Return None if all were touched."""
    if len(scene.touched) == len(scene.cluster.instances):
        return None
    losses = [loss for page in scene.crowd.pages for loss in page.losses]
    return sum(loss.process.rpartition(":")[2] not in scene.touched for loss in losses)


def missing(crowd: Crowd, witness: Witness) -> list[str]:
    """Return the comments that someone isn't shown yet. The first person has the browser."""
    shown = dict(witness.shown)
    return [comment for comment, _ in crowd.missing()] + [
        comment
        for comment, (author, _) in crowd.sent.items()
        if 0 in crowd.friends_of(author) and comment not in shown
    ]
