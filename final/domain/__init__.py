"""What the app is about: users, friends, posts and notifications, and who may see what.

`feed.py` decides who may see a post and who is notified of it, and `reader.py` reads it for one
user. The four stores (users, friends, posts, notifications) keep everything in MongoDB;
`stores.py` lists their methods for everybody who writes another store, such as one in memory.

This folder imports only `settings/` and database packages. It knows neither Flask nor Socket.IO.
"""
