"""What is done in turn: never twice at once, and never too few times."""

import gevent

from final.work import InTurn


class Slow:
    """Says what holds, and takes its time."""

    def __init__(self):
        self.holds = 0
        self.said: list[tuple[str, int]] = []
        self.running = 0

    def say(self, key: str) -> None:
        self.running += 1
        holds = self.holds
        gevent.sleep(0)  # as if asking the database
        assert self.running == 1 or key != "same"
        self.said.append((key, holds))
        self.running -= 1


def test_what_is_asked_meanwhile_is_done_afterwards_and_once():
    slow = Slow()
    say = InTurn(slow.say)

    def change_and_say() -> None:
        slow.holds += 1
        say("same")

    gevent.joinall([gevent.spawn(change_and_say) for _ in range(5)], raise_error=True)
    assert slow.said == [("same", 1), ("same", 5)]
    say("same")
    assert slow.said[2:] == [("same", 5)], "it is asked anew"


def test_keys_do_not_wait_for_each_other():
    slow = Slow()
    say = InTurn(slow.say)
    gevent.joinall([gevent.spawn(say, key) for key in "abc"], raise_error=True)
    assert slow.said == [("a", 0), ("b", 0), ("c", 0)]


def test_what_fails_can_be_asked_again():
    said = []

    def fail_once(key: str) -> None:
        said.append(key)
        if len(said) == 1:
            raise RuntimeError("on purpose")

    say = InTurn(fail_once)
    try:
        say("a")
    except RuntimeError:
        say("a")
    assert said == ["a", "a"]
