# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guide AWX and Automation Controller shows, used as the controller uses it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml

from tests.emulator.client import Emulator
from tests.guides.reader import parts_of
from tests.integration.conftest import Certificates

PROJECT = Path(__file__).parents[2] / "extensions/awx/project"
BLOCKS = {part["caption"]: textwrap.dedent(part["body"]) for part in parts_of("awx") if part["body"]}
HOSTS = ("AZURE_AUTHORITY_HOST", "INTUNE_GRAPH_URL", "INTUNE_CA_PATH")


def run(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "INTUNE_"))}
    program, *arguments = command.split()
    return subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=folder,
        env={**kept, "INTUNE_TOKEN_CACHE": "none", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_the_execution_environment_has_a_build_context(tmp_path: Path) -> None:
    if not Path(sys.executable).with_name("ansible-builder").exists():
        pytest.skip("ansible-builder is not installed; `make awx` installs it")
    (tmp_path / "execution-environment.yml").write_text(BLOCKS["execution-environment.yml"], encoding="utf-8")
    done = run("ansible-builder create", tmp_path)
    assert done.returncode == 0, done.stdout
    assert "mobilesec.intune" in (tmp_path / "context/_build/requirements.yml").read_text(encoding="utf-8")


def test_the_variables_of_the_built_in_credential_read_the_inventory(tmp_path: Path) -> None:
    shutil.copy(PROJECT / "devices.intune.yml", tmp_path)
    with Emulator(devices=5) as tenant:
        injected = {
            "AZURE_CLIENT_ID": tenant.env["AZURE_CLIENT_ID"],
            "AZURE_SECRET": tenant.env["AZURE_CLIENT_SECRET"],
            "AZURE_TENANT": tenant.env["AZURE_TENANT_ID"],
            "AZURE_CLOUD_ENVIRONMENT": "",
        }
        hosts = {name: tenant.env[name] for name in HOSTS}
        done = run("ansible-inventory -i devices.intune.yml --list", tmp_path, **injected, **hosts)
    assert done.returncode == 0, done.stdout
    assert "intune_device_name" in done.stdout


def test_the_credential_with_a_certificate_logs_a_job_in(tmp_path: Path) -> None:
    runner = pytest.importorskip("ansible_runner")
    certificates = Certificates(tmp_path)
    inputs, injectors = (yaml.safe_load(BLOCKS[f"{part} configuration"]) for part in ("Input", "Injector"))
    for folder in ("project", "env"):
        (tmp_path / folder).mkdir()
    (tmp_path / "project/onboard.yml").write_text(BLOCKS["onboard.yml"], encoding="utf-8")
    with Emulator(devices=5, client_certificate=[certificates.leaf]) as tenant:
        values = {
            "tenant_id": tenant.env["AZURE_TENANT_ID"],
            "client_id": tenant.env["AZURE_CLIENT_ID"],
            "certificate": certificates.login.read_text(encoding="utf-8"),
        }
        assert [field["id"] for field in inputs["fields"]] == inputs["required"] == list(values)
        (template,) = injectors["file"].values()
        (tmp_path / "certificate").write_text(filled(template, values), encoding="utf-8")
        values["tower.filename.certificate"] = str(tmp_path / "certificate")
        injected = {name: filled(text, values) for name, text in injectors["env"].items()}
        environment = {
            **injected,
            **{name: tenant.env[name] for name in HOSTS},
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
        }
        (tmp_path / "env/envvars").write_text(yaml.safe_dump(environment), encoding="utf-8")
        done = runner.run(
            private_data_dir=str(tmp_path),
            playbook="onboard.yml",
            inventory="localhost ansible_connection=local",
            cmdline="--check",
            quiet=True,
        )
        output = done.stdout.read()
    assert (done.status, done.rc) == ("successful", 0), output


def filled(template: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"{{{{ {name} }}}}", value)
    assert "{{" not in template
    return template
