"""Lose every event on its way to the sockets."""

from tests.probes import app, sockets

sio, sent = sockets.sio, sockets.sio.emit
lost = []


def lose(event, *_, **__):
    lost.append(event)


@app.post("/probe/lose")
def lose_all():
    lost.clear()
    sio.emit = lose
    return {}


@app.get("/probe/lost")
def what_was_lost():
    return lost


@app.post("/probe/wait")
def send_again():
    sio.emit = sent
    return {}


@app.post("/probe/look")
def send_again_and_say_so():
    send_again()
    sockets.emit_to({each.user_id for each in sockets.local.all()}, "look", {}, local=True)
    return {}
