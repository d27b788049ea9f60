"""The limits for each user, session, address or connection. Change a limit here.

`docs/limits.md` lists them all, with the effect of reaching each, and with the test that shows it.
The lengths of names and texts are in domain/texts.py. What a client may send over a socket is
limited where it's checked: server/packets.py, server/connection.py and realtime/events.py.
"""

import math
import time
from datetime import timedelta

from limits import RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.strategies import SlidingWindowCounterRateLimiter

# Sockets, and data that waits to be sent to them.

SOCKETS_PER_USER = 200  # three devices with 20 tabs each are 60
SOCKETS_PER_SESSION = 100  # a session is one browser
OPENINGS = RateLimitItemPerMinute(2000, 1)  # sockets opened by one user, per process
STRANGERS = 1000  # connections of a process without an accepted socket; see gate.py
STRANGERS_PER_SESSION = 200
LET_IN_WITHIN = 10  # seconds from handshake to accepted socket; a page takes less than one
REFUSED_STAYS = 2  # seconds in which a refused client reads the reason
TAKEN_WITHIN = 60  # seconds for a client to take a message, or a response over HTTP
# With FAST=1 only: bytes that wait for one client. A page is sent far less in a minute.
UNSENT = 1_000_000  # if more wait, the client is disconnected unless it reads on
BACKLOG = 64 * 1024  # if more wait, the client's next event waits, too
ANSWER = 100_000  # bytes of comments in one answer; a page asks again for the rest
OFFLINE_AFTER = 3  # seconds from a user's last socket until friends see the user as offline
PANEL_SOCKETS = 20  # sockets listed in the developer's panel

# Posts, replies and pages.

PAGE = 20  # posts or notifications on a page
FEED_REPLIES = 25  # newest replies to each post in the feed; the post's own page has the others
FEED_LETTERS = 10_000  # code points in these replies together: 20 long ones in English
THREAD_REPLIES = 50  # replies on a page of a thread
MISSED = 200  # comments in one answer to a page that asks for those it has missed
UNREAD = 1000  # unread notifications that are counted; if there are more, the page says "999+"
DELETED_AT_ONCE = 1000  # documents in one command, because a message has a maximum size
REMOVED_AT_ONCE = 500  # IDs of deleted posts in one event or answer

# Friends and requests.

FRIENDS = 1000  # friends of one user; each page reads their IDs
REQUESTS = 100  # unanswered requests by one user; each is on another user's page
REQUESTS_TO_ONE = 3  # requests by one user to the same person, before a pause of ASK_AGAIN
ASK_AGAIN = timedelta(days=1)  # the pause after a request was declined, or withdrawn too often
# The number of requests to one user is unlimited, so a page counts and lists only the newest.
ASKING = 100  # requests to one user that are counted; with 100, the badge says "99+"
FRIENDS_ON_A_PAGE = 50
FRIENDS_HERE = 20  # online friends in the list; the others are only counted

# Requests and events.

EVENTS = RateLimitItemPerSecond(100, 10)  # events of one socket in 10 seconds
EVENTS_PER_USER = RateLimitItemPerSecond(300, 10)  # after a restart, 60 tabs send four each
EVENTS_AT_ONCE = 3  # events of one socket being handled; the next ones wait
EVENTS_AT_ONCE_PER_USER = 5
EVENTS_WAITING = 200  # events of one user, waiting or being handled; more are refused
POSTS_PER_SECOND = 20  # POST requests of one user except comments, over 10 s; can be set
COMMENTS_PER_HOUR = 1000  # posts and replies of one user, because all are stored; can be set
MESSAGES = 10  # messages in one session that wait for the next page to show them

# Passwords and sessions.

# Wrong passwords in 15 minutes. Each try counts before its password is checked.
PER_ACCOUNT = RateLimitItemPerMinute(10, 15)  # for one account, from one network
PER_ADDRESS = RateLimitItemPerMinute(200, 15)  # from one network, which an office may share
PER_ACCOUNT_ANYWHERE = RateLimitItemPerMinute(100, 15)  # for one account, from unknown networks
PER_SESSION = RateLimitItemPerMinute(10, 15)  # by a logged-in user who changes the account
KNOWN_NETWORKS = 10  # networks that an account remembers: home, work, a phone, some cafés

# A hash takes a processor 60 ms, and scrypt needs 32 MB for it.
HASHES_AT_ONCE = 3  # hashes computed at the same time in one process
HASHES_AT_ONCE_PER_NETWORK = 2  # fewer, so that one network never blocks the others
HASHES_PER_NETWORK = 200  # hashes waiting or computed: an office at nine o'clock
HASHES = 1000  # hashes waiting or computed for all networks: half a minute's work

SESSIONS = 50  # stored sessions of one user: devices, browsers and private windows

# Helpers for refusals, which say when to try again.


def seconds_until_free(limiter: SlidingWindowCounterRateLimiter, *limits: tuple) -> int:
    """Return after how many whole seconds all these limits, each with its key, allow one more."""
    full = [limit for limit in limits if not limiter.test(*limit)]
    waits = [limiter.get_window_stats(*limit).reset_time - time.time() for limit in full]
    return max([0, *map(math.floor, waits)]) + 1  # at the reset itself, a limit is still full


def try_again(seconds: int) -> str:
    """Return a sentence such as "Try again in 12 minutes."."""
    number, unit = (seconds, "second") if seconds < 60 else (math.ceil(seconds / 60), "minute")
    return f"Try again in {number} {unit}{'' if number == 1 else 's'}."
