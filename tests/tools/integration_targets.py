# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the targets of tests/integration/targets by ansible-test: `make integration-targets`.

They run on the tenant of tests/integration/integration_config.yml in the checkout. Without that file, they run on an
emulated tenant. Usage: integration_targets.py CHECKOUT TREE [ARGUMENT...]
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import yaml

from tests.emulator.client import Emulator
from tests.emulator.settings import DEFAULT_PERMISSIONS, OPT_IN_PERMISSIONS
from tests.samples import LOGIN

TOOL = Path(__file__).with_name("run_ansible_test.py")
PERMISSIONS = (
    *DEFAULT_PERMISSIONS,
    *OPT_IN_PERMISSIONS,
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
)
NAME = "tests/integration/integration_config.yml"


def emulated(emulator: Emulator) -> str:
    """The content of integration_config.yml for an emulated tenant."""
    harmony = ("harmony_url", "harmony_client_id", "harmony_access_key", "ca_path")
    return yaml.safe_dump(
        {
            "intune_test_prefix": "Ansible integration test",
            "intune_test_login": {name: emulator.endpoints[name] for name in LOGIN} | {"token_cache": "none"},
            "intune_test_certificate": emulator.ca_path,
            "intune_test_grants": True,
            "harmony_test_login": {name: emulator.endpoints[name] for name in harmony} | {"token_cache": "none"},
        }
    )


def main() -> int:
    checkout, tree, arguments = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = [sys.executable, str(TOOL), str(checkout / ".build/home"), str(tree), "integration", "--local"]
    config = tree / NAME
    with ExitStack() as stack:
        own = checkout / NAME
        content = (
            own.read_text(encoding="utf-8")
            if own.exists()
            else emulated(stack.enter_context(Emulator(devices=40, permissions=",".join(PERMISSIONS))))
        )
        stack.callback(config.unlink, missing_ok=True)
        with open(os.open(config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            stream.write(content)
        return subprocess.run([*command, "--python", version, *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
