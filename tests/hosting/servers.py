"""Starts PostgreSQL, Redis and nginx for tests, each with a port, data and a user of its own.

Run as `python -m tests.hosting.servers` to make sure that the programs are installed.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from tests.hosting.processes import children
from tests.support.serving import ROOT, free_port

CONF = ROOT / "hosting" / "nginx.conf"

PACKAGES = {
    "postgres": "postgresql",
    "nginx": "nginx-light",
    "redis-server": "redis-server",
    "faketime": "faketime",
}
"""Program -> Debian's package."""
INSTALL = (
    "apt-get update -qq && DEBIAN_FRONTEND=noninteractive "
    "apt-get install -y -qq --no-install-recommends"
)
NO_SERVICES = Path("/usr/sbin/policy-rc.d")
"""Debian's packages ask it whether to start their services."""
PATIENCE = 30.0
"""Seconds for a server to start or to stop."""


def program(name: str) -> str | None:
    """Path of a server's program; Debian keeps PostgreSQL's out of PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, places)]))


class Postgres:
    """A PostgreSQL server of the test's own.

    Args:
        folder: empty, of this process's user; the server's data go there.
    """

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder, self._password = folder, secrets.token_hex(8)
        self._user = _unprivileged("postgres")
        self._process: subprocess.Popen[bytes] | None = None
        word = folder / "password"
        word.write_text(self._password)
        if self._user:
            for path in (folder, word):
                shutil.chown(path, self._user)
        initdb = [program("initdb") or "initdb", "--username=test", f"--pwfile={word}"]
        initdb += ["--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", str(folder / "data")]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **self._as_user())
        self.start()

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self._process = subprocess.Popen(
            [
                program("postgres") or "postgres",
                *("-D", str(self._folder / "data"), "-p", str(self.port)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
                *("-c", "fsync=off", "-c", "log_min_messages=fatal"),
            ],
            stderr=subprocess.DEVNULL,
            **self._as_user(),
        )
        _until(self._answers, self._process)

    def stop(self) -> None:
        """Stops it as `pg_ctl stop` does: whoever is connected is cut off."""
        if self._process is not None:
            self.thaw()
            _end(self._process, signal.SIGINT)
            self._process = None

    def freeze(self) -> None:
        """From now on it accepts connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Answers again."""
        self._signal(signal.SIGCONT)

    def new_database(self) -> str:
        """URL of a new, empty database."""
        name = f"test_{secrets.token_hex(4)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://test:{self._password}@127.0.0.1:{self.port}/{name}"

    def connect(self, database: str = "postgres") -> Any:
        """A psycopg connection, each statement a transaction."""
        import psycopg

        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="test",
            password=self._password,
            dbname=database,
            autocommit=True,
            connect_timeout=2,
        )

    def _answers(self) -> bool:
        import psycopg

        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _as_user(self) -> dict[str, Any]:
        # PostgreSQL refuses to run as root, and its user may not enter root's folders.
        if self._user is None:
            return {"cwd": self._folder}
        return {"cwd": self._folder, "user": self._user, "group": self._user, "extra_groups": []}

    def _signal(self, number: int) -> None:
        """Signals the server and the process of each connection, which share no group."""
        if self._process is None:
            return
        for process in children(self._process.pid):
            with suppress(ProcessLookupError):
                os.kill(process, number)
        self._process.send_signal(number)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server from here to the end of the block."""
    with tempfile.TemporaryDirectory(prefix="sketchpad-postgres-") as folder:
        server = Postgres(Path(folder))
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def redis() -> Iterator[str]:
    """A Redis server that keeps nothing; yields its URL."""
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with tempfile.TemporaryDirectory(prefix="sketchpad-redis-") as folder:
        process = subprocess.Popen(
            [program("redis-server") or "redis-server", *options],
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        try:
            _until(lambda: _listens(port), process)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            _end(process, signal.SIGTERM)


class Proxy(NamedTuple):
    """A running nginx."""

    port: int
    """For TLS, with a self-signed certificate."""
    log: Path
    """Of errors."""


NGINX = """
daemon off;
pid nginx.pid;
error_log error.log warn;
worker_processes 1;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}
"""
"""Debian's nginx.conf around a site, in a folder of the test's own."""


@contextmanager
def nginx(site: Callable[[int], str], certificate: str) -> Iterator[Proxy]:
    """An nginx that serves one site.

    Args:
        site: port -> the site's configuration.
        certificate: path of the certificate and, with `.key`, of its key, as the site names them.
    """
    with tempfile.TemporaryDirectory(prefix="sketchpad-nginx-") as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)  # its workers are another user's processes
        (folder / "nginx.conf").write_text(NGINX)
        (folder / "site.conf").write_text(site(port))
        _sign(folder / certificate)
        process = subprocess.Popen(
            [program("nginx") or "nginx", "-p", name, "-c", "nginx.conf", "-e", "error.log"],
            stderr=subprocess.DEVNULL,
            cwd=name,
        )
        try:
            _until(lambda: _listens(port), process)
            yield Proxy(port, folder / "error.log")
        finally:
            _end(process, signal.SIGTERM)


