"""Lower the limits on sockets, flood sockets, and count what the server keeps for them."""

import gc
import socket

from final.server.guard import Guard
from final.server.wsgi import Handler
from final.settings import quotas
from tests.probes import app, sockets
from tests.probes.small import (
    ANSWER,
    BACKLOG,
    PER_SESSION,
    PER_USER,
    STRANGERS,
    STRANGERS_PER_SESSION,
    UNSENT,
)

quotas.SOCKETS_PER_USER, quotas.SOCKETS_PER_SESSION = PER_USER, PER_SESSION
quotas.TAKEN_WITHIN = 3
quotas.STRANGERS_PER_SESSION = STRANGERS_PER_SESSION
quotas.STRANGERS, quotas.LET_IN_WITHIN, quotas.REFUSED_STAYS = STRANGERS, 2, 0.5
quotas.ANSWER = ANSWER
sockets.sio.eio.max_unsent, sockets.sio.eio.backlog = UNSENT, BACKLOG  # on the fast transport
done, told = [], []
handle = Handler.handle


def handle_with_small_buffers(self):
    self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
    handle(self)


Handler.handle = handle_with_small_buffers


def long(session, data):
    done.append(session["_user_id"])
    return {"filler": "x" * 10_000}


sockets.on("long", long)


@app.get("/probe/done/<user_id>")
def how_often(user_id):
    return {"count": done.count(user_id)}


@app.post("/probe/flood/<user_id>/<int:count>/<int:length>")
def flood(user_id, count, length):
    for number in range(count):
        sockets.emit_to([user_id], "flood", {"number": number, "filler": "x" * length})
    return {}


emit_to = sockets.emit_to


def emit_and_count(user_ids, event, data, **options):
    if event == "sockets":
        told.append(sum(map(sockets.local.count, user_ids)))
    emit_to(user_ids, event, data, **options)


sockets.emit_to = emit_and_count


@app.post("/probe/more/<int:most>")
def let_more_in(most):
    quotas.SOCKETS_PER_SESSION, quotas.SOCKETS_PER_USER = most, max(most, PER_USER)
    told.clear()
    return {}


@app.get("/probe/behind/<user_id>")
def behind(user_id):
    environs = map(sockets.sio.get_environ, sockets.local.sids_in(f"user:{user_id}"))
    return {"count": len([each for each in environs if not each["connection"].keeps_up])}


@app.get("/probe/told")
def how_many_were_told():
    return {"count": sum(told)}


@app.get("/probe/kept")
def kept():
    sio, dispatcher, gate = sockets.sio, sockets.dispatcher, sockets.gate
    guards = [each for each in gc.get_objects() if isinstance(each, Guard)]
    return {
        "connections": len(sio.environ) + len(gate._open),
        "polling": sum(len(each.polling) for each in guards),
        "attachments": len(sio._binary_packet),
        "strangers": len(gate._strangers) + len(gate._left),
        "events": len(dispatcher.per_socket._counts) + len(dispatcher.per_user._counts),
        "waiting": len(dispatcher.waiting._semaphores) + len(dispatcher.waiting._counts),
        "presence": len(sockets.presence._here) + len(sockets.presence._leaving),
        "resting": len(sockets.announcements.show_count._resting),
    }
