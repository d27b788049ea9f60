"""Mutants of final/. Each lacks the mechanism of a guarantee, and names a check that must fail.

The files in tests/mutants/guarantees/ group them by subject, like tests/final/guarantees/.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.edits import Edit, apply, read
from tools.folders import ROOT, copy_of

FOLDER = ROOT / "tests" / "mutants" / "guarantees"

GUARANTEES = {
    "G1": "Events see a route's changes to the session, and requests see an event's changes.",
    "G2": "Every event checks its user again, so a logged-out tab can do nothing.",
    "G3": "A client can't imitate the server's own events, and can't claim to be another user.",
    "G4": "Nothing is ever broadcast, and a socket that isn't accepted yet receives nothing.",
    "G5": "A logout closes every tab of that session, and none of them can reconnect.",
    "G6": "Nothing brings back a session that has ended.",
    "G7": "A login changes the session ID, and the old ID no longer works.",
    "G8": "Concurrent requests and events that change different keys of a session lose nothing.",
    "G9": "Sessions end at an idle timeout and at an absolute timeout, and their sockets close.",
    "G10": "Users see their sessions and can end them. A new password ends all others.",
    "G11": "A visitor who only looks around gets no cookie, and nothing is stored.",
    "G12": "No event sees the user of another event.",
    "G13": "A page of another site can't open a socket or send a form as the user.",
    "G14": "The app's own pages pass the origin check, also behind an HTTPS proxy.",
    "G15": "A refused page names the problem, and says how to fix it.",
    "G16": "Bad input gets a clear error, changes nothing, disturbs no one else, and costs little.",
    "G17": "Guessed passwords, sign-ups and floods are slowed. A refusal says how long to wait.",
    "G18": "Text that people type is shown as text everywhere.",
    "G19": "People who can see a comment see it live, and friends are notified. No one else is.",
    "G20": "Each tab receives each event once, and counts are exact.",
    "G21": "Missed comments are shown on return, in order and exactly once, even on older pages.",
    "G22": "Notifications read in one tab are read in all tabs, and only if they have been shown.",
    "G23": "A former friend gets nothing new, and old posts leave that friend's pages and counts.",
    "G24": "A handler that fails answers with an error, and leaves nothing behind.",
    "G25": "Lists of people online are right, even if tabs open together or a process dies.",
    "G26": "Without Redis, people on one process still hear each other, and all others catch up.",
    "G27": "Without the database, pages say so and sockets stay open. All works again afterwards.",
    "G28": "A page can act only for the user it was rendered for, and stops for any other user.",
    "G29": "Cookies of other apps on the same host don't log users out.",
    "G30": "Names, texts and passwords work in every language, and are counted as people count.",
    "G31": "Typed text is never lost, and nothing happens twice.",
    "G32": "On a network that swallows WebSockets, a page polls within 10 seconds.",
    "G33": "Settings are checked at the start, and no setting can destroy a file.",
    "G34": "create_app starts nothing, so an app that is dropped leaves nothing behind.",
    "G35": "Everything that one account can make grow has a limit, and costs in proportion.",
    "G36": "Credentials change atomically, and no one else can lock an owner out.",
}


WHY = {  # the reason why a reader should care about a guarantee
    "G1": "Otherwise one door shows old data, the most common question about Flask and Socket.IO.",
    "G2": "A socket lives for hours, and its handshake knew only the session of that moment.",
    "G3": "Anyone can write a client.",
    "G4": "One forgotten argument would send a private message to all visitors.",
    "G5": "A user logs out on a shared computer, and other tabs are still open.",
    "G6": "A slow request could log the user in again after the logout.",
    "G7": "An attacker may know the ID from before the login (session fixation).",
    "G8": "Two tabs save at the same time, and one would undo the other's change.",
    "G9": "A forgotten computer shouldn't stay logged in, or keep receiving.",
    "G10": "A lost phone can be logged out from home.",
    "G11": "Search engines and curious people would fill the database.",
    "G12": "Greenlets take turns, so a misplaced variable would show one user's data to another.",
    "G13": "The browser sends the cookie with requests from any page (CSRF).",
    "G14": "Behind a proxy, the browser and the app see different origins: HTTPS and HTTP.",
    "G15": "A page that only says “disconnected” leaves its user helpless.",
    "G16": "A bad request costs its sender nothing, so it mustn't cost the server much.",
    "G17": "A program can try thousands of passwords a minute.",
    "G18": "A comment with a script in it would act as its reader (XSS).",
    "G19": "This is what the app is for.",
    "G20": "People have several tabs, and notice doubled messages.",
    "G21": "Trains have tunnels, and servers restart.",
    "G22": "A badge that comes back is annoying, and if it goes too early, a message is missed.",
    "G23": "A former friend shouldn't see anything new.",
    "G24": "A client would wait forever, and dead sockets would be counted.",
    "G25": "A friend who seems to be online but isn't gets messages and doesn't answer.",
    "G26": "A broker that fails must not stop the app.",
    "G27": "A database restarts sometimes, and people should know that their work isn't lost.",
    "G28": "All tabs of a browser share one cookie, so a tab could act for the latest user.",
    "G29": "Cookies ignore ports, so every app on localhost sees them all.",
    "G30": "Most people's names aren't ASCII.",
    "G31": "People click twice, lose the connection, and don't want to type again.",
    "G32": "Some company networks accept WebSockets and then stay silent.",
    "G33": "A typo in a setting shouldn't cost data.",
    "G34": "Tests make many apps, and servers import one before they fork.",
    "G35": "Otherwise one account could fill the memory or the disk that all share.",
    "G36": "An attacker could keep a stolen session, or keep the owner out.",
}


@dataclass(frozen=True)
class Mutant:
    """final/ without a mechanism."""

    name: str
    guarantee: str  # "G7"
    mechanism: str  # the mechanism that is removed, in a sentence
    check: str  # pytest's ID of the test that must fail, from tests/ on
    edits: tuple[Edit, ...]

    def apply(self, repository: Path) -> None:
        """Remove the mechanism from final/ in a copy of the repository."""
        apply(self.edits, repository / "final")


def mutants() -> list[Mutant]:
    """Return the mutants of all guarantees, in the order of the files."""
    return [
        Mutant(name, **entry)
        for path in sorted(FOLDER.glob("*.toml"))
        for name, entry in read(path).items()
    ]


def mutant(name: str) -> Mutant:
    [found] = [each for each in mutants() if each.name == name]
    return found


def copy_of_repository(target: Path) -> Path:
    """Copy the parts of this repository that the tests of final/ need into a new folder."""
    for folder in "final", "tests", "tools":
        copy_of(ROOT / folder, target / folder)
    shutil.copy(ROOT / "pyproject.toml", target)
    return target
