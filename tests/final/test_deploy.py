"""The files of final/deploy/ agree with each other and with the app.

Most of these tests only read the files. tools/cluster/ runs gunicorn and nginx with their settings,
but those of Docker can't be run here.
"""

import re
import shlex
from pathlib import Path

import engineio
import pytest
import yaml

from final.server.wsgi import GRACEFUL_TIMEOUT
from final.settings.config import Config, ConfigError
from final.web.headers import ALWAYS, HTTPS_ONLY
from tools.cluster import what_is_missing
from tools.cluster.instance import DEPLOY, Instance
from tools.cluster.nginx import filled_in
from tools.servers import ROOT

COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
GUNICORN = (DEPLOY / "gunicorn.conf.py").read_text("utf-8")
TEMPLATES = ["nginx.conf.template", "site.conf.template"]
NGINX = [(DEPLOY / name).read_text("utf-8") for name in TEMPLATES]
NEEDED = re.compile(r"\$\{([A-Z_]+):\?([^}]*)\}")  # variables that compose.yaml takes from .env
INSTANCES = [name for name in SERVICES if name.startswith("app-")]


class Asked(dict):
    """An environment that records the name of each variable that `get` looks up."""

    def __init__(self, environ: dict[str, str]):
        super().__init__(environ)
        self.names = set()

    def get(self, name: str, default=None):
        self.names.add(name)
        return super().get(name, default)


def setting(text: str, pattern: str) -> int:
    """Return the number that the pattern finds in this text. All its matches must be equal."""
    [number] = set(re.findall(pattern, text))
    return int(number)


# compose.yaml and the Dockerfile.


def test_the_app_reads_all_that_compose_tells_it():
    in_image = dict(re.findall(r"(HOST|PORT)=(\S+)", DOCKERFILE))
    for name in INSTANCES:
        told = in_image | SERVICES[name]["environment"]
        environ = Asked({key: NEEDED.sub("x" * 32, text) for key, text in told.items()})
        config = Config.from_environment(environ)
        assert set(environ) <= environ.names
        assert config.production
        assert (config.host, config.proxies) == ("0.0.0.0", 1)
        assert config.mongodb_uri.startswith("mongodb://mongodb/")
        assert config.redis_url == "redis://redis"


def test_nothing_starts_without_its_secrets_and_compose_says_which():
    needed = NEEDED.findall((DEPLOY / "compose.yaml").read_text("utf-8"))
    assert {name for name, _ in needed} == {"SECRET_KEY", "CERTIFICATES"}
    assert all("final/deploy/.env" in message for _, message in needed)
    assert ".env" in (ROOT / ".gitignore").read_text("utf-8").split()


def test_the_proxy_knows_all_instances_and_nobody_else_is_reached_from_outside():
    port = setting(DOCKERFILE, r"PORT=(\d+)")
    servers = re.findall(r"server (\S+) ", SERVICES["proxy"]["environment"]["INSTANCES"])
    assert servers == [f"{name}:{port}" for name in INSTANCES]
    assert len(INSTANCES) > 1
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert f"127.0.0.1:{port}/healthz" in DOCKERFILE


def test_compose_fills_in_all_that_the_templates_leave_open():
    values = SERVICES["proxy"]["environment"]
    open_places = {name for text in NGINX for name in re.findall(r"\$\{(\w+)\}", text)}
    assert open_places == set(values)
    assert values["SITE"] == "/etc/nginx/site.conf"
    for name in TEMPLATES:
        assert "${" not in filled_in(name, values)
        assert f"final/deploy/{name}" in DOCKERFILE


def test_every_file_that_is_named_is_there():
    for service in SERVICES.values():
        if build := service.get("build"):
            assert (DEPLOY / build["context"]).resolve() == ROOT
            assert (ROOT / build["dockerfile"]).is_file()
            assert re.search(rf"^FROM \S+ AS {build['target']}$", DOCKERFILE, re.M)
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.M)
    paths = [Path(path) for line in copied for path in shlex.split(line)]
    assert len(paths) >= 8
    assert [path for path in paths if not (ROOT / path).exists()] == []
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8")
    assert [path for path in paths if f"!{path.parts[0]}\n" not in let_in] == []


