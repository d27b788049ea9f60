"""Users, their friends, posts and notifications: the subject of the app, without web and sockets.

`feed.py` has the rules: which users can see a post, and which are notified of it. `reader.py` reads
posts for one user. The stores in `users.py`, `friends.py`, `posts.py` and `notifications.py` keep
everything in MongoDB. `stores.py` lists their methods, for other stores such as one in memory.

A module here may import `settings`, but nothing else from `final`, and no Flask or Socket.IO.
"""
