# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test in a directory, with a home directory and a search path that let it work on any machine.

ansible-test starts pip in a new virtual environment with a `get-pip.py` that it fetches from a host of its own, unless
its cache under the home directory holds the file. Networks that reach a package index only do not reach that host. So
the cache gets a small script that runs pip out of pip's own wheel.

It also takes the first `python3.9`, `python3.10`, ... of the search path for an interpreter that runs, which the shims
of
version managers often are not. Usage: run_ansible_test.py HOME DIRECTORY ARGUMENT...
"""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import ansible_test

BOOTSTRAP = '''\
"""Install pip into the environment of this interpreter, out of the wheel beside this file."""
import pathlib
import runpy
import sys

wheel = pathlib.Path(__file__).with_name("{wheel}")
options = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.argv = ["pip", "install", "--quiet", "--upgrade", "--force-reinstall", "--find-links", str(wheel.parent)] + options
if not any(argument.startswith("pip==") for argument in options):
    sys.argv.append(str(wheel))
sys.path.insert(0, str(wheel))
runpy.run_module("pip", run_name="__main__", alter_sys=True)
'''


def pip_versions() -> set[str]:
    """Return the versions of pip that the installed ansible-test starts its environments with."""
    code = Path(ansible_test.__path__[0], "_internal", "python_requirements.py").read_text(encoding="utf-8")
    return set(re.findall(r"""\bpip=['"]([0-9.]+)['"]""", code))


def write_bootstrap(cache: Path, version: str) -> None:
    """Put the wheel of that pip and a script which starts it into ansible-test's cache."""
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    cache.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--dest",
        str(cache),
        f"pip=={version}",
    ]
    subprocess.run(command, check=True)
    (wheel,) = cache.glob(f"pip-{version}-*.whl")
    script.write_text(BOOTSTRAP.format(wheel=wheel.name), encoding="utf-8")


def write_pip_settings(home: Path) -> None:
    """Carry the user's pip settings over: ansible-test hides the environment's, the new home hides the files'."""
    settings = configparser.RawConfigParser()
    settings.read(
        [
            Path.home() / ".pip" / "pip.conf",
            Path.home() / ".config" / "pip" / "pip.conf",
            os.environ.get("PIP_CONFIG_FILE", os.devnull),
        ]
    )
    if not settings.has_section("global"):
        settings.add_section("global")
    for name, value in os.environ.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE":
            settings.set("global", name.removeprefix("PIP_").lower().replace("_", "-"), value)
    target = home / ".config" / "pip" / "pip.conf"
    target.parent.mkdir(parents=True, exist_ok=True)
    # The address of a private index often holds a password.
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        settings.write(stream)


def runs(python: Path) -> bool:
    """Say whether this is an interpreter that starts."""
    return subprocess.run([str(python), "-c", ""], capture_output=True, check=False).returncode == 0


def search_path() -> str:
    """Return PATH without directories whose interpreters do not start; pyenv's shims give way to its interpreters."""
    directories = []
    for directory in map(Path, os.environ["PATH"].split(os.pathsep)):
        pythons = [path for path in directory.glob("python3.*") if re.fullmatch(r"python3\.\d+", path.name)]
        if all(runs(python) for python in pythons):
            directories.append(directory)
        elif directory.name == "shims":
            directories += sorted(directory.parent.glob("versions/*/bin"))
    return os.pathsep.join(map(str, directories))


def main() -> None:
    """Prepare the home directory and become ansible-test."""
    home = Path(sys.argv[1]).resolve()
    home.mkdir(parents=True, exist_ok=True)
    write_pip_settings(home)
    for version in sorted(pip_versions()):
        write_bootstrap(home / ".ansible" / "test" / "cache", version)
    os.environ.update(HOME=str(home), PATH=search_path())
    os.chdir(sys.argv[2])
    os.execvp("ansible-test", ["ansible-test", *sys.argv[3:]])


if __name__ == "__main__":
    main()
