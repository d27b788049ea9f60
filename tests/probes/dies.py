"""Kill the server right after an insert."""

import os

from pymongo.collection import Collection

from tests.probes import app

insert_one = Collection.insert_one


def insert_and_die(*arguments, **options):
    insert_one(*arguments, **options)
    os._exit(1)


@app.post("/probe/die-after-an-insert")
def die_after_an_insert():
    Collection.insert_one = insert_and_die
    return {}
