"""Mutants of final/: each has one guarantee's mechanism taken out, and a check that must fail then.

The files in tests/mutants/guarantees/ hold them by subject, as tests/final/guarantees/ does.
"""

from dataclasses import dataclass
from pathlib import Path

from tools.edits import Edit, apply, read
from tools.folders import ROOT

FOLDER = ROOT / "tests" / "mutants" / "guarantees"

GUARANTEES = {
    "G1": "What a request changes in the session the next event sees, and the other way round.",
    "G2": "Every event asks again who is asking: a tab that is logged out can do nothing.",
    "G3": "A client cannot play the server's own events, nor say who it is.",
    "G4": "Nothing is ever sent to everybody; who is not let in yet hears nothing.",
    "G5": "A log-out closes every tab of that session, and none of them comes back.",
    "G6": "Nothing brings a session back that has ended.",
    "G7": "A log-in changes the session's id, and the old one is dead.",
    "G8": "What changes different keys of a session at the same time loses nothing.",
    "G9": "Sessions end, unused or at their limit, and their sockets with them.",
    "G10": "One sees where one is logged in, and can end it there; a new password ends the others.",
    "G11": "Who only visits gets no cookie, and nothing is stored.",
    "G12": "No event sees the user of another.",
    "G13": "A page of another site can neither open a socket nor send a form in somebody's name.",
    "G14": "The app's own pages pass, also behind an HTTPS proxy: origins are compared as origins.",
    "G15": "A page that is refused says what is wrong and what to do about it.",
    "G16": "Bad input gets a clear error, changes nothing, disturbs nobody else, and costs little.",
    "G17": "Guessed passwords, sign-ups and floods are slowed down, and refusals say for how long.",
    "G18": "What somebody writes is shown as text, everywhere.",
    "G19": "People who can see a comment see it live, and friends are notified. Nobody else is.",
    "G20": "Each tab gets it, once; the counts are exact.",
    "G21": "Missed comments are shown on return, in order and exactly once, even on older pages.",
    "G22": "Notifications read in one tab are read in all tabs, and only if they have been shown.",
    "G23": "A former friend gets nothing new, and loses the posts on their pages and in counts.",
    "G24": "A handler that fails answers with an error, and leaves nothing behind.",
    "G25": "Lists of people online are right, even if tabs open at once or a process dies.",
    "G26": "Without Redis those of one process hear each other, and all others catch up.",
    "G27": "Without the database everybody is told so, and sockets stay.",
    "G28": "A page can act only for the user it was rendered for, and stops for anybody else.",
    "G29": "Cookies of other apps on the same host log nobody out.",
    "G30": "Names, texts and passwords work in every language, and are counted as people count.",
    "G31": "Nothing that somebody typed is lost, and nothing happens twice.",
    "G32": "On a network that swallows WebSockets a page polls within 10 seconds.",
    "G33": "Settings are checked at the start, and no setting can destroy a file.",
    "G34": "create_app starts nothing, so an app that is dropped leaves nothing behind.",
    "G35": "Whatever one account can make grow has a limit, and costs no more than it shows.",
    "G36": "Credentials change in one piece, and nobody else can hold the door shut.",
}


@dataclass(frozen=True)
class Mutant:
    """final/ without a mechanism."""

    name: str
    guarantee: str  # "G7"
    mechanism: str  # what is taken out, in a sentence
    check: str  # what pytest calls the test that must fail, from tests/ on
    edits: tuple[Edit, ...]

    def apply(self, repository: Path) -> None:
        """Take the mechanism out of final/ in a copy of the repository."""
        apply(self.edits, repository / "final")


def mutants() -> list[Mutant]:
    """Return the mutants of all guarantees, in the order of the files."""
    return [
        Mutant(name, **entry)
        for path in sorted(FOLDER.glob("*.toml"))
        for name, entry in read(path).items()
    ]
