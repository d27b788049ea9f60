"""`python -m benchmarks.step04` serves step 04 like `flask run`, and adds people at the start.

PORT, HOST      the address to listen on (5000, 127.0.0.1)
MONGODB_URI     keep everything in this database instead of in the embedded one
SEED_PEOPLE=N   start with N people: person-0@example.org, person-1@example.org, and so on.
                Their password is "correct horse battery", with a hash that is cheap to check
SEED_FRIENDS=F  make persons 1 to F friends of person 0
"""

import os
import sys
from pathlib import Path

from bson import ObjectId
from werkzeug.security import generate_password_hash

sys.path.insert(0, str(Path(__file__).parent.parent / "steps" / "04-friend-notify"))

import friends
from app import app
from db import db

PASSWORD = generate_password_hash("correct horse battery", method="pbkdf2:sha256:1")


def seed(how_many: int, friends_of_first: int) -> None:
    people = [
        {
            "_id": ObjectId(),
            "first_name": "Person",
            "last_name": str(number),
            "email": f"person-{number}@example.org",
            "password": PASSWORD,
        }
        for number in range(how_many)
    ]
    if people:
        db.users.insert_many(people)
    for friend in people[1 : friends_of_first + 1]:
        friends.add(str(people[0]["_id"]), str(friend["_id"]))


def main() -> None:
    seed(int(os.environ.get("SEED_PEOPLE", 0)), int(os.environ.get("SEED_FRIENDS", 0)))
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "5000"))
    app.run(host, port, threaded=True, load_dotenv=False)


if __name__ == "__main__":
    main()
