"""The heartbeat: every second, this process renews its leases and looks for changes."""

import logging

from pymongo.errors import PyMongoError

import socket_records
from snapshot import reason
from sockets import last_counts, sio, tell_count

log = logging.getLogger(__name__)


def run() -> None:
    while True:
        try:
            beat()
        except PyMongoError as error:
            log.warning("the database does not answer: %s", reason(error))
        except Exception:
            log.exception("the heartbeat failed, trying again")
        sio.sleep(1)


def beat() -> None:
    socket_records.renew()
    records = socket_records.of_this_process()
    for record in records:
        close_if_ended(record["_id"])
    for user_id in {record["user"] for record in records}:
        if socket_records.count(user_id) != last_counts.get(user_id):  # changed elsewhere
            tell_count(user_id)


def close_if_ended(sid: str) -> None:
    environ = sio.get_environ(sid)
    if environ is None:  # it closed while the database was away
        socket_records.remove(sid)
    elif "_user_id" not in environ["session"].reload():  # it expired, or Redis lost the logout
        sio.disconnect(sid)
