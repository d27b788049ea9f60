"""G35 across processes: a user's sockets in all processes together are limited."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pymongo

from final.settings.quotas import SOCKETS_PER_SESSION, SOCKETS_PER_USER
from tests.final.guarantees.frames import Frames
from tests.scale.group import Group
from tools.people import Person, eventually

LET_IN = '40{"sid"'
TOO_MANY = '44{"message":"too many tabs are open: close some"}'


def open_tabs(person: Person, how_many: int) -> list[str]:
    """Open tabs at the same time. Return the answers to their CONNECT packets."""
    twins = [person.with_old_cookie() for _ in range(how_many)]
    with ThreadPoolExecutor(10) as pool:
        return list(pool.map(answer_to_connect, twins))


def answer_to_connect(person: Person) -> str:
    """Open a tab by long-polling, and leave it open. Return the answer to its CONNECT packet."""
    tab = Frames(person)
    tab.send("40")
    return tab.wait_for("40", "44")


def at_another_browser(person: Person) -> Person:
    twin = person.elsewhere()
    assert twin.log_in().status_code == 302
    return twin


def test_g35_the_sockets_of_a_user_are_limited_in_all_processes_together(group: Group, ada: Person):
    there, third = at_another_browser(ada), at_another_browser(ada)
    for person in ada, group.at(1, there):
        answers = open_tabs(person, SOCKETS_PER_SESSION)
        assert all(answer.startswith(LET_IN) for answer in answers)
    assert 2 * SOCKETS_PER_SESSION == SOCKETS_PER_USER
    for person in ada, group.at(1, ada):  # each process has recorded its own sockets
        assert eventually(lambda p=person: p.post("/wave").json() == {"sockets": SOCKETS_PER_USER})
    for person in third, group.at(1, third), group.at(1, ada), there:
        assert open_tabs(person, 1) == [TOO_MANY]
    there.log_out()
    assert eventually(lambda: open_tabs(third, 1)[0].startswith(LET_IN))


def test_g35_sockets_that_open_at_once_in_two_processes_are_counted(
    group: Group, ada: Person, connect
):
    """The other process opened many at the same moment, before either process recorded them."""
    tabs = connect(ada), connect(ada)
    assert all(answer.startswith(LET_IN) for answer in open_tabs(ada, SOCKETS_PER_SESSION - 2))
    client = pymongo.MongoClient(group.mongodb_uri, tz_aware=True)
    database = client.get_default_database()
    adas = {"user": ada.get("/session").json()["data"]["_user_id"], "closed": False}
    [one, *_] = database.sockets.find(adas)
    [other] = database.processes.find({"_id": {"$ne": one["process"]}})
    there = one | {"process": other["_id"], "since": one["since"] - timedelta(hours=1)}
    records = [there | {"_id": f"there {number}"} for number in range(SOCKETS_PER_USER - 20)]
    database.sockets.insert_many(records)
    tabs[0].close()  # so that the sockets are counted again
    try:
        assert eventually(lambda: ada.post("/wave").json() == {"sockets": SOCKETS_PER_USER})
        assert tabs[1].is_open, "only the newest ones are closed"
    finally:
        database.sockets.delete_many({"_id": {"$in": [each["_id"] for each in records]}})
        client.close()
