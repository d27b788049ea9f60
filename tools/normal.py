"""Replaces everything in a text that varies between runs, so that all runs give the same text."""

import base64
import hashlib
import re
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

NOW = datetime(2016, 3, 3, 12, tzinfo=UTC)
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
HTTP_DATE = re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")


def digest(name: str, n: int) -> bytes:
    return hashlib.sha256(f"{name} {n}".encode()).digest()


# Values that are numbered: each function returns the stand-in for the nth different value.
NUMBERED = {
    # an ObjectId
    re.compile(r"(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])"): lambda n: f"56d8{n:020}",
    # the fingerprint of a session ID
    re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?=…)"): lambda n: digest("session", n).hex()[:8],
    # a session ID, in a cookie
    re.compile(r"(?<=\bsid=)[\w-]{43}(?![\w-])"): lambda n: (
        base64.urlsafe_b64encode(digest("cookie", n)).decode().rstrip("=")
    ),
    # a socket ID of Socket.IO or Engine.IO: 12 random bytes and a counter of 3 bytes
    re.compile(r"(?<![\w-])[\w-]{16}AA[\w-]{2}(?![\w-])"): lambda n: base64.urlsafe_b64encode(
        digest("socket", n)[:12] + n.to_bytes(3)
    ).decode(),
}
# Values that always have the same stand-in.
FIXED = {
    re.compile(rf"\b{re.escape(socket.gethostname())}:\d+"): "this-host:5000",
    re.compile(r"\b(127\.0\.0\.1|localhost):\d+"): r"\1:5000",
    re.compile(r"\[\d\d/\w{3}/\d{4} \d\d:\d\d:\d\d\]"): NOW.strftime("[%d/%b/%Y %H:%M:%S]"),
    re.compile(r"(Debugger PIN: )[\d-]+"): r"\g<1>123-456-789",
    re.compile(r"([?&](?:amp;)?t=)[\w.-]+"): r"\g<1>0",
    re.compile(r"\.[0-9a-f]{32}@example\.org"): "@example.org",
}


def normalised(text: str, seen: dict | None = None) -> str:
    """Return `text` with stand-ins for everything that varies from run to run.

    The first ID of each kind gets the first stand-in, the next different ID gets the second one,
    and so on. So equal IDs stay equal, and different ones stay different. Times keep only their
    distances in hours. Texts of one run that share a `seen` have the same stand-ins for the same
    IDs.
    """
    seen = {} if seen is None else seen
    for pattern, stand_in in NUMBERED.items():
        numbers = seen.setdefault(pattern, {})
        text = pattern.sub(
            lambda found, numbers=numbers, stand_in=stand_in: stand_in(
                numbers.setdefault(found[0], len(numbers) + 1)
            ),
            text,
        )
    for pattern, replacement in FIXED.items():
        text = pattern.sub(replacement, text)
    return with_times_replaced(text, seen)


def with_times_replaced(text: str, seen: dict) -> str:
    """Replace the earliest time by NOW, and keep the others' distances from it in whole hours."""
    moments = [datetime.fromisoformat(found[0]) for found in ISO.finditer(text)]
    moments += [parsedate_to_datetime(found) for found in HTTP_DATE.findall(text)]
    if not moments:
        return text
    earliest = seen.setdefault("earliest", min(moments))

    def stand_in(moment: datetime) -> datetime:
        return NOW + timedelta(hours=round((moment - earliest) / timedelta(hours=1)))

    def iso(found: re.Match) -> str:
        fraction = re.sub(r"\d", "0", found[1] or "")
        return f"{stand_in(datetime.fromisoformat(found[0])):%Y-%m-%dT%H:%M:%S}{fraction}{found[2]}"

    def http_date(found: re.Match) -> str:
        return format_datetime(stand_in(parsedate_to_datetime(found[0])), usegmt=True)

    return HTTP_DATE.sub(http_date, ISO.sub(iso, text))
