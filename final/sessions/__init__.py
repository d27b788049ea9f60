"""The subject of this project: one session for each browser, shared by HTTP requests and sockets.

`SessionMiddleware` puts the browser's session into `environ["session"]`, and Flask and Socket.IO
both read it there. A `Session` is a dict that knows how to save, reload, touch, regenerate and
destroy itself in its store.

This folder knows no page, no app and no other folder of final/. From Flask it needs only the
session interface.
"""
