# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test sanity with several versions of ansible-core: `make sanity-versions`.

Without versions, the oldest, the middle and the newest supported one for which this machine has a Python are tried.
Usage: sanity_versions.py DIRECTORY TREE [all | VERSION...]
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.tools.versions import SUPPORTED, environment, pythons

TOOL = Path(__file__).with_name("run_ansible_test.py")


def main() -> int:
    directory, tree, chosen = Path(sys.argv[1]).absolute(), sys.argv[2], sys.argv[3:]
    if chosen == ["all"]:
        chosen = list(SUPPORTED)
    installed = pythons()
    fitting = {
        version: python
        for version, needed in SUPPORTED.items()
        if (python := next((installed[fit] for fit in needed if fit in installed), None))
    }
    for version in chosen or SUPPORTED:
        if version not in fitting:
            print(
                f"ansible-core {version}: skipped, no Python {' or '.join(SUPPORTED[version])} is installed", flush=True
            )
    usable = list(fitting)
    three = dict.fromkeys((usable[0], usable[len(usable) // 2], usable[-1]))
    tried = [version for version in chosen if version in fitting] or list(three)
    failed = []
    for version in tried:
        scripts = environment(directory / version, fitting[version], version).parent
        home = str(directory / f"home-{version}")
        env = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            [str(scripts / "python"), str(TOOL), home, tree, "sanity", "--local"], env=env, check=False
        )
        print(f"ansible-core {version}: sanity {'failed' if done.returncode else 'passed'}", flush=True)
        failed += [version] if done.returncode else []
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
