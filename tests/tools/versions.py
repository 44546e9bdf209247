# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the demo, in both ways, with every supported version of ansible-core that a Python of this machine can have:
`make versions`.

A version for which no Python is found is skipped, and said so. Usage: versions.py DIRECTORY [VERSION...]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# ansible-core -> the Python versions that its controller runs on [support matrix of ansible-core].
SUPPORTED = {
    "2.17": ("3.10", "3.11", "3.12"),
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
}


def pythons() -> dict[str, str]:
    """Return the interpreters of this machine by version, with those of pyenv that are not switched on."""
    candidates = [found for minor in range(10, 15) if (found := shutil.which(f"python3.{minor}"))]
    candidates += [str(path) for path in sorted(Path.home().glob(".pyenv/versions/*/bin/python"))]
    known: dict[str, str] = {}
    for path in [sys.executable, *candidates]:
        code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            known.setdefault(done.stdout.strip(), path)
    return known


def environment(place: Path, python: str, version: str) -> Path:
    """Make a virtual environment with that ansible-core, unless it exists; return its ansible-playbook."""
    if not (place / ".installed").exists():
        subprocess.run([python, "-m", "venv", "--clear", str(place)], check=True)
        install = [
            str(place / "bin/python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--quiet",
            "--disable-pip-version-check",
        ]
        subprocess.run([*install, f"ansible-core~={version}.0", "-r", str(ROOT / "requirements.txt")], check=True)
        (place / ".installed").touch()
    return place / "bin" / "ansible-playbook"


def main() -> int:
    directory, wanted = Path(sys.argv[1]).absolute(), sys.argv[2:] or list(SUPPORTED)
    known = pythons()
    failed = []
    for version in wanted:
        python = next((known[fit] for fit in SUPPORTED[version] if fit in known), None)
        if python is None:
            print(f"ansible-core {version}: skipped, there is no Python {' or '.join(SUPPORTED[version])}", flush=True)
            continue
        playbook = environment(directory / version, python, version)
        for way, options in (("in Ansible's own process", []), ("as modules", ["--as-modules"])):
            command = [
                sys.executable,
                str(ROOT / "tests/demo/demo.py"),
                "--devices",
                "60",
                "--ansible-playbook",
                str(playbook),
                *options,
            ]
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": os.defpath}
            )
            print(
                f"ansible-core {version} on {python}, {way}: {'good' if done.returncode == 0 else 'FAILED'}",
                flush=True,
            )
            if done.returncode:
                print(done.stdout + done.stderr, flush=True)
                failed.append(version)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
