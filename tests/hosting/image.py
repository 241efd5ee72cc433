"""Carries out a Dockerfile without Docker: its lines, in a private view of this machine's files.

An overlay over the machine's own root stands for the base image, of which nothing is proven.
Needs Linux and root.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

BASE = "/opt/base"
"""A fresh environment of this Python, in place of the base image's own."""
APART = ("unshare", "--mount", "--propagation=private")
"""What is mounted in there is nowhere else, and gone with the command."""
PASSED = ("PIP_", "SSL_", "HTTP", "http", "REQUESTS_")
"""Beginnings of variables that say how packages are got here."""


class Line(NamedTuple):
    """An instruction."""

    word: str
    rest: str


def lines(dockerfile: Path) -> list[Line]:
    """The instructions of a Dockerfile, without comments."""
    kept = [line for line in dockerfile.read_text().splitlines() if not line.startswith("#")]
    text = "\n".join(kept).replace("\\\n", " ")
    return [Line(*line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def can_build() -> bool:
    """Whether this machine lets this user make such a view."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    if not all(map(shutil.which, ("unshare", "nsenter", "setpriv", "ip"))):
        return False
    return subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0


class Image:
    """What the lines of a Dockerfile make.

    Args:
        dockerfile: beside it lies what it copies.
        folder: empty; on a disk, as packages take gigabytes.
        packages: a site-packages folder that `pip install` finds there already, and leaves as it
            is; None has all of them downloaded.
    """

    def __init__(self, dockerfile: Path, folder: Path, packages: Path | None) -> None:
        self._context, self._folder, self._packages = dockerfile.parent, folder, packages
        self._environment = {"PATH": f"{BASE}/bin:{os.environ['PATH']}"}
        self._work, self._user = "/", "0:0"
        self.command: list[str] = []
        self.check: list[str] = []
        self.volumes: list[str] = []
        for name in ("layer", "work", "root", "packages", "packages-work"):
            (folder / name).mkdir()
        self._do(_BASE, _ROOT)
        for line in lines(dockerfile):
            self._carry_out(line)

    def start(self, folder: Path) -> Container:
        """Runs its command as compose.yaml has it: read-only but for its volume and /tmp.

        Args:
            folder: stands for the volume; as the image has its path, in owner and rights.
        """
        (volume,) = self.volumes
        inside = self._folder / "layer" / volume.lstrip("/")
        shutil.chown(folder, inside.stat().st_uid, inside.stat().st_gid)
        folder.chmod(inside.stat().st_mode & 0o777)
        script = f"""
            mount -t tmpfs tmpfs "$ROOT/tmp" -o mode=1777
            mount --bind {folder} "$ROOT{volume}"
            mount -o remount,ro "$ROOT"
            ip link set lo up
            exec {self._as_user(self.command)}
        """
        process = subprocess.Popen(
            [*APART, "--net", "sh", "-ec", self._mounts + script],
            env=self._outer(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Container(self, process)

    def inside(self, process: int, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Carries out a command in a container, as `docker exec` does."""
        enter = ["nsenter", f"--target={process}", "--mount", "--net"]
        return subprocess.run(
            [*enter, "sh", "-ec", f"ROOT={self._folder}/root; {self._as_user(command)}"],
            capture_output=True,
            text=True,
            check=False,
        )

    def _carry_out(self, line: Line) -> None:
        if line.word == "ENV":
            self._environment |= dict(
                each.split("=", 1) for each in shlex.split(line.rest) if "=" in each
            )
        elif line.word == "WORKDIR":
            self._work = line.rest
            self._do(f"mkdir -p $ROOT{line.rest}")
        elif line.word == "COPY":
            *sources, target = line.rest.split()
            place = self._folder / "layer" / self._work.lstrip("/") / target
            for source in sources:
                self._copy(self._context / source, place)
        elif line.word == "RUN":
            self._do(f"exec {self._as_user(['sh', '-ec', line.rest])}")
        elif line.word == "USER":
            self._user = line.rest
        elif line.word == "VOLUME":
            self.volumes.append(line.rest)
        elif line.word == "HEALTHCHECK":
            self.check = json.loads(line.rest.partition(" CMD ")[2])
        elif line.word == "CMD":
            self.command = json.loads(line.rest)
        elif line.word not in ("FROM", "EXPOSE"):
            raise ValueError(f"nobody has said yet what {line.word} does")

    def _copy(self, source: Path, place: Path) -> None:
        """Copies as .dockerignore lets it: a folder's contents, or a file into a folder."""
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(source, place, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy(source, place)

    def _do(self, script: str, mounts: str = "") -> None:
        script = (mounts or self._mounts) + script
        done = subprocess.run(
            [*APART, "sh", "-ec", script],
            env=self._outer(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"

    @property
    def _mounts(self) -> str:
        return _ROOT + (_PACKAGES if self._packages else "")

    def _as_user(self, command: list[str]) -> str:
        user, group = self._user.split(":")
        # What root has here and a container has not: other groups, and rights of the kernel's.
        rights = f"--reuid={user} --regid={group} --clear-groups"
        if user != "0":
            rights += " --no-new-privs --bounding-set=-all"
        given = {k: v for k, v in os.environ.items() if k.startswith(PASSED)} | self._environment
        words = ["env", "-i", "-C", self._work, *(f"{k}={v}" for k, v in given.items()), *command]
        return f'chroot "$ROOT" setpriv {rights} {shlex.join(words)}'

    def _outer(self) -> dict[str, str]:
        return os.environ | {"FOLDER": str(self._folder), "PACKAGES": str(self._packages)}


class Container(NamedTuple):
    """The command, running."""

    image: Image
    process: subprocess.Popen[str]

    def do(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Carries out a command beside it."""
        return self.image.inside(self.process.pid, list(command))

    def wait_until_healthy(self, patience: float) -> None:
        """Asks its health check, for so many seconds."""
        deadline = time.monotonic() + patience
        while (done := self.do(*self.image.check)).returncode:
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < deadline, done.stderr
            time.sleep(0.5)


_ROOT = """
ROOT="$FOLDER/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$FOLDER/layer,workdir=$FOLDER/work" "$ROOT"
mount --bind /proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
"""
_PACKAGES = f"""
over="upperdir=$FOLDER/packages,workdir=$FOLDER/packages-work"
mount -t overlay overlay -o "lowerdir=$PACKAGES,$over" "$ROOT"{BASE}/lib/python*/site-packages
"""
_BASE = f"""
for file in /etc/resolv.conf /etc/hosts; do cp --remove-destination $file "$ROOT$file"; done
# Nobody has the number 1000 in the base image.
chroot "$ROOT" getent passwd 1000 | cut -d: -f1 | xargs -r -n1 chroot "$ROOT" userdel
rm -rf "$ROOT/app" "$ROOT/data"
chmod a+rx "$ROOT/root"
chroot "$ROOT" {sys.executable} -m venv {BASE}
"""
