"""A fuzzed server, and checks that its log and another user's sockets show nothing of that."""

import re
import sys
from pathlib import Path

from tools.people import BOTH_TRANSPORTS, Person, Socket, eventually
from tools.servers import Server


class ServerOfFinal(Server):
    """A server of final/ that pings each socket every second.

    The timer for a socket's next ping keeps the socket in memory after it has closed. With the
    usual 25 seconds, the memory tests would count sockets that closed long ago.
    """

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.fuzz.short_pings"]


class Watch:
    """A witness with two sockets, who also watches the server's output and resources."""

    def __init__(self, server: Server):
        self.server = server
        self.witness = Person(server.url, "Wendy", "Witness")
        self.fuzzer = Person(server.url, "Freddy", "Fuzzer")
        self.witness.sign_up()
        self.fuzzer.sign_up()
        self.sockets = [Socket(self.witness, transport) for transport in BOTH_TRANSPORTS]
        self.waves = 0
        self.printed = 0  # the length of the output that has been checked
        self.warm: dict[str, int] = {}

    def look(self) -> None:
        """Check that the witness is undisturbed: a wave reaches both sockets exactly once."""
        assert self.witness.post("/wave").json() == {"sockets": 2}
        self.waves += 1
        for each in self.sockets:
            assert eventually(lambda each=each: len(each.all("wave")) >= self.waves), each.transport
            assert len(each.all("wave")) == self.waves
        self.look_at_what_is_printed()

    def look_at_what_is_printed(self) -> None:
        printed = self.server.printed[self.printed :]
        self.printed += len(printed)
        alarm = re.search(r"Traceback|Error|Exception", printed)
        assert not alarm, printed[max(0, alarm.start() - 1000) :][:4000]

    def warmed_up(self) -> None:
        """Remember the server's usage after it has seen all kinds of inputs."""
        self.warm = usage(self.server)

    def finish(self) -> None:
        """Check that the fuzzer has no sockets left, and that the witness never reconnected."""
        self.look()
        gone = eventually(lambda: self.fuzzer.post("/wave").json() == {"sockets": 0})
        assert gone, "the fuzzer still has a socket"
        for each in self.sockets:
            assert each.is_open
            assert len(each.all("profile")) == 1, "the socket has reconnected"

    def close(self) -> None:
        for each in self.sockets:
            each.close()


def usage(server: Server) -> dict[str, int]:
    """Return the memory (kB), threads and open files of a server's process; {} if unknown."""
    if sys.platform != "linux":
        return {}
    folder = Path("/proc", str(server.process.pid))
    status = dict(re.findall(r"^(\w+):\s+(\d+)", (folder / "status").read_text(), re.M))
    files = len(list((folder / "fd").iterdir()))
    return {"kB": int(status["VmRSS"]), "threads": int(status["Threads"]), "files": files}
