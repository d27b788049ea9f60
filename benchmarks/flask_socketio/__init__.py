"""What a Flask developer would pick instead: Flask-SocketIO, Flask-Session and Flask-Login.

It keeps the contract of step 04 as far as these let it, and is set up with care, so that the
benchmarks compare like with like. It shows the pages of step 04, with that step's static files.
findings.json names the checks of that step which fail here, those which pass only because of what
the documentation of the three does not tell, and what was done for speed beyond it; and says why.

    PORT, HOST      where it listens (5000, 127.0.0.1)
    MONGODB_URI     keep everything in the database that this names; else in memory
    SEED_PEOPLE=N   begin with N people: person-0@example.org, person-1@example.org …, whose
                    password, "correct horse battery", is kept so that it is cheap to check
    SEED_FRIENDS=F  … of whom person 0 has F friends: the persons 1 to F
    WEBSOCKET=gevent-websocket
                    take that, which must be installed, instead of simple-websocket

No secret is needed: nothing is signed. The cookie is a random id, and the rest is in the store.
"""
