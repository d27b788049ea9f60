"""The workshop's app, grown up: one session behind two doors.

    app.py       create_app: builds the parts and wires them, and starts nothing
    __main__.py  python -m final: builds the app and serves it
    settings/    the settings and the limits
    sessions/    the subject of the workshop: sessions, their store, and the middleware
    domain/      users, friends, posts, notifications, and the rules of visibility
    cluster/     several processes: leases in the database, and the Redis bus
    server/      the layer between the network and the app
    realtime/    the second door: sockets, rooms, presence, and the events of clients
    web/         the first door: pages and forms, with templates/ and static/
    transport/   optional (FAST=1): a faster Engine.IO server
    deploy/      nginx, gunicorn, Docker

Imports point one way, from app.py through web/ and realtime/ down to domain/, sessions/ and
settings/. `make lint` checks that.
"""
