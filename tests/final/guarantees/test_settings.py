"""G33: settings are checked at the start, and no setting can destroy a file."""

import os
import re
import socket
from pathlib import Path

import pytest
import requests

from final.domain.database import connect
from final.settings.config import Config, ConfigError
from tests.places import UNUSABLE, tree
from tools import mongo
from tools.people import Person, eventually
from tools.servers import PATIENCE, App, Server, running


class Started(Server):
    """A server that may refuse to start, or listen elsewhere, so `start` doesn't wait for it."""

    def wait_until_it_answers(self) -> None:
        pass

    @property
    def is_open(self) -> bool:
        return "Ctrl-C" in self.printed

    def refusal(self) -> str:
        """Start the server, which must refuse. Return the only sentence that it prints."""
        try:
            self.start()
            assert eventually(lambda: self.process.poll() is not None or self.is_open, PATIENCE)
            assert self.process.poll() == 1, self.printed
            [sentence] = self.printed.splitlines()
            return sentence
        finally:
            self.close()


# The embedded database.


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("place", UNUSABLE)
def test_g33_an_unusable_file_is_left_unchanged(place: str, tmp_path: Path):
    make, words = UNUSABLE[place]
    path = make(tmp_path)
    before = tree(tmp_path)
    with pytest.raises(ConfigError, match=re.escape(words)):
        connect(None, path)
    assert tree(tmp_path) == before


def test_g33_a_path_with_a_nul_is_refused():
    with pytest.raises(ConfigError, match="null"):
        connect(None, Path("a\0b"))


def test_g33_a_folder_is_refused_in_one_sentence(final: App, tmp_path: Path):
    (tmp_path / "letter.txt").write_text("Dear Ada", "utf-8")
    before = tree(tmp_path)
    sentence = Started(final, EMBEDDED_DB=str(tmp_path)).refusal()
    assert sentence == f"EMBEDDED_DB={tmp_path} cannot be used: it is a folder."
    assert tree(tmp_path) == before


def test_g33_a_second_process_at_the_same_port_touches_no_database(final: App):
    with running(final) as first:
        Person(first.url, "Ada", "Lovelace").sign_up()
        same = {"PORT": str(first.port), "EMBEDDED_DB": str(first.database)}
        assert Started(final, **same).refusal().startswith(f"PORT={first.port} cannot be used: ")
        assert not first.database.exists()
        first.stop()
        assert "not saved" not in first.printed
        assert "Lovelace" in first.database.read_text("utf-8")


# Addresses.


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


HOSTS = {  # HOST: (the printed host, whether the app listens everywhere)
    "127.0.0.1": ("127.0.0.1", False),
    "localhost": ("localhost", False),
    "0.0.0.0": ("127.0.0.1", True),
    "0": ("127.0.0.1", True),
    "": ("127.0.0.1", True),
    "*": ("127.0.0.1", True),
    "::": ("[::1]", True),
    "::1": ("[::1]", False),
    "[::1]": ("[::1]", False),
    "0:0:0:0:0:0:0:1": ("[0:0:0:0:0:0:0:1]", False),
}


@pytest.mark.parametrize("host", HOSTS)
def test_g33_the_printed_address_can_be_clicked(final: App, host: str):
    shown, everywhere = HOSTS[host]
    if ":" in shown and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    server = Started(final, HOST=host, PORT="0")
    try:
        server.start()
        assert eventually(lambda: server.is_open, PATIENCE), server.printed
        printed = re.search(r"Two Doors is open at (http://(\S+):(\d+))(.*) \(", server.printed)
        url, found, port, rest = printed.groups()
        assert (found, "all other addresses" in rest) == (shown, everywhere)
        assert port != "0"
        assert requests.get(url, timeout=30).status_code == 200
    finally:
        server.close()


UNUSABLE_ADDRESSES = [
    {"HOST": "no.such.host.invalid"},
    {"HOST": "http://127.0.0.1"},
    {"HOST": "203.0.113.7"},  # never this machine's (RFC 5737)
    {"HOST": "a..b"},
    {"HOST": "x" * 300},
    {"PORT": "http"},
    {"PORT": "-1"},
    {"PORT": "65536"},
    {"PORT": ""},
    {"PORT": "80.5"},
]


@pytest.mark.parametrize("settings", UNUSABLE_ADDRESSES, ids=lambda each: str(*each.items())[:30])
def test_g33_an_address_that_cannot_be_used_is_refused_in_one_sentence(final: App, settings: dict):
    assert Started(final, **settings).refusal().startswith(*settings)


# All other settings.

NONSENSE = {
    "PROXIES": ["-1", "many", "1.5", "101", ""],
    "SESSION_IDLE": ["0", "-5", "1e9", "nan", "inf", "9" * 30, ""],
    "SESSION_LIMIT": ["0", "99999999999"],
    "KEPT_IDLE": ["a week"],
    "KEPT_LIMIT": ["None"],
    "SWEEP_EVERY": ["0", "nan", "inf", "-inf", "1e-9", "1e9", "1,5", ""],
    "DEMO": ["yes", "true", "2", ""],
    "FAST": ["on", " 1"],
    "PANEL": ["no"],
    "SECRET_KEY": ["x" * 32 + "\n", "x" * 32 + "\udcff"],
    "HOST": ["h\nx", "h\udcff"],
    "MONGODB_URI": ["mongodb://h\n", "mongodb://h\udcff"],
    "REDIS_URL": ["redis://h\udcff"],
    "PROFILE": ["Production", ""],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in NONSENSE.items() for value in values]
)
def test_g33_an_invalid_value_is_refused_with_the_name_of_its_setting(name: str, value: str):
    with pytest.raises(ConfigError, match=f"^{name} ") as refused:
        Config.from_environment({name: value})
    assert "\n" not in str(refused.value)


URIS = ["http://127.0.0.1", "mongodb://", "mongodb://h:port", "mongodb://h:99999", "mongodb://[::1"]


@pytest.mark.parametrize("uri", [*URIS, "mongodb://h/a b", "mongodb://u:p:w@h"])
def test_g33_a_malformed_mongodb_uri_is_refused(uri: str):
    with pytest.raises(ConfigError, match=r"^MONGODB_URI cannot be used: "):
        connect(uri, Path("unused"))


def test_g33_a_mongodb_that_does_not_answer_is_refused_in_one_sentence(final: App):
    uri = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100"
    sentence = Started(final, MONGODB_URI=uri).refusal()
    assert sentence.startswith("MONGODB_URI cannot be used: 127.0.0.1:1: ")
    assert "Topology" not in sentence


@pytest.mark.parametrize(
    "url", ["127.0.0.1", "redis://h:port", "redis://h:99999", "redis://h?db=x"]
)
def test_g33_a_malformed_redis_url_is_refused_in_one_sentence(
    final: App, mongodb, mongodb_uri, url
):
    settings = {"MONGODB_URI": mongo.address(mongodb_uri, mongodb), "REDIS_URL": url}
    assert Started(final, **settings).refusal().startswith("REDIS_URL ")


# Terminals.


def test_g33_a_terminal_that_knows_only_ascii_is_enough(final: App):
    settings = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    with running(final, **settings) as server:
        ivan = Person(server.url, "Иван", "Lovelace")
        assert ivan.sign_up().status_code == 302
        assert ivan.get("/dashboard").status_code == 200
        assert "Logging error" not in server.printed
        assert "Traceback" not in server.printed
