"""nginx with the settings of final/deploy/, in front of some instances."""

import string
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools import programs
from tools.cluster.instance import DEPLOY, Instance
from tools.proxy import Proxy
from tools.servers import ROOT, free_port

STICKY = "hash $visitor consistent;"  # in nginx.conf.template: keeps each visitor at one instance


class Nginx(Proxy):
    """Serves the site over HTTPS. HTTP redirects to HTTPS or, if `plain`, serves the site as well.

    `edits` maps texts of the settings to their replacements.
    """

    def __init__(
        self,
        instances: list[Instance],
        plain: bool,
        sticky: bool = True,
        port: int | None = None,
        edits: Mapping[str, str] | None = None,
    ):
        super().__init__(port or free_port())
        self.https_port = free_port()
        self.https_url = f"https://127.0.0.1:{self.https_port}"
        names = ("it.pem", "key.pem", "site.conf")
        self.certificate, key, site = (self.folder / name for name in names)
        make_certificate(self.certificate, key)
        values = {
            "RUN": self.folder,
            "HTTP": f"127.0.0.1:{self.port}",
            "HTTPS": f"127.0.0.1:{self.https_port}",
            "ON_HTTP": f'include "{site}";'
            if plain
            else f"return 301 {self.https_url}$request_uri;",
            "CERTIFICATE": self.certificate,
            "CERTIFICATE_KEY": key,
            "SITE": site,
            "INSTANCES": " ".join(
                f"server 127.0.0.1:{instance.port} fail_timeout=2s;" for instance in instances
            ),
            "STATIC": ROOT / "final" / "web" / "static",
        }
        edits = {**(edits or {}), **({} if sticky else {STICKY: ""})}
        for file in self.settings, site:
            text = filled_in(f"{file.name}.template", values)
            for old, new in edits.items():
                text = text.replace(old, new)
            file.write_text(text, "utf-8")


def filled_in(name: str, values: dict[str, object]) -> str:
    """Fill in a template of final/deploy/ the way nginx's official image does, and return it."""
    text = (DEPLOY / name).read_text("utf-8")
    return string.Template(text).safe_substitute(values)


def make_certificate(certificate: Path, key: Path) -> None:
    """Create a self-signed certificate for 127.0.0.1 that is valid for a day."""
    command = """req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1
        -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"""
    files = ["-out", str(certificate), "-keyout", str(key)]
    run = [programs.find("openssl"), *command.split(), *files]
    subprocess.run(run, check=True, capture_output=True)
