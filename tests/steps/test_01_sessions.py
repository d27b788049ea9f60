"""Step 01: users sign up, log in and log out, and the server remembers them in a session."""

import time

import pytest
from playwright.sync_api import Page, Route, expect
from requests import Response

from tests.steps.explain import check, explained
from tools.people import AS_BROWSER, PASSWORD, Person, eventually
from tools.servers import INTERRUPT, TERMINATE, Server

MINUTE = 60  # seconds
DAY = 24 * 60 * MINUTE


def is_logged_in(person: Person) -> bool:
    return person.get("/session").status_code == 200


def outcome(answer: Response) -> str:
    """Return the status of a response and, for a redirect, its target."""
    if not answer.is_redirect:
        return str(answer.status_code)
    return f"{answer.status_code}, a redirect to {answer.headers['Location']}"


# Signing up.


def test_signing_up_logs_in_and_opens_the_dashboard(server: Server, someone):
    ada = someone(signed_up=False)
    answer = ada.sign_up()
    check(
        answer.status_code == 302 and answer.headers.get("Location", "").endswith("/dashboard"),
        "A sign-up does not lead to the dashboard.",
        seen=f"POST /signup answered {outcome(answer)}",
        hint="Create the user, log them in and redirect (302) to /dashboard.",
        see="routes.py",
    )
    dashboard = ada.get("/dashboard")
    check(
        dashboard.status_code == 200,
        "A user who has just signed up doesn't see the dashboard.",
        seen=f"GET /dashboard answered {dashboard.status_code}, and the browser has "
        f"{'a' if ada.cookie else 'no'} session cookie",
        hint="Log the user in after the sign-up, and send the session's cookie with the redirect.",
        see="auth.py",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_name": ""},
        {"last_name": "   "},
        {"first_name": "A" * 5000},
        {"first_name": "\u200b\u200d"},
        {"last_name": "\u3164"},
        {"first_name": "two\u2028lines"},
        {"email": ""},
        {"email": "no-at-sign"},
        {"email": "two@@example.org"},
        {"email": "no-domain@"},
        {"email": "no.dot@example"},
        {"email": "a" * 5000 + "@example.org"},
        {"email": "line\nbreak@example.org"},
        {"password": ""},
        {"email": None},
        {"password": None},
        {"first_name": None},
    ],
    ids=lambda wrong: " ".join(f"{k}={v!r}"[:24] for k, v in wrong.items()),
)
def test_a_bad_or_missing_field_is_refused_and_nothing_is_stored(server: Server, someone, wrong):
    ada = someone(signed_up=False)
    answer = ada.sign_up(**wrong)
    [field] = wrong
    check(
        answer.status_code not in {404, 405},
        "Nothing answers POST /signup.",
        seen=answer.status_code,
        hint="Give it a route that checks the fields.",
        see="routes.py",
    )
    check(
        answer.status_code == 400,
        f"A sign-up with a wrong or missing {field} is not refused.",
        seen=f"POST /signup answered {answer.status_code}",
        hint="Check every field on the server, and answer 400 with the form again.",
        see="users.py",
    )
    check(
        'role="alert"' in answer.text,
        f"The refused sign-up does not explain the problem with the {field}.",
        hint="Show a message at the field, in an element with role=alert.",
        see="templates/signup.html",
    )
    kept = ada.last_name if field != "last_name" else ada.first_name
    check(
        f'value="{kept}"' in answer.text,
        "The refused sign-up doesn't keep the text that was typed.",
        hint="Render the form with the submitted values, except the password.",
        see="templates/signup.html",
    )
    check(
        PASSWORD not in answer.text,
        "The refused sign-up sends the password back.",
        hint="Render the form with the submitted values, except the password.",
        see="templates/signup.html",
    )
    check(
        not ada.cookie,
        "A visitor whose sign-up is refused gets a cookie, and so a session in the database.",
        seen=answer.headers.get("Set-Cookie"),
        hint="Save a session only if it has data.",
        see="session.py",
    )
    check(
        ada.log_in().status_code == 401,
        "A refused sign-up still stores an account.",
        hint="Check the fields before you store the user.",
        see="routes.py",
    )


