"""`python -m tests.benchmarks.faulty loses` runs the ceiling with a fault for the load to find."""

import asyncio
import sys

from benchmarks import ceiling

tell, answer, event = ceiling.tell, ceiling.answer, ceiling.event
ONE = {7}  # one of the friends


def loses(people: set[int], packet: bytes) -> None:
    """Send a comment to all but one of the friends."""
    tell(people - ONE, packet)


def doubles(people: set[int], packet: bytes) -> None:
    """Send a comment twice to one of the friends."""
    tell(people, packet)
    tell(people & ONE, packet)


def tells_everybody(people: set[int], packet: bytes) -> None:
    """Send a comment to people who aren't friends, too."""
    tell({*ceiling.sockets}, packet)


def hangs_up(people: set[int], packet: bytes) -> None:
    """Send a comment, and close the connections of one friend."""
    tell(people, packet)
    for transport in [*ceiling.sockets[7]]:
        transport.close()


def fails(path: bytes, person: int, form: dict) -> bytes:
    """Answer a comment or a page with an error, although the comment is sent to friends."""
    told = answer(path, person, form)
    is_asked_for = path in (b"/comments", b"/dashboard")
    return ceiling.response(500, b"sorry") if is_asked_for else told


def says_nothing(path: bytes, person: int, form: dict) -> bytes:
    """Leave a comment or a page unanswered."""
    told = answer(path, person, form)
    return b"" if path in (b"/comments", b"/dashboard") else told


def lets_nobody_in(path: bytes, person: int, form: dict) -> bytes:
    return ceiling.response(401, b"") if path == b"/login" else answer(path, person, form)


def knows_nobody(name: str, data: dict) -> str:
    """Refuse a connecting socket."""
    return '44{"message":"log in first"}' if name == "profile" else event(name, data)


def mistakes(name: str, data: dict) -> str:
    """Give a connecting socket the profile of a different user."""
    return event(name, data | {"firstName": "Mallory"} if name == "profile" else data)


def is_silent(name: str, data: dict) -> str:
    """Give a connecting socket a noop instead of its profile."""
    return "6" if name == "profile" else event(name, data)


FAULTS = {
    "tell": (loses, doubles, tells_everybody, hangs_up),
    "answer": (fails, says_nothing, lets_nobody_in),
    "event": (knows_nobody, mistakes, is_silent),
}

if __name__ == "__main__":
    for place, functions in FAULTS.items():
        for function in functions:
            if function.__name__ == sys.argv[1]:
                setattr(ceiling, place, function)
    asyncio.run(ceiling.main())
