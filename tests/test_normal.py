"""Normalising keeps equal values equal and different ones different, and changes nothing else."""

from socket import gethostname

from tools.normal import normalised

ADA, GRACE = "6a1f00112233445566778899", "6a1f00112233445566778800"
SESSION, OTHER_SESSION = "4d0ad74e…", "feb86923…"
SOCKET, OTHER_SOCKET = "iCtx0sBqzK3v_d-WAAAB", "1dpxGQ7OigdQN-DGAAAD"


def test_ids_are_numbered_by_their_first_appearance():
    first, second = "56d800000000000000000001", "56d800000000000000000002"
    assert normalised(f"{ADA} {GRACE} {ADA}") == f"{first} {second} {first}"
    assert normalised(f"{GRACE} {ADA}") == f"{first} {second}"


def test_equal_ids_stay_equal_and_different_ones_different():
    for one, other in (SESSION, OTHER_SESSION), (SOCKET, OTHER_SOCKET):
        a, b, c = normalised(f"{one} {other} {one}").split()
        assert a == c != b
        assert normalised(other) == a != other


def test_texts_of_one_run_can_share_what_was_seen():
    seen = {}
    both = normalised(f"{ADA} {GRACE}", seen)
    assert normalised(f"{GRACE} {ADA}", seen).split() == both.split()[::-1]


def test_times_keep_how_many_hours_they_are_apart():
    assert normalised(
        '"expires": "2026-11-23T16:33:41Z", "last_modified": "2026-11-22T16:33:40+00:00"\n'
        "Expires=Mon, 23 Nov 2026 16:33:41 GMT at [22/Nov/2026 17:33:41]"
    ) == (
        '"expires": "2016-03-04T12:00:00Z", "last_modified": "2016-03-03T12:00:00+00:00"\n'
        "Expires=Fri, 04 Mar 2016 12:00:00 GMT at [03/Mar/2016 12:00:00]"
    )


def test_what_a_run_chooses_anew_is_always_the_same():
    text = (
        "http://127.0.0.1:43211/socket.io/?transport=polling&t=a1b2c3 Debugger PIN: 107-222-333 "
        f"ada.0123456789abcdef0123456789abcdef@example.org in process {gethostname()}:43211"
    )
    assert normalised(text) == (
        "http://127.0.0.1:5000/socket.io/?transport=polling&t=0 Debugger PIN: 123-456-789 "
        "ada@example.org in process this-host:5000"
    )


def test_what_is_normalised_already_stays_as_it_is():
    text = normalised(f"{ADA} {SESSION} {SOCKET} sid={'a' * 43}; 2026-11-23T16:33:41Z")
    assert normalised(text) == text