def test_a_container_has_time_to_end():
    for name in INSTANCES:
        grace = setting(SERVICES[name]["stop_grace_period"], r"^(\d+)s$")
        assert grace > setting(GUNICORN, r"graceful_timeout = (\d+)")


def test_only_the_app_reaches_the_databases_and_they_reach_nobody():
    networks = {name: set(service["networks"]) for name, service in SERVICES.items()}
    for database in "mongodb", "redis":
        assert not networks["proxy"] & networks[database]
        assert all(COMPOSE["networks"][name]["internal"] for name in networks[database])
        for name in INSTANCES:
            assert networks[name] & networks[database]
            assert networks[name] & networks["proxy"]


@pytest.mark.parametrize("limit", ["mem_limit", "pids_limit", "logging"])
def test_no_service_can_take_the_whole_machine(limit: str):
    assert [name for name, service in SERVICES.items() if limit not in service] == []
    assert all(service["logging"] == {"driver": "local"} for service in SERVICES.values())


def test_the_workflow_may_only_read_the_repository():
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())


# Settings that must agree with the app.


def test_gunicorn_waits_as_long_as_the_server_does():
    assert setting(GUNICORN, r"graceful_timeout = (\d+)") == GRACEFUL_TIMEOUT


def test_nginx_takes_a_socket_for_dead_later_than_the_app_does():
    eio = engineio.Server(async_mode="threading")
    for kind in "read", "send":
        timeout = setting(NGINX[1], rf"proxy_{kind}_timeout (\d+)s;")
        assert timeout > eio.ping_interval + eio.ping_timeout


def test_nginx_says_of_https_what_the_app_says():
    assert f'on "{HTTPS_ONLY}";' in NGINX[0]


@pytest.mark.parametrize("name", ALWAYS)
def test_nginx_sends_by_itself_the_headers_that_the_app_sends(name: str):
    variable = name.lower().replace("-", "_")
    assert f'map $upstream_http_{variable} ${variable} {{\n    "" "{ALWAYS[name]}";\n' in NGINX[0]
    assert f"  add_header {name} ${variable} always;\n" in NGINX[0]


def test_no_place_in_nginx_has_a_header_of_its_own():
    """A block with an `add_header` of its own inherits no headers from the blocks around it."""
    assert "add_header" not in NGINX[1]
    for line in re.findall(r"^ *add_header.*$", NGINX[0], re.M):
        assert re.fullmatch(r"  add_header \S+ \S+ always;", line)


# gunicorn.


@pytest.fixture
def cannot_start():
    """Return a function that expects an instance to fail at its start, and returns its output."""
    if (problem := what_is_missing()) and "Windows" in problem:
        pytest.skip(problem)

    def start(**settings: str) -> str:
        instance = Instance(**settings)
        try:
            with pytest.raises(RuntimeError, match="does not start"):
                instance.start()
            return instance.printed
        finally:
            instance.close()

    return start


def test_settings_that_cannot_be_used_are_told_in_one_sentence(cannot_start):
    with pytest.raises(ConfigError) as told:
        Config.from_environment({"PROFILE": "production"})
    assert cannot_start(PROFILE="production") == f"{told.value}\n"


def test_a_database_that_is_not_there_is_told_in_one_sentence(cannot_start):
    printed = cannot_start(MONGODB_URI="mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100")
    assert "MONGODB_URI cannot be used: " in printed
    assert "Traceback" not in printed


def test_an_unusable_database_file_is_refused_in_one_sentence(cannot_start, tmp_path):
    printed = cannot_start(EMBEDDED_DB=str(tmp_path))
    assert f"EMBEDDED_DB={tmp_path} cannot be used: it is a folder." in printed
    assert "Traceback" not in printed
