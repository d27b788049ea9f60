"""The heartbeat: every second, each process renews its leases and looks for what has changed."""

import logging

import socket_records
from sockets import sio, tell_count, told

log = logging.getLogger(__name__)


def beat() -> None:
    socket_records.renew()
    mine = socket_records.of_this_process()
    for sid in [record["_id"] for record in mine]:
        environ = sio.get_environ(sid)
        if environ is None:  # it closed while the database was down
            socket_records.remove(sid)
        elif "_user_id" not in environ["session"].reload():  # a logout while Redis was down
            sio.disconnect(sid)
    for user_id in {record["user_id"] for record in mine}:
        if socket_records.count(user_id) != told.get(user_id):
            tell_count(user_id)


def run() -> None:
    while True:
        try:
            beat()
        except Exception:
            log.exception("the heartbeat failed, trying again")
        sio.sleep(1)
