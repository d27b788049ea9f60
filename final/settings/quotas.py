"""How much one user, session, address or connection may have. Change a limit here.

`docs/limits.md` lists them with what happens at each limit, and with the test that shows it.
The lengths of names and texts are in words.py.
"""

import math
import time
from datetime import timedelta

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.strategies import SlidingWindowCounterRateLimiter

# Sockets and what waits to be sent to them.

SOCKETS_PER_USER = 200  # three devices with 20 tabs each are 60
SOCKETS_PER_SESSION = 100  # a session is one browser
OPENINGS = RateLimitItemPerMinute(2000, 1)  # sockets that one user opens in a minute, per process
STRANGERS = 1000  # connections of a process that nobody has been let in by; see gate.py
STRANGERS_PER_SESSION = 200
LET_IN_WITHIN = 10  # seconds from the handshake; a page takes less than one
REFUSED_STAYS = 2  # seconds in which a refused client reads why
TAKEN_WITHIN = 60  # seconds for a client to take an answer over HTTP, or a message
# With FAST=1 only: the bytes that wait for one client. A page is sent far less in a minute.
UNSENT = 1_000_000  # more, and the client is disconnected unless it reads on
BACKLOG = 64 * 1024  # more, and the client's next event waits, too
ANSWER = 100_000  # bytes of comments in one answer; a page asks again for the rest
PANEL_SOCKETS = 20  # sockets in the developer's panel

# Posts, replies and pages.

PAGE = 20  # posts or notifications on a page
FEED_REPLIES = 25  # of each post in the feed, the newest; earlier ones are on the post's own page
FEED_LETTERS = 10_000  # code points that these have together; 20 long replies in English
THREAD_REPLIES = 50  # on a page of a thread
MISSED = 200  # comments in one answer to a page that asks what it has missed
UNREAD = 1000  # notifications that are counted; the page says "999+"
DELETED_AT_ONCE = 1000  # documents in one command, whose ids have to fit into one message
REMOVED_AT_ONCE = 500  # ids in one event or answer that says what was removed


# Friends and requests.

FRIENDS = 1000  # of one user: each page reads their ids
REQUESTS = 100  # of one user, which nobody has answered yet: each is on somebody else's page
REQUESTS_TO_ONE = 3  # of one user to the same person, before a pause of ASK_AGAIN
ASK_AGAIN = timedelta(days=1)  # after a request was declined, or withdrawn for the third time
# How much of it a page shows. Others can ask without end, so a page counts and lists the newest.
ASKING = 100  # people who ask this user, on the badge, where 100 are "99+"
FRIENDS_ON_A_PAGE = 50
FRIENDS_HERE = 20  # in the list of friends who are here now; the others are counted

# Requests and events per user.

EVENTS = RateLimitItemPerSecond(100, 10)  # events of one socket in 10 seconds
EVENTS_PER_USER = RateLimitItemPerSecond(300, 10)  # after a restart 60 tabs ask 4 things each
EVENTS_AT_ONCE = 3  # of one socket; the next ones wait
EVENTS_AT_ONCE_PER_USER = 5
EVENTS_WAITING = 200  # of one user, those at work included; more are refused
POSTS_PER_SECOND = 20  # forms of one user but for comments, counted over 10 seconds; a setting
COMMENTS_PER_HOUR = 1000  # posts and replies of one user, all of which are kept; a setting
MESSAGES = 10  # of one session that wait for the next page that is loaded

# Passwords and sessions.

# Wrong passwords in 15 minutes. Each counts before it is checked.
PER_ACCOUNT = RateLimitItemPerMinute(10, 15)  # for one account from one network
PER_ADDRESS = RateLimitItemPerMinute(200, 15)  # from one network, which an office may share
PER_ACCOUNT_ANYWHERE = RateLimitItemPerMinute(100, 15)  # for one account from unknown networks
PER_SESSION = RateLimitItemPerMinute(10, 15)  # by somebody logged in, to change the account
KNOWN_NETWORKS = 10  # networks that an account remembers: home, work, a phone, some cafés

# A hash takes a processor 60 ms, and scrypt needs 32 MB for it.
HASHES_AT_ONCE = 3  # in one process
HASHES_AT_ONCE_PER_NETWORK = 2  # so that one network never has all of them
HASHES_PER_NETWORK = 200  # waiting and running: an office at nine o'clock
HASHES = 1000  # waiting and running, of all networks: half a minute's work

SESSIONS = 50  # stored sessions of one user: devices, browsers and private windows


# Counting, with the package `limits`.


def take_back(limiter: SlidingWindowCounterRateLimiter, limit: RateLimitItem, *key: str) -> None:
    """Count one less."""
    limiter.hit(limit, *key, cost=-1)


def seconds_until_free(
    limiter: SlidingWindowCounterRateLimiter, limit: RateLimitItem, *key: str
) -> int:
    """Return the whole seconds after which a full limit lets one more through; at least 1."""
    resets = limiter.get_window_stats(limit, *key).reset_time - time.time()
    return max(0, math.floor(resets)) + 1  # at the reset itself the limit is still full


def try_again(seconds: int) -> str:
    """Return a sentence such as "Try again in 12 minutes."."""
    number, unit = (seconds, "second") if seconds < 60 else (math.ceil(seconds / 60), "minute")
    return f"Try again in {number} {unit}{'' if number == 1 else 's'}."
