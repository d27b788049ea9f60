"""Text that people type, in any language: clean, count, compare and shorten it.

A character here is a grapheme cluster, such as 👩‍👩‍👧 or क्षि: people count it as one.
static/texts.js counts in the same way.
"""

import unicodedata

import idna
import regex

MAX_NAME = 50  # characters
MAX_COMMENT = 500  # characters
MAX_CODE_POINTS = 10  # per character, on average: 👩🏽‍❤️‍💋‍👨🏿 has ten
MIN_PASSWORD = 8  # code points; templates/signup.html names it, too
MAX_PASSWORD = 200
MAX_EMAIL = 254  # code points

# Normalising takes quadratic time on long runs of marks, so longer texts aren't normalised.
MAX_NORMALIZED = 1000  # code points

# Two letters make a flag. To match one, `\X` alone would go back to the first flag each time.
MARKS = r"[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]"
CHARACTER = regex.compile(rf"\p{{Regional_Indicator}}{{2}}{MARKS}*|\X")

# Spaces, joiners, fillers and other characters that show nothing.
UNPRINTABLE = (
    r"\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}"
    r"\p{Noncharacter_Code_Point}\u2800\ufff9-\ufffc\U0001d159"
)
VISIBLE = regex.compile(rf"[^\p{{Mn}}{UNPRINTABLE}]")
CONTROL = regex.compile(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]")
NOT_IN_EMAIL = regex.compile(rf"[@{UNPRINTABLE}]")
SPACES = regex.compile(r"\p{Zs}+")
RIGHT_TO_LEFT = regex.compile(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}]")
DIRECTIONS = regex.compile(r"[\u202a-\u202e\u2066-\u2069]")

BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff"  # and JavaScript's
INVISIBLE = BLANKS + "\u00ad\u061c\u200b\u200e\u200f\u2060\u2061\u2062\u2063\u2064"
INVISIBLE += "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # may be copied along
JOINERS = "\u200c\u200d\ufe0e\ufe0f"
NO_JOINERS = str.maketrans("", "", JOINERS)


def count(text: str) -> int:
    """Return the number of characters in a text, as people count them."""
    return sum(1 for _ in CHARACTER.finditer(text))


def is_visible(text: str) -> bool:
    """Return whether a text has a visible character."""
    return VISIBLE.search(text) is not None


def has_control(text: str) -> bool:
    """Return whether a text has line breaks, control characters or broken characters."""
    return CONTROL.search(text) is not None


def clean_name(text: str) -> str:
    """Return a name as we store it: in NFC, with single ordinary spaces, and trimmed.

    Invisible characters that set the direction are removed. Every name is shown isolated, so they
    could only confuse the text beside the name.
    """
    text = text.strip()
    if len(text) > MAX_NORMALIZED:
        return text
    text = SPACES.sub(" ", DIRECTIONS.sub("", text))
    return unicodedata.normalize("NFC", text.strip(INVISIBLE).lstrip(INVISIBLE + JOINERS))


def clean_comment(text: str) -> str:
    """Return a comment as we store it: trimmed, with \\n for every line break."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip(BLANKS)


def clean_password(text: str) -> str:
    """Return a password as we hash it, the same from every keyboard: RFC 8265, OpaqueString."""
    if len(text) > MAX_NORMALIZED:
        return text  # longer than any password
    return unicodedata.normalize("NFC", regex.sub(r"\p{Zs}", " ", text))


def clean_email(text: str) -> str:
    """Return an email address as we store and compare it: in lower case and NFC, by IDNA.

    ADA@xn--bcher-kva.example becomes ada@bücher.example. Text that is no address comes back in
    lower case, cut off one character past the longest address.
    """
    text = text.strip(INVISIBLE)[: MAX_EMAIL + 1].lower()
    local, at, domain = text.rpartition("@")
    return unicodedata.normalize("NFC", local) + at + (domain_name(domain) or domain)


def domain_name(text: str) -> str | None:
    """Return a domain in the letters of its language, or None if it can't be a domain."""
    try:
        return idna.decode(idna.encode(text, uts46=True))
    except UnicodeError:
        return None


def is_email(text: str) -> bool:
    """Return whether a text has the form of an email address."""
    text = clean_email(text)
    local, _, domain = text.rpartition("@")
    has_dots = "." in domain and not domain.endswith(".")
    is_possible = len(text) <= MAX_EMAIL and has_dots and domain_name(domain)
    # Some languages need joiners. Between ASCII letters they could only imitate an address.
    letters = local.translate(NO_JOINERS)
    is_honest = letters == local or not letters.isascii()
    return bool(is_possible and letters and is_honest and not NOT_IN_EMAIL.search(letters))


def masked(email: str) -> str:
    """Return an email address that only people who know it will recognise: g…@example.org."""
    local, _, domain = email.rpartition("@")
    return f"{first_visible(local)}…@{domain}"


def first_visible(text: str) -> str:
    """Return the first visible character of a text, or an empty text."""
    characters = (found[0] for found in CHARACTER.finditer(text))
    return next(filter(is_visible, characters), "")


def isolated(text: str) -> str:
    """Return a text that can't reverse the words around it, for places that can't have <bdi>."""
    return f"\u2068{text}\u2069" if RIGHT_TO_LEFT.search(text) else text


# For the search. Unicode splits most letters into a plain letter and its marks, but not these.
APOSTROPHES = str.maketrans("", "", "'`´‘’ʹʻʼʾʿ")  # noqa: RUF001
PLAIN = str.maketrans("øłđðħıŧŋĸɓɗƙƴɛɔə", "olddhitnkbdkyeoe") | str.maketrans(
    # The last three are one letter each in Arabic, Persian and Urdu, on different keys.
    {"æ": "ae", "œ": "oe", "þ": "th", "\u064a": "\u06cc", "\u0649": "\u06cc", "\u0643": "\u06a9"}
)
# Optional marks, and invisible characters. In Indian scripts marks are vowels, so they stay.
LEFT_OUT = regex.compile(
    r"(?V1)[[\p{Script=Inherited}\p{Script=Arabic}\p{Script=Hebrew}]&&\p{Mn}]"
    r"|[\p{Default_Ignorable_Code_Point}\u0640]"  # the last one only stretches a word
)


def folded(text: str) -> str:
    """Return a text as the search compares it: without case, accents, apostrophes and joiners."""
    text = text[:MAX_NORMALIZED].translate(APOSTROPHES)
    text = unicodedata.normalize("NFKD", text).casefold()
    text = LEFT_OUT.sub("", text).translate(PLAIN).translate(APOSTROPHES)  # wide ones, too
    return " ".join(regex.sub(r"\p{Pd}", " ", text).split())
