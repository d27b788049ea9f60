"""What a browser is called, as people would recognise it in the list of their sessions."""

import re


def browser_name(user_agent: str) -> str:
    """Return what a User-Agent header says for people: "Firefox on Linux"."""
    systems = r"Android|iPhone|iPad|Windows|Mac OS X|Linux"
    names = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "macOS"}
    found = re.findall(rf"({'|'.join(BROWSERS)})\w{{0,9}}/", user_agent)  # also EdgA, OPRGX
    browser = min(found, key=BROWSERS.index, default="Another program")
    system = re.search(systems, user_agent)
    on = f" on {names.get(system[0], system[0])}" if system else ""
    return names.get(browser, browser) + on


# The first that is named counts: they all claim to be Safari, and most to be Chrome.
BROWSERS = ["Edg", "OPR", "Firefox", "Chrome", "Safari"]
