# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the tarball of `make build` offline where nothing else is, and run a playbook of it: `make installed`.

The playbook runs on an emulated tenant. Usage: installed.py TARBALL
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.emulator.client import Emulator

SCRIPTS = Path(sys.executable).parent


def main() -> int:
    tarball = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as empty, Emulator(devices=20) as emulator:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHONPATH"))}
        env = {**kept, **emulator.env, "HOME": empty, "ANSIBLE_COLLECTIONS_PATH": f"{empty}/collections"}
        for command in (
            ["ansible-galaxy", "collection", "install", "--offline", tarball],
            ["ansible-galaxy", "collection", "list", "mobilesec.intune"],
            ["ansible-playbook", "-i", "localhost,", "mobilesec.intune.preflight"],
        ):
            status = subprocess.run(
                [str(SCRIPTS / command[0]), *command[1:]], cwd=empty, env=env, check=False
            ).returncode
            if status:
                return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
