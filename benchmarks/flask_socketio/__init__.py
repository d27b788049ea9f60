"""The app that Flask developers would build: Flask-SocketIO, Flask-Session and Flask-Login.

It fulfils the contract of step 04 as far as these libraries allow, and it's set up with care, so
that the benchmarks compare like with like. It has the pages and static files of step 04.
findings.json lists the checks of that step that fail here, the checks that pass only because of
code that the libraries' documentation doesn't mention, and the extra changes for speed, each with a
reason.

    PORT, HOST      the address to listen on (5000, 127.0.0.1)
    MONGODB_URI     keep everything in this database instead of in memory
    SEED_PEOPLE=N   start with N people: person-0@example.org, person-1@example.org, and so on.
                    Their password is "correct horse battery", with a hash that is cheap to check
    SEED_FRIENDS=F  make persons 1 to F friends of person 0
    WEBSOCKET=gevent-websocket
                    use this package, which must be installed, instead of simple-websocket

The app needs no secret, because it signs nothing. The cookie holds a random ID, and the data is in
the store.
"""
