# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the Azure CLI: ``az login`` and ``az account get-access-token``, with the words of the real one.

https://learn.microsoft.com/cli/azure/account#az-account-get-access-token

FAKE_AZ names a JSON file: the ``token`` that it gives, ``expires_on``, the ``tenant`` that it is logged in to, and
``state``: logged_in, logged_out, old (before 2.54: local time only), broken (no JSON), endless
or stuck.
"""

from __future__ import annotations

import datetime
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def install(folder: Path, **account: Any) -> dict[str, str]:
    """Put ``az`` into a folder; the environment that makes it the first on the PATH."""
    folder.mkdir(exist_ok=True)
    program = folder / "az"
    program.write_text(f"#!{sys.executable}\n{Path(__file__).read_text(encoding='utf-8')}", encoding="utf-8")
    program.chmod(0o755)
    (folder / "account.json").write_text(json.dumps(account), encoding="utf-8")
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "FAKE_AZ": str(folder / "account.json"), "AZURE_CONFIG_DIR": str(folder)}


def main(arguments: list[str]) -> int:
    account = json.loads(Path(os.environ["FAKE_AZ"]).read_text(encoding="utf-8"))
    with (Path(os.environ["FAKE_AZ"]).parent / "calls").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(arguments) + "\n")
    if arguments[:1] == ["login"]:
        return 0
    options = dict(zip(arguments[2::2], arguments[3::2], strict=False))
    if arguments[:2] != ["account", "get-access-token"] or set(options) - {"--resource", "--tenant", "--output"}:
        print(f"ERROR: unrecognized arguments: {' '.join(arguments)}", file=sys.stderr)
        return 2
    tenant = options.get("--tenant", account["tenant"])
    state = account.get("state", "logged_in")
    if state == "stuck":
        # The real one is a shell script that starts Python.
        child = Path(os.environ["FAKE_AZ"]).parent / "child"
        return subprocess.run(["sh", "-c", f"echo $$ > '{child}'; exec sleep 60"], check=False).returncode
    if state == "endless":
        while True:
            os.write(1 + account.get("to_errors", False), b"x" * 65536)
    if state == "logged_out":
        print("ERROR: Please run 'az login' to setup account.", file=sys.stderr)
        return 1
    if tenant != account["tenant"] and state != "careless":
        print(
            "WARNING: A new version is available.\n"
            f"ERROR: AADSTS50020: User account 'admin' does not exist in tenant '{tenant}' and cannot access it.\n"
            f'Interactive authentication is needed. Please run:\naz logout\naz login --tenant "{tenant}"',
            file=sys.stderr,
        )
        return 1
    if state == "broken":
        print(account["token"])
        return 0
    seconds = account["expires_on"]
    local = datetime.datetime.fromtimestamp(seconds if math.isfinite(seconds) else 0)
    answer = {
        "accessToken": account["token"],
        "expiresOn": f"{local:%Y-%m-%d %H:%M:%S}.000000",
        "expires_on": account["expires_on"],
        "subscription": "00000000-0000-0000-0000-000000000000",
        "tenant": tenant,
        "tokenType": "Bearer",
    }
    if state == "old":
        del answer["expires_on"]
    print(json.dumps(answer, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