def _sign(certificate: Path) -> None:
    """A certificate for 127.0.0.1, and its key beside it."""
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-out", str(certificate), "-keyout", str(certificate.with_suffix(".key"))]
    kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command = ["openssl", "req", *kind, *names, *files]
    subprocess.run(command, check=True, capture_output=True)


def _unprivileged(name: str) -> str | None:
    """The user for a server that refuses to run as root; None: the current one."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(name).pw_name
    except KeyError:
        return "nobody"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(answers: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not answers():
        assert process.poll() is None, f"{process.args!r} ended by itself"
        assert time.monotonic() < deadline, f"{process.args!r} does not answer"
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes], number: int) -> None:
    process.send_signal(number)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> int:
    """Installs missing programs without starting services; 0 if all are there afterwards."""
    missing = [name for name in PACKAGES if program(name) is None]
    if missing and shutil.which("apt-get"):
        print(f"Getting Debian's packages for {', '.join(missing)} ...", flush=True)
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        packages = " ".join(PACKAGES[name] for name in missing)
        subprocess.run([*as_root, "sh", "-c", _unstarted(f"{INSTALL} {packages}")], check=False)
        missing = [name for name in PACKAGES if program(name) is None]
    if missing:
        packages = " ".join(PACKAGES[name] for name in missing)
        print(
            f"These tests need {', '.join(missing)}: install them (Debian: apt install {packages})"
            " and try again.",
            file=sys.stderr,
        )
    return 1 if missing else 0


def _unstarted(command: str) -> str:
    """The shell command, with Debian's packages kept from starting services."""
    if NO_SERVICES.exists():
        return command
    deny = f"printf '#!/bin/sh\\nexit 101\\n' > {NO_SERVICES} && chmod +x {NO_SERVICES}"
    return f"{deny}; trap 'rm -f {NO_SERVICES}' EXIT; {command}"


if __name__ == "__main__":
    sys.exit(main())


def two_copies(ports: Sequence[int], log: Path) -> Callable[[int], str]:
    """The example of `hosting/`, with the ports and the log of a test, and nothing else.

    Args:
        ports: of the two copies.
        log: what nginx writes of each request.

    Returns:
        What `nginx` takes.
    """

    def conf(port: int) -> str:
        text = CONF.read_text(encoding="utf-8").replace("listen 443", f"listen 127.0.0.1:{port}")
        text = text.replace("/var/log/nginx/digit-sketchpad.log", str(log))
        text = text.replace("/var/log/nginx/digit-sketchpad-error.log", f"{log}.error")
        for named, given in zip(("7860", "7861"), ports, strict=True):
            assert f"server 127.0.0.1:{named};" in text
            text = text.replace(f"server 127.0.0.1:{named};", f"server 127.0.0.1:{given};")
        return text

    return conf
