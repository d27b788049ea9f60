"""Batched work never runs twice at the same time, and no request for it gets lost."""

from collections.abc import Iterable

import gevent

from final.realtime.pacing import BATCH_SIZE, Batched


class Slow:
    """Reports the state as it was when the report began, and pauses before the report ends."""

    def __init__(self):
        self.holds = 0
        self.said: list[tuple[list[str], int]] = []
        self.is_running = False

    def say(self, keys: list[str]) -> None:
        assert not self.is_running
        self.is_running = True
        holds = self.holds
        gevent.sleep(0)  # like a query to the database
        self.said.append((keys, holds))
        self.is_running = False


def ask_at_once(say: Batched, keys: Iterable[str]) -> None:
    gevent.joinall([gevent.spawn(say, key) for key in keys], raise_error=True)


def test_what_is_asked_meanwhile_is_done_afterwards_and_once():
    slow = Slow()
    say = Batched(slow.say)

    def change_and_say() -> None:
        slow.holds += 1
        say("same")

    gevent.joinall([gevent.spawn(change_and_say) for _ in range(5)], raise_error=True)
    assert slow.said == [(["same"], 1), (["same"], 5)]
    say("same")
    assert slow.said[2:] == [(["same"], 5)], "a later call reports again"


def test_what_is_asked_meanwhile_is_done_together():
    slow = Slow()
    ask_at_once(Batched(slow.say), "abcbd")
    assert [keys for keys, _ in slow.said] == [["a"], ["b", "c", "d"]]


def test_no_more_are_done_together_than_a_database_likes():
    slow = Slow()
    names = [str(number) for number in range(2 * BATCH_SIZE)]
    ask_at_once(Batched(slow.say), names)
    assert [len(keys) for keys, _ in slow.said] == [1, BATCH_SIZE, BATCH_SIZE - 1]
    assert [key for keys, _ in slow.said for key in keys] == names


def test_what_fails_does_not_keep_the_others_from_being_done():
    said = []

    def fail_once(keys: list[str]) -> None:
        said.append(keys)
        gevent.sleep(0)
        if len(said) == 1:
            raise RuntimeError("on purpose")

    say = Batched(fail_once)
    asking = [gevent.spawn(say, key) for key in "ab"]
    gevent.joinall(asking)
    assert isinstance(asking[0].exception, RuntimeError)
    say("a")
    assert said == [["a"], ["b", "a"]]