@pytest.mark.parametrize(
    ("first_name", "last_name"),
    [
        ("علی\u200cرضا", "کریمی"),  # noqa: RUF001
        ("क्षितिज", "शर्मा"),
        ("花子\u3000", "山田\u3000太郎"),
        ("👩\u200d🚀", "\U0001fac8"),
    ],
    ids=["Persian", "Hindi", "Japanese", "emoji"],
)
def test_names_in_any_script_can_sign_up(server: Server, someone, first_name, last_name):
    ada = someone(signed_up=False)
    answer = ada.sign_up(first_name=first_name, last_name=last_name)
    check(
        answer.status_code == 302,
        "A user whose name is in another script can't sign up.",
        seen=f"POST /signup answered {answer.status_code} to {f'{first_name} {last_name}'!a}",
        hint="Joiners, marks, spaces of all kinds and new emoji belong to names, but "
        "str.isprintable() refuses them. Refuse only control characters and line breaks.",
        see="users.py",
    )


def test_a_password_works_however_the_keyboard_encodes_it(server: Server, someone):
    ada = someone(signed_up=False)
    composed, apart = "cafémañana1", "cafe\u0301man\u0303ana1"
    ada.sign_up(password=composed)
    answers = [ada.elsewhere().log_in(typed) for typed in (composed, apart)]
    check(
        [answer.status_code for answer in answers] == [302, 302],
        "A password with accents works on one computer but not on another.",
        seen=f"{composed!a} and {apart!a} were answered with "
        f"{[answer.status_code for answer in answers]}",
        hint="Keyboards send é as one character or as e and an accent. Hash and compare the "
        "password in one form: unicodedata.normalize('NFC', password).",
        see="users.py",
    )


def test_a_taken_email_is_refused(server: Server, someone):
    ada, grace = someone(), someone(signed_up=False)
    answer = grace.sign_up(email=ada.email)
    check(
        answer.status_code == 400 and 'role="alert"' in answer.text and not grace.cookie,
        "A sign-up with a taken email is not refused, or shows no reason.",
        seen=f"the second sign-up was answered with {answer.status_code}, cookie: {grace.cookie}",
        hint="Let the database refuse it: a unique index on the email, and a message at the field.",
        see="users.py",
    )


@pytest.mark.parametrize("path", ["/signup", "/login"])
def test_json_instead_of_a_form_gets_a_clear_answer(server: Server, someone, path):
    ada = someone(signed_up=False)
    answer = ada.post(path, json={"email": ada.email, "password": PASSWORD})
    expected = 400 if path == "/signup" else 401
    check(
        answer.status_code == expected,
        f"POST {path} with JSON instead of a form does not get a clear error.",
        seen=f"it answered {answer.status_code}",
        hint=f"request.form is empty then, so answer as for missing fields, with {expected}.",
        see="routes.py",
    )


# Logging in and out.


def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(server: Server, someone):
    ada, nobody = someone().elsewhere(), someone(signed_up=False)
    answers = [ada.log_in(password="not the password"), nobody.log_in()]
    texts = [
        answer.text.replace(person.email, "EMAIL")
        for answer, person in zip(answers, [ada, nobody], strict=True)
    ]
    check(
        [answer.status_code for answer in answers] == [401, 401] and 'role="alert"' in texts[0],
        "A wrong password or an unknown email is not refused with 401 and a message.",
        seen=f"the answers {answers[0].status_code} and {answers[1].status_code}",
        hint="Render the login page again, with a message in an element with role=alert, and 401.",
        see="routes.py",
    )
    check(
        texts[0] == texts[1],
        "The answer to a failed login reveals whether the email has an account.",
        hint="Give the same answer for an unknown email as for a wrong password.",
        see="routes.py",
    )
    check(
        not ada.cookie and not nobody.cookie,
        "A failed login leaves a cookie.",
        hint="A session that stays empty needs no cookie.",
        see="session.py",
    )


@pytest.mark.parametrize("fields", [{}, {"email": "ada@example.org"}, {"password": "x"}], ids=repr)
def test_a_login_with_missing_fields_is_refused(server: Server, someone, fields):
    answer = someone(signed_up=False).post("/login", fields)
    check(
        answer.status_code == 401,
        "A login without email or password is not refused.",
        seen=f"POST /login answered {answer.status_code}",
        hint='request.form.get("email", "") does not fail if a field is missing.',
        see="routes.py",
    )


def test_opening_the_address_of_a_refused_login_shows_the_login_page(server: Server, someone):
    visitor = someone().elsewhere()
    visitor.log_in(password="not the password")  # leaves /login in the address bar
    answer = visitor.get("/login", headers=AS_BROWSER)
    check(
        answer.status_code not in {404, 405},
        "A wrong password leaves /login in the address bar, and opening that address is an error.",
        seen=f"GET /login answered {answer.status_code}",
        hint='Give GET /login a route, too. It can redirect to "/".',
        see="routes.py",
    )
    opened = visitor.http.get(f"{server.url}/login", headers=AS_BROWSER, timeout=30)
    check(
        opened.status_code == 200 and 'name="password"' in opened.text,
        "Opening /login does not show the login page.",
        seen=f"{opened.status_code} at {opened.url}",
        hint='Let GET /login redirect to "/", where the login page is.',
        see="routes.py",
    )


