"""The settings of final/."""

from pathlib import Path

from final.config import Config


def test_the_defaults_suit_development():
    config = Config.from_environment({})
    assert (config.host, config.port, config.mongodb_uri) == ("127.0.0.1", 5000, None)
    assert config.demo


def test_settings_come_from_the_environment():
    environ = {"HOST": "0.0.0.0", "PORT": "8000", "EMBEDDED_DB": "here.json", "DEMO": "0"}
    config = Config.from_environment(environ)
    assert (config.host, config.port, config.demo) == ("0.0.0.0", 8000, False)
    assert config.embedded_db == Path("here.json")


def test_the_sweeper_may_come_more_than_once_a_second():
    assert Config.from_environment({"SWEEP_EVERY": "0.5"}).sweep_every == 0.5


def test_the_demo_is_never_by_itself_on_a_real_database():
    uri = "mongodb://127.0.0.1/two_doors"
    assert not Config.from_environment({"MONGODB_URI": uri}).demo
    assert Config.from_environment({"MONGODB_URI": uri, "DEMO": "1"}).demo
