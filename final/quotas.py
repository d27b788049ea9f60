"""How much one user, session, address or connection may have. Change a limit here.

`docs/limits.md` lists them with what happens at each limit, and with the test that shows it.
The lengths of names and texts are in words.py.
"""

from limits import RateLimitItemPerMinute, RateLimitItemPerSecond

# Sockets and what waits to be sent to them.


# Posts, replies and pages.


# Friends and requests.


# Requests and events per user.

EVENTS = RateLimitItemPerSecond(100, 10)  # events of one user in 10 seconds

# Passwords and sessions.

PER_ACCOUNT = RateLimitItemPerMinute(10, 15)  # wrong passwords for one account in 15 minutes
PER_ADDRESS = RateLimitItemPerMinute(200, 15)  # and from one address, which many may share