def test_logging_in_leads_to_the_page_that_was_asked_for(server: Server, someone):
    ada = someone()
    ada.log_out()
    targets = [ada.log_in().headers.get("Location", "")]
    ada.log_out()
    targets.append(ada.log_in(next="/session").headers.get("Location", ""))
    check(
        targets[0].endswith("/dashboard") and targets[1].endswith("/session"),
        "A login does not lead to /dashboard, or to the page given as next.",
        seen=f"without next: {targets[0]!r}, with next=/session: {targets[1]!r}",
        hint="Redirect to the form's field next, or to /dashboard if it is empty.",
        see="routes.py",
    )


@pytest.mark.parametrize(
    "target",
    [
        "https://example.com/",
        "//example.com",
        "/\\example.com",
        "\\\\example.com",
        "/\t/example.com",
    ],
    ids=repr,
)
def test_next_does_not_lead_to_another_site(server: Server, someone, target):
    ada = someone()
    ada.log_out()
    location = ada.log_in(next=target).headers.get("Location", "")
    check(
        location in {"/dashboard", server.url + "/dashboard"},
        "A link to our login page can lead users to another site.",
        seen=f"next={target!r} leads to {location!r}",
        hint="Follow next only if it is a path of this site, as a browser would read it.",
        see="auth.py",
    )


def test_logging_out_ends_the_session_on_the_server(server: Server, someone):
    ada = someone()
    old_cookie = ada.cookie
    answer = ada.log_out()
    check(
        answer.status_code == 302 and answer.headers.get("Location") in {"/", server.url + "/"},
        "Logging out does not lead to the login page.",
        seen=f"POST /logout answered {outcome(answer)}",
        hint="Redirect (302) to /.",
        see="routes.py",
    )
    cookie_after = ada.cookie
    ada.http.cookies.set("sid", old_cookie)
    check(
        not is_logged_in(ada),
        "The cookie from before the logout still opens the account.",
        hint="Deleting the cookie is not enough: destroy the session in the store.",
        see="session.py",
    )
    check(
        not cookie_after,
        "The browser keeps the session's cookie after the logout.",
        seen="the same cookie" if cookie_after == old_cookie else "a different cookie",
        hint="Removing the user from the session is not enough. Destroy it, and its cookie.",
        see="auth.py",
    )


def test_a_visitor_is_sent_to_the_login_page(server: Server, someone):
    visitor = someone(signed_up=False)
    answer = visitor.get("/dashboard")
    check(
        answer.status_code == 302
        and answer.headers.get("Location", "").endswith("/?next=/dashboard"),
        "A visitor isn't redirected from the dashboard to the login page.",
        seen=f"GET /dashboard answered {outcome(answer)}",
        hint="Redirect (302) to /?next=/dashboard: Flask-Login's unauthorized_handler does it.",
        see="auth.py",
    )
    answer = visitor.get("/session")
    check(
        answer.status_code == 401,
        "GET /session shows a session to a visitor who isn't logged in.",
        seen=f"GET /session answered {answer.status_code}",
        hint="Answer 401.",
        see="routes.py",
    )


def test_the_login_page_redirects_logged_in_users(server: Server, someone):
    answer = someone().get("/")
    check(
        answer.status_code == 302 and answer.headers.get("Location", "").endswith("/dashboard"),
        "A user who is logged in gets the login page.",
        seen=f"GET / answered {answer.status_code}",
        hint="Redirect (302) to /dashboard.",
        see="routes.py",
    )


# The session and its cookie.


def test_the_request_shows_its_session(server: Server, someone):
    ada = someone()
    session = ada.get("/session").json()
    check(
        set(session) == {"id", "cookie", "data", "last_modified"}
        and {"path", "expires", "max_age", "http_only", "same_site"} == set(session["cookie"])
        and session["cookie"]["max_age"] == DAY
        and session["data"].get("_user_id"),
        "GET /session does not show all exposed parts of a session.",
        seen=session,
        hint="Show id, cookie (path, expires, max_age, http_only, same_site), data with "
        "Flask-Login's _user_id, and last_modified.",
        see="expose.py",
    )
    check(
        len(session["id"]) < 20 and ada.cookie not in str(session),
        "The exposed session reveals enough to steal the session.",
        seen=f"id {session['id']!r}",
        hint="Show only a few characters of a hash of the ID.",
        see="expose.py",
    )


