"""The settings of final/."""

from pathlib import Path

import pytest

from final.settings.config import Config, ConfigError
from tools import mongo
from tools.servers import App, Server, running

URI = "mongodb://127.0.0.1/two_doors"
PRODUCTION = {"PROFILE": "production", "SECRET_KEY": "x" * 32, "MONGODB_URI": URI}


def test_the_defaults_suit_development():
    config = Config.from_environment({})
    assert config == Config(demo=True)
    assert (config.host, config.port, config.mongodb_uri) == ("127.0.0.1", 5000, None)
    assert config.panel
    assert not config.production


def test_every_setting_comes_from_the_environment():
    environ = {
        "HOST": "0.0.0.0",
        "PORT": "8000",
        "EMBEDDED_DB": "here.json",
        "DEMO": "1",
        "PANEL": "1",
        "SESSION_IDLE": "10",
        "SESSION_LIMIT": "20",
        "KEPT_IDLE": "30",
        "KEPT_LIMIT": "40",
        "SWEEP_EVERY": "0.5",
        "SIGNUPS_PER_HOUR": "7",
        "POSTS_PER_SECOND": "8",
        "COMMENTS_PER_HOUR": "9",
        "SESSION_COOKIE_NAME": "__Host-two_doors",
    }
    assert Config.from_environment(PRODUCTION | environ) == Config(
        host="0.0.0.0",
        port=8000,
        production=True,
        secret_key="x" * 32,
        session_cookie_name="__Host-two_doors",
        mongodb_uri=URI,
        embedded_db=Path("here.json"),
        session_idle=10,
        session_limit=20,
        kept_idle=30,
        kept_limit=40,
        sweep_every=0.5,
        signups_per_hour=7,
        posts_per_second=8,
        comments_per_hour=9,
        demo=True,
        panel=True,
    )


def test_the_sweeper_may_come_more_than_once_a_second():
    assert Config.from_environment({"SWEEP_EVERY": "0.5"}).sweep_every == 0.5


def test_the_demo_is_never_by_itself_on_a_real_database():
    assert not Config.from_environment({"MONGODB_URI": URI}).demo
    assert Config.from_environment({"MONGODB_URI": URI, "DEMO": "1"}).demo


def test_production_has_neither_demo_nor_panel_by_itself():
    config = Config.from_environment(PRODUCTION)
    assert config.production
    assert not config.demo
    assert not config.panel


def test_sign_ups_have_a_limit_that_suits_production_or_development():
    assert Config.from_environment(PRODUCTION).signups_per_hour == 100
    assert Config.from_environment({}).signups_per_hour == Config().signups_per_hour == 100_000


WRONG = {
    "no secret": (PRODUCTION | {"SECRET_KEY": None}, "SECRET_KEY"),
    "the default secret": (PRODUCTION | {"SECRET_KEY": Config.secret_key}, "SECRET_KEY"),
    "a short secret": (PRODUCTION | {"SECRET_KEY": "secret"}, "SECRET_KEY"),
    "no database": (PRODUCTION | {"MONGODB_URI": None}, "MONGODB_URI"),
    "an empty database": (PRODUCTION | {"MONGODB_URI": ""}, "MONGODB_URI"),
    "an unknown profile": ({"PROFILE": "prod"}, "PROFILE"),
    "a port that is no number": ({"PORT": "http"}, "PORT"),
    "an empty port": ({"PORT": ""}, "PORT"),
    "half a second, where seconds are whole": ({"SESSION_IDLE": "0.5"}, "SESSION_IDLE"),
    "no sign-ups at all": ({"SIGNUPS_PER_HOUR": "0"}, "SIGNUPS_PER_HOUR"),
    "fewer than no sign-ups": ({"SIGNUPS_PER_HOUR": "-1"}, "SIGNUPS_PER_HOUR"),
    "an endless number of sign-ups": ({"SIGNUPS_PER_HOUR": "inf"}, "SIGNUPS_PER_HOUR"),
    "no forms at all": ({"POSTS_PER_SECOND": "0"}, "POSTS_PER_SECOND"),
    "no comments at all": ({"COMMENTS_PER_HOUR": "0"}, "COMMENTS_PER_HOUR"),
    "a cookie without a name": ({"SESSION_COOKIE_NAME": ""}, "SESSION_COOKIE_NAME"),
    "a cookie named with a space": ({"SESSION_COOKIE_NAME": "my app"}, "SESSION_COOKIE_NAME"),
    "a cookie named with a =": ({"SESSION_COOKIE_NAME": "a=b"}, "SESSION_COOKIE_NAME"),
    "a cookie named with a ;": ({"SESSION_COOKIE_NAME": "a;b"}, "SESSION_COOKIE_NAME"),
    "a cookie named with a line": ({"SESSION_COOKIE_NAME": "sid\n"}, "SESSION_COOKIE_NAME"),
    "a cookie named in Cyrillic": ({"SESSION_COOKIE_NAME": "сид"}, "SESSION_COOKIE_NAME"),
    "a cookie with a name too long": ({"SESSION_COOKIE_NAME": "x" * 101}, "SESSION_COOKIE_NAME"),
    "a period that is no number": ({"SWEEP_EVERY": "often"}, "SWEEP_EVERY"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_used_is_refused_with_the_name_of_the_setting(case: str):
    environ, name = WRONG[case]
    environ = {name: value for name, value in environ.items() if value is not None}
    with pytest.raises(ConfigError, match=name):
        Config.from_environment(environ)


@pytest.mark.parametrize("case", ["no secret", "no database"])
def test_production_does_not_start_and_says_why_in_one_sentence(final: App, case: str):
    environ, name = WRONG[case]
    settings = {name: value for name, value in environ.items() if value is not None}
    server = Server(final, **settings)
    try:
        with pytest.raises(RuntimeError, match="does not start"):
            server.start()
        [sentence] = server.printed.splitlines()
    finally:
        server.close()
    assert sentence.startswith(f"In production {name} must ")


@pytest.mark.parametrize(("proxies", "warnings"), [("0", 1), ("1", 0)])
def test_production_without_a_proxy_is_warned_of(
    final: App, mongodb_uri: str, mongodb, proxies: str, warnings: int
):
    settings = PRODUCTION | {"MONGODB_URI": mongo.address(mongodb_uri, mongodb)}
    with running(final, **settings, PROXIES=proxies) as server:
        lines = [line for line in server.printed.splitlines() if "PROXIES=0" in line]
    assert len(lines) == warnings
    assert all("set PROXIES=1" in line for line in lines)
