"""Write many replies with one request, and show the whole database."""

from datetime import UTC, datetime

from flask import request

from final.domain.ids import new_id, object_id
from tests.probes import app

posts = app.extensions["feed"].posts


@app.post("/probe/replies")
def write_replies():
    given = request.json
    thread = posts.collection.find_one({"_id": object_id(given["post"])})
    common = {"author_id": given["author"], "thread": thread["_id"], "owner": thread["owner"]}
    common |= {"to": [thread["owner"]], "created_at": datetime.now(UTC)}
    documents = [
        {**common, "_id": new_id(), "text": f"Reply {n}. {given['more']}"}
        for n in range(given["count"])
    ]
    posts.collection.insert_many(documents)
    return {"ids": [str(each["_id"]) for each in documents]}


@app.get("/probe/stored")
def stored():
    database = posts.collection.database
    return {name: str([*database[name].find()]) for name in database.list_collection_names()}