def test_the_cookie_is_only_an_id_and_out_of_reach_of_scripts(server: Server, someone):
    ada = someone(signed_up=False)
    header = ada.sign_up().headers.get("Set-Cookie", "")
    check(
        header.startswith("sid="),
        "The session's cookie is not called sid.",
        seen=header or "POST /signup sent no cookie",
        hint="Send a cookie called sid, with the session's ID, along with the redirect.",
        see="session.py",
    )
    parts = {part.strip().lower() for part in header.split(";")[1:]}
    for wanted in "HttpOnly", "SameSite=Lax", "Path=/":
        check(
            wanted.lower() in parts,
            f"The session's cookie lacks {wanted}.",
            seen=header,
            hint="HttpOnly hides it from scripts, SameSite=Lax keeps it from the forms of other "
            "sites, and Path=/ makes it valid for the whole site.",
            see="session.py",
        )
    [cookie] = [each for each in ada.http.cookies if each.name == "sid"]
    check(
        cookie.expires and abs(cookie.expires - time.time() - DAY) < MINUTE,
        "The session's cookie does not last a day.",
        seen=header,
        hint=f"Send it with Max-Age={DAY}, or with a date in Expires.",
        see="session.py",
    )
    user_id = ada.get("/session").json()["data"]["_user_id"]
    check(
        user_id not in ada.cookie and ada.email not in ada.cookie,
        "The cookie contains more than an ID.",
        seen=f"sid={ada.cookie}",
        hint="Keep the data in the store, and put only the session's ID into the cookie.",
        see="session.py",
    )
    check(
        len(ada.cookie) >= 43,
        "The session's ID could be guessed.",
        seen=f"sid={ada.cookie}",
        hint="Take 256 random bits from the secrets module: token_urlsafe(32) is 43 characters.",
        see="session.py",
    )


@pytest.mark.holds_before
@pytest.mark.parametrize("path", ["/", "/signup", "/dashboard", "/session"])
def test_a_visitor_who_does_nothing_gets_no_cookie(server: Server, someone, path):
    answer = someone(signed_up=False).get(path)
    check(
        "Set-Cookie" not in answer.headers,
        f"A visitor of {path} gets a cookie, and so a session in the database.",
        seen=answer.headers.get("Set-Cookie"),
        hint="Save a session only if it has data.",
        see="session.py",
    )


def test_an_unchanged_session_is_not_saved_again(server: Server, someone):
    ada = someone()
    answer = ada.get("/session")
    before, this_second = answer.json()["last_modified"], answer.headers["Date"]
    eventually(lambda: ada.get("/session").headers["Date"] != this_second)
    answer = ada.get("/session")
    check(
        answer.json()["last_modified"] == before and "Set-Cookie" not in answer.headers,
        "A request that changes nothing saves the session.",
        seen=f"last_modified went from {before} to {answer.json()['last_modified']}",
        hint="Keep a copy of the loaded session. Save the session only if it differs.",
        see="session.py",
    )


def test_a_planted_session_id_is_not_adopted(server: Server, someone):
    ada = someone()
    ada.log_out()
    planted = "planted-by-an-attacker-who-waits-for-the-login"
    ada.http.cookies.set("sid", planted, domain="127.0.0.1", path="/")
    answer = ada.log_in()
    waiting = someone(signed_up=False)
    waiting.http.cookies.set("sid", planted)
    check(
        planted not in answer.headers.get("Set-Cookie", planted) and not is_logged_in(waiting),
        "A planted ID becomes the ID of the logged-in session.",
        seen=answer.headers.get("Set-Cookie"),
        hint="Never accept an ID that is not in the store, because only the server makes IDs.",
        see="session.py",
    )


def test_logging_in_changes_the_session_id(server: Server, someone):
    ada = someone()
    first = ada.cookie
    ada.log_in()
    second = ada.cookie
    twin = ada.elsewhere()
    twin.http.cookies.set("sid", first)
    check(
        first != second and is_logged_in(ada) and not is_logged_in(twin),
        "The session id from before the login is still good after it.",
        seen="the same id" if first == second else "another id, and the old one works, too",
        hint="Call session.regenerate() at the login: a new id, and the old one destroyed.",
        see="auth.py",
    )


@pytest.mark.parametrize("cookie", ["", "garbage", "a" * 4000, "é$.{}", '"', "sid=sid", "%00"])
def test_an_invalid_cookie_identifies_no_user(server: Server, someone, cookie):
    visitor = someone(signed_up=False)
    headers = {"Cookie": f"sid={cookie}; other=1".encode()}
    answers = {path: visitor.get(path, headers=headers).status_code for path in ["/", "/session"]}
    check(
        answers == {"/": 200, "/session": 401},
        "A cookie that isn't ours is treated as a login, or breaks the page.",
        seen=answers,
        hint="If the store does not know the ID, use an empty session.",
        see="session_store.py",
    )


