"""List the routes, the events and all stored documents."""

from flask import session

from tests.probes import app, sockets


@app.get("/probe/rules")
def rules():
    return [[rule.rule, sorted(rule.methods)] for rule in app.url_map.iter_rules()]


@app.get("/probe/events")
def events():
    return sorted(sockets.sio.handlers["/"])


@app.get("/probe/session")
def session_id():
    return {"id": session.id}


@app.get("/probe/stored")
def stored():
    database = app.extensions["users"].collection.database
    times = dict.fromkeys(["last_seen", "renewed", "expires"])  # requests change these
    return {
        name: sorted(str(document | times) for document in database[name].find())
        for name in database.list_collection_names()
    }
