"""G1 to G12: one session behind both doors, and who somebody is."""

from tests.steps.people import Person


def test_g7_an_id_that_was_planted_is_worth_nothing_after_the_log_in(ada: Person):
    planted = ada.cookie
    ada.log_in()
    assert ada.cookie != planted, "the log-in goes on under another id"
    stale = ada.elsewhere()
    stale.http.cookies.set("sid", planted)
    assert stale.get("/session").status_code == 401