@pytest.mark.parametrize("signal", [INTERRUPT, TERMINATE], ids=["Ctrl-C", "terminate"])
def test_a_restart_logs_nobody_out(own_server: Server, someone, signal):
    ada = someone()
    own_server.stop(signal)
    kept = own_server.database.read_text("utf-8") if own_server.database.exists() else ""
    own_server.start()
    check(
        is_logged_in(ada),
        "After a restart of the server, all users are logged out.",
        hint="Write the embedded database to a file when the process ends; read it at the start.",
        see="db.py",
    )
    check(
        ada.cookie not in kept and PASSWORD not in kept,
        "The database contains session IDs or passwords in plain text.",
        hint="Store hashes of both.",
        see="session_store.py",
    )


def test_the_terminal_shows_the_requests_session(own_server: Server, someone):
    ada = someone()
    ada.get("/dashboard")
    session = ada.get("/session").json()
    wanted = [session["id"], session["data"]["_user_id"], session["cookie"]["expires"]]
    with explained(
        "The terminal does not show the request's session.",
        hint="When a user opens the dashboard, print the exposed session and the bare user ID.",
        see="expose.py",
    ):
        assert eventually(lambda: all(part in own_server.printed for part in wanted)), (
            own_server.printed
        )


# In a browser.


def test_a_person_signs_up_and_logs_out_in_the_browser(server: Server, someone, page: Page):
    ada = someone(signed_up=False)
    page.goto(server.url + "/dashboard")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("First name").fill(ada.first_name)
    page.get_by_label("Last name").fill(ada.last_name)
    page.get_by_label("Email").fill(ada.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    with explained(
        "Signing up on the page does not lead to the dashboard.",
        hint="Are the fields called first_name, last_name, email and password?",
        see="templates/signup.html",
    ):
        expect(page).to_have_url(server.url + "/dashboard")
    page.get_by_role("button", name="Log out").click()
    with explained(
        "The button Log out does not lead to the login page.",
        hint="Put the button into a form that posts to /logout.",
        see="templates/dashboard.html",
    ):
        expect(page).to_have_url(server.url + "/")
    page.goto(server.url + "/dashboard")
    page.get_by_label("Email").fill(ada.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    with explained(
        "The login does not lead back to the page that asked for it.",
        hint="Include next in the form of the login page.",
        see="templates/login.html",
    ):
        expect(page).to_have_url(server.url + "/dashboard")


def test_a_double_click_on_sign_up_signs_up_once(server: Server, someone, page: Page):
    ada = someone(signed_up=False)
    page.goto(server.url + "/signup")
    page.get_by_label("First name").fill(ada.first_name)
    page.get_by_label("Last name").fill(ada.last_name)
    page.get_by_label("Email").fill(ada.email)
    page.get_by_label("Password").fill(PASSWORD)

    def click_again(route: Route) -> None:
        answer = route.fetch()  # the account exists, and the answer is on its way
        page.keyboard.press("Enter")
        route.fulfill(response=answer)

    page.route("**/signup", click_again, times=1)
    page.get_by_role("button", name="Sign up").focus()
    page.keyboard.press("Enter")
    with explained(
        "A double click on Sign up creates the account, but doesn't log in.",
        hint="The browser sends the form twice and drops the first response. Let a submit listener "
        "stop the second submission.",
        see="static/once.js",
    ):
        expect(page.get_by_role("button", name="Log out")).to_be_visible()


def test_an_error_is_shown_on_the_page(server: Server, someone, page: Page):
    ada = someone()
    page.goto(server.url)
    page.get_by_label("Email").fill(ada.email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Log in").click()
    with explained(
        "A failed login shows no message, or forgets the email.",
        hint="Render the form again, with the email and a message in an element with role=alert.",
        see="templates/login.html",
    ):
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("Email")).to_have_value(ada.email)


def test_names_are_shown_as_text(server: Server, someone):
    odd = someone(signed_up=False)
    answer = odd.sign_up(first_name="<b>Ada</b>", email="")
    check(
        "<b>Ada</b>" not in answer.text and "&lt;b&gt;Ada" in answer.text,
        "Text that people type becomes part of the page's HTML.",
        hint="Jinja escapes values in .html templates: do not mark them as safe.",
        see="templates/signup.html",
    )
