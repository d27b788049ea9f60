"""The session in Flask-SocketIO's events: flask.session is current there, and changes are saved."""

from flask import request

from session import EnvironSessionInterface, Session


class EventSessionInterface(EnvironSessionInterface):
    """Loads the session again for each event, and saves it after the event.

    Flask-SocketIO opens each event's session from the environ of the handshake. Without this class,
    events would see the session as it was when their socket connected.
    """

    def open_session(self, app, request) -> Session:
        session = super().open_session(app, request)
        return session.reload() if is_event() else session

    def save_session(self, app, session, response) -> None:
        super().save_session(app, session, response)
        # Without an ID, the session has ended. Saving it would store a session without a browser.
        if is_event() and session.sid:
            session.save()


def is_event() -> bool:
    """Return whether Flask handles an event. It never sees Socket.IO's own HTTP requests."""
    return request.path.startswith("/socket.io/")
