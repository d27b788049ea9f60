"""Each process knows the sockets of the others, and removes processes that have died (G25)."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from pymongo.errors import AutoReconnect

from final.cluster.processes import Processes, SingleProcess
from final.cluster.socket_records import BATCH_SIZE, OpenSocket
from final.settings.quotas import OFFLINE_AFTER

SINCE = datetime(2016, 3, 3, 12, tzinfo=UTC)
PAST = datetime.now(UTC) - timedelta(seconds=1)
numbers = itertools.count()


class Process(Processes):
    """A process and the sockets that are open in it."""

    def __init__(self, database, name: str):
        super().__init__(database.processes, database.sockets, name)
        self.opened: list[OpenSocket] = []
        self.lives()

    def opens(self, user_id: str) -> OpenSocket:
        opened = OpenSocket(f"sid-{next(numbers)}", user_id, f"session-{user_id}", SINCE, self.name)
        self.opened.append(opened)
        self.add(opened)
        return opened

    def lives(self) -> set[str]:
        return self.heartbeat(lambda: self.opened)

    def seems_dead(self) -> None:
        """Let its last heartbeat expire, so that other processes consider it dead."""
        self.processes.update_one({"_id": self.id}, {"$set": {"expires": PAST}})


@pytest.fixture
def processes(mongodb) -> tuple[Process, Process]:
    """Return two processes that know of each other."""
    one, other = Process(mongodb, "one"), Process(mongodb, "other")
    one.lives()
    return one, other


def test_the_sockets_of_a_user_in_other_processes_are_known(processes):
    one, other = processes
    here, there = one.opens("ada"), other.opens("ada")
    other.opens("grace")
    assert one.elsewhere("ada") == [there]
    assert other.elsewhere("ada") == [here]
    assert one.elsewhere("grace") != []
    assert one.elsewhere("alan") == []


def test_a_closed_socket_is_not_counted_but_its_user_stays_online_for_a_moment(processes):
    one, other = processes
    opened = other.opens("ada")
    other.close(opened)
    assert one.elsewhere("ada") == []
    assert one.online_elsewhere(["ada", "grace"]) == {"ada"}
    other.remove(opened)
    assert one.online_elsewhere(["ada", "grace"]) == set()


def test_how_many_others_are_alive_is_known(mongodb, processes):
    one, other = processes
    one.lives()
    assert (one.others, other.others) == (1, 1)
    other.seems_dead()
    one.lives()
    assert one.others == 0


def test_a_dead_process_is_removed_with_its_sockets_and_their_users_are_returned(
    mongodb, processes
):
    one, other = processes
    for user_id in "ada", "ada", "grace":
        other.opens(user_id)
    one.opens("alan")
    assert one.lives() == set(), "the other process is alive"
    other.seems_dead()
    assert one.lives() == {"ada", "grace"}
    assert one.elsewhere("ada") == []
    assert [each["user"] for each in mongodb.sockets.find()] == ["alan"]
    assert one.lives() == set(), "each is returned only once"


def test_a_slow_process_returns_with_all_its_sockets(processes):
    one, other = processes
    ada = other.opens("ada")
    other.seems_dead()
    assert one.lives() == {"ada"}
    assert other.lives() == {"ada"}
    assert one.lives() == {"ada"}
    assert one.elsewhere("ada") == [ada]
    assert one.lives() == set()


def test_a_process_that_was_away_removes_no_other(processes):
    """After a database outage all leases have expired, so the first process removes no other."""
    one, other = processes
    other.opens("ada")
    other.seems_dead()
    one._last_heartbeat = datetime.now(UTC) - timedelta(minutes=1)
    assert one.lives() == set()
    assert one.online_elsewhere(["ada"]) == {"ada"}
    other.lives()
    assert one.lives() == set()


def test_a_socket_that_opens_while_its_process_registers_again_is_recorded(processes, monkeypatch):
    one, other = processes
    delete = other.sockets.delete_many

    def somebody_comes(*args):
        monkeypatch.setattr(other.sockets, "delete_many", delete)
        other.opens("ada")
        return delete(*args)

    gone, kept = other.opens("grace"), other.opens("alan")
    monkeypatch.setattr(other.sockets, "delete_many", somebody_comes)
    other._last_heartbeat = datetime.now(UTC) - timedelta(minutes=1)
    opened = iter([[gone, kept], [kept]])  # one socket closes meanwhile
    other.heartbeat(lambda: next(opened))
    assert one.online_elsewhere(["ada", "grace", "alan"]) == {"ada", "alan"}


def test_changes_that_could_not_be_written_are_written_at_the_next_heartbeat(
    processes, monkeypatch
):
    one, other = processes
    kept, gone = other.opens("ada"), other.opens("grace")

    def fail(*_, **__):
        raise AutoReconnect("the database is gone")

    with monkeypatch.context() as without_database:
        without_database.setattr(type(other.sockets), "bulk_write", fail)
        new = other.opens("alan")
        other.close(gone)
        other.remove(gone)
    other.opened.remove(gone)
    assert one.online_elsewhere(["alan", "grace"]) == {"grace"}
    other.lives()
    assert one.elsewhere("ada") == [kept]
    assert one.elsewhere("alan") == [new]
    assert one.online_elsewhere(["grace"]) == set()


def test_a_socket_that_closes_while_its_opening_is_written_is_closed_afterwards(
    processes, monkeypatch
):
    one, other = processes
    write, is_writing, may_write = other.sockets.bulk_write, threading.Event(), threading.Event()

    def write_slowly(*args, **options):
        is_writing.set()
        assert may_write.wait(30)
        return write(*args, **options)

    monkeypatch.setattr(other.sockets, "bulk_write", write_slowly)
    with ThreadPoolExecutor() as threads:
        opening = threads.submit(other.opens, "ada")
        assert is_writing.wait(30)
        closing = threads.submit(other.close, other.opened[0])
        may_write.set()
        opening.result()
        closing.result()
    assert one.elsewhere("ada") == []
    assert one.online_elsewhere(["ada"]) == {"ada"}


def test_a_process_that_is_alone_writes_with_its_beat(mongodb):
    one = Process(mongodb, "one")
    kept, gone = one.opens("ada"), one.opens("grace")
    one.close(gone)
    one.remove(gone)
    assert mongodb.sockets.count_documents({}) == 0
    assert one.lives() == set()
    assert [each["_id"] for each in mongodb.sockets.find()] == [kept.sid]
    one.close(kept)
    one.leave()
    assert [each["closed"] for each in mongodb.sockets.find()] == [True]


def test_many_sockets_are_recorded_in_portions_and_none_is_left_out(mongodb, monkeypatch):
    one, sizes = Process(mongodb, "one"), []
    write = one.sockets.bulk_write

    def fail_once(writes, **options):
        sizes.append(len(writes))
        if len(sizes) == 2:
            raise AutoReconnect("the database is gone")
        return write(writes, **options)

    monkeypatch.setattr(one.sockets, "bulk_write", fail_once)
    for number in range(2 * BATCH_SIZE + 1):
        one.opens(f"user-{number}")
    with pytest.raises(AutoReconnect):
        one.lives()
    one.lives()
    assert sizes == [BATCH_SIZE, BATCH_SIZE, BATCH_SIZE, 1]
    assert mongodb.sockets.count_documents({}) == len(one.opened)


def test_a_process_that_comes_and_the_one_that_was_alone_know_of_each_other_by_the_next_beat(
    mongodb,
):
    one = Process(mongodb, "one")
    there_before = one.opens("ada")
    one.lives()
    other = Process(mongodb, "other")
    assert other.elsewhere("ada") == [there_before]
    new, elsewhere = one.opens("grace"), other.opens("alan")
    one.close(there_before)
    assert one.lives() == {"ada", "grace", "alan"}, "they are announced again"
    assert (other.elsewhere("ada"), other.elsewhere("grace")) == ([], [new])
    assert one.elsewhere("alan") == [elsewhere]
    assert one.lives() == set(), "each is returned only once"


def test_a_process_that_leaves_has_no_sockets_and_is_removed_in_a_moment(mongodb, processes):
    one, other = processes
    other.opens("ada")
    other.leave()
    assert one.elsewhere("ada") == []
    assert one.online_elsewhere(["ada"]) == {"ada"}, "she may be reconnecting to this one"
    assert other.lives() == set()
    assert one.lives() == set()
    later = datetime.now(UTC) + timedelta(seconds=OFFLINE_AFTER)
    assert mongodb.processes.find_one({"_id": other.id})["expires"] <= later
    other.seems_dead()
    assert one.lives() == {"ada"}


def test_a_single_process_knows_of_no_other():
    alone = SingleProcess("one")
    alone.add(OpenSocket("sid", "ada", "session", SINCE, "one"))
    assert alone.heartbeat(list) == set()
    assert (alone.elsewhere("ada"), alone.online_elsewhere(["ada"]), alone.others) == ([], set(), 0)


def test_a_user_who_comes_and_goes_between_two_heartbeats_is_online_for_a_moment(mongodb):
    one = Process(mongodb, "one")
    one.lives()  # it is alone, so it records sockets only with its heartbeat
    opened = one.opens("ada")
    one.opened.remove(opened)
    one.close(opened)
    other = Process(mongodb, "other")
    one.lives()
    assert other.online_elsewhere(["ada"]) == {"ada"}
    assert other.elsewhere("ada") == []
