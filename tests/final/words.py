"""Names and texts in many languages, for the tests of text that people type."""

# ruff: noqa: RUF001

# The first and last name as typed, the full name as shown, and the initials.
NAMES = {
    "English": ("Grace", "Hopper", "Grace Hopper", "GH"),
    "an apostrophe": ("Conan", "O’Brien", "Conan O’Brien", "CO"),
    "a hyphen": ("Jean-Luc", "Picard", "Jean-Luc Picard", "JP"),
    "Welsh": ("Ŵyn", "Llŷr", "Ŵyn Llŷr", "ŴL"),
    "German": ("Änne", "Groß", "Änne Groß", "ÄG"),
    "Vietnamese, taken apart": ("Nguye\u0302\u0303n", "A\u0301nh", "Nguyễn Ánh", "NÁ"),
    "Turkish": ("İpek", "Işık", "İpek Işık", "İI"),
    "Persian, with a non-joiner": ("علی\u200cرضا", "کریمی", "علی\u200cرضا کریمی", "عک"),
    "Hebrew": ("שָׂרָה", "כהן", "שָׂרָה כהן", "שָׂכ"),
    "Japanese, with wide spaces": ("\u3000花子\u3000", "山田\u3000太郎", "花子 山田 太郎", "花山"),
    "Thai": ("น้ำฝน", "ใจดี", "น้ำฝน ใจดี", "น้ำใ"),
    "Hindi": ("क्षितिज", "शर्मा", "क्षितिज शर्मा", "क्षिश"),
    "letters and digits": ("X Æ A-12", "Musk", "X Æ A-12 Musk", "XM"),
    "one name": ("Prince", "", "Prince", "P"),
    "letters from beyond 16 bits": ("𝓐𝓭𝓪", "𠮷野", "𝓐𝓭𝓪 𠮷野", "𝓐𠮷"),
    "a family": ("👩‍👩‍👧", "Noether", "👩‍👩‍👧 Noether", "👩‍👩‍👧N"),
    "a new emoji": ("\U0001fac8", "\U0001faea", "\U0001fac8 \U0001faea", "\U0001fac8\U0001faea"),
    "a no-break space": ("Ada\u00a0", "de\u00a0la\u2009Cruz", "Ada de la Cruz", "Ad"),
    "a joiner in front": ("\u200dAda", "\ufeffByron", "Ada Byron", "AB"),
    "a mark in front": ("\u0301Ada", "Byron", "\u0301Ada Byron", "AB"),
    "another direction": ("\u202eAd\u202da", "By\u2067ron", "Ada Byron", "AB"),
}

UNSEEN_NAMES = {
    "a space without width": "\u200b",
    "joiners": "\u200c\u200d",
    "a byte order mark": "\ufeff",
    "a Hangul filler": "\u3164",
    "a half-width filler": "\uffa0",
    "an empty Braille cell": "\u2800\u2800",
    "variation selectors": "\ufe0f\ufe0e",
    "spaces and a soft hyphen": "\u3000 \u00ad \u2003",
    "directions": "\u202e\u2066",
    "tags": "\U000e0041",
    "marks without a letter": "\u0301\u0308",
    "a control character": "\x01",
}

REFUSED_NAMES = {
    "too long": ("x" * 51, "1 to 50 characters"),
    "too many characters": ("e\u0301" * 51, "1 to 50 characters"),
    "far too long": ("x" * 100_000, "1 to 50 characters"),
    "stacked marks": ("Z" + "\u0301\u0323" * 300, "letters, accents and joiners"),
    "a line break": ("Ada\nByron", "line breaks or control characters"),
    "a line separator": ("Ada\u2028Byron", "line breaks or control characters"),
    "a control character": ("Ada\x1bByron", "line breaks or control characters"),
    "a tab": ("Ada\tByron", "line breaks or control characters"),
}

# Texts, and the number of characters that people count in each.
COUNTS = {
    "": 0,
    "plain": 5,
    "👩‍👩‍👧👨‍👩‍👧‍👦": 2,
    "🇩🇪🇫🇷🇳🇱": 3,
    "🇩🇪🇫": 2,
    "👍🏽👩🏿‍🚀": 2,
    "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f🏳️‍🌈": 2,
    "1️⃣#️⃣": 2,
    "❤️❤": 2,
    "क्षत्रिय": 3,
    "র্‍যাব": 2,
    "മലയാളം": 4,
    "தமிழ்": 3,
    "한국어": 3,
    "\u1112\u1161\u11ab\u1100\u116e\u11a8": 2,
    "น้ำฝน": 3,
    "e\u0301a\u0308\u0323\u0331": 2,
    "Z" + "\u0301\u0323" * 100 + "z": 2,
    "علی‌رضا": 6,
    "שָׁלוֹם": 4,
    "one\ntwo": 7,
    "👩\u200d": 1,
    "a\u200db": 2,
    "\U0001fac8\U0001faea": 2,
    "𝓐𝓭𝓪": 3,
}
