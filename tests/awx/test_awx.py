# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What extensions/awx sets up: by the schema of awx.awx, and by running the jobs as the controller does."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2.nativetypes import NativeEnvironment

from tests.emulator.client import Emulator
from tests.emulator.settings import DEFAULT_PERMISSIONS
from tests.integration.conftest import Certificates

ROOT = Path(__file__).parents[2]
AWX = ROOT / "extensions" / "awx"
Json = dict[str, Any]


class Loader(yaml.SafeLoader):
    """YAML with the tag of Ansible that keeps a text from being a template."""


def plain_text(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(node.value)


Loader.add_constructor("!unsafe", plain_text)


def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader)


VARIABLES: Json = load(AWX / "vars.yml")
TYPES: list[Json] = [VARIABLES["intune_awx_credential_type"], VARIABLES["intune_awx_harmony_credential_type"]]
TEMPLATES: list[Json] = VARIABLES["intune_awx_templates"]
SURVEYS: Json = VARIABLES["intune_awx_surveys"]


@pytest.fixture(scope="module")
def awx_options() -> Json:
    """The options of the modules that apply.yml uses, by ansible-doc."""
    if "AWX_COLLECTIONS" not in os.environ:
        pytest.skip("AWX_COLLECTIONS does not name the directory of awx.awx; `make awx` sets it")
    tasks = load(AWX / "apply.yml")[0]["tasks"]
    names = sorted({key for task in tasks for key in task if key.startswith("awx.")})
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-doc")), "-t", "module", "--json", *names],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": os.environ["AWX_COLLECTIONS"]},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: documented["doc"]["options"] for name, documented in json.loads(done.stdout).items()}


def test_every_option_is_one_of_the_modules_of_awx(awx_options: Json) -> None:
    for task in load(AWX / "apply.yml")[0]["tasks"]:
        (module,) = (key for key in task if key.startswith("awx."))
        options = awx_options[module]
        assert not set(task[module]) - set(options), task["name"]
        assert {name for name, option in options.items() if option.get("required")} <= set(task[module]), task["name"]
        for name, value in task[module].items():
            choices = options[name].get("choices")
            assert not choices or "{{" in str(value) or value in choices, f"{task['name']}: {name}"


def test_every_template_has_its_playbook_and_a_schedule_is_a_rule() -> None:
    assert {template["job_type"] for template in TEMPLATES} <= {"run", "check"}
    assert all((AWX / "project" / template["playbook"]).exists() for template in TEMPLATES)
    rules = [template["schedule"] for template in TEMPLATES if "schedule" in template]
    assert len(rules) == 4
    assert all(re.fullmatch(r"DTSTART:\d{8}T\d{6}Z RRULE:FREQ=[A-Z]+;INTERVAL=\d+", rule) for rule in rules)


def test_every_playbook_of_the_project_has_a_template() -> None:
    assert {path.name for path in (AWX / "project").glob("*.yml")} - {"devices.intune.yml"} == {
        template["playbook"] for template in TEMPLATES
    }


def test_surveys_and_variables_are_those_of_the_playbooks() -> None:
    role = load(ROOT / "roles/harmony_onboarding/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert set(VARIABLES["intune_awx_onboarding"]) <= set(role)
    for question in SURVEYS["onboarding"]["spec"]:
        assert question["choices"] == [choice for choice in role[question["variable"]]["choices"] if choice]
    for template in TEMPLATES:
        plays = load(ROOT / "playbooks" / template["playbook"])
        survey = SURVEYS[template["survey"]]["spec"] if "survey" in template else []
        for name in [*template.get("variables", {}), *(question["variable"] for question in survey)]:
            assert name in role or name in plays[0]["vars"], f"{template['name']}: {name}"


def test_a_default_of_a_survey_is_one_of_its_choices() -> None:
    for question in (question for survey in SURVEYS.values() for question in survey["spec"]):
        for answer in str(rendered(question.get("default", ""))).split("\n"):
            assert not answer or answer in question.get("choices", [answer]), question["variable"]


@pytest.mark.parametrize("credential", TYPES, ids=[credential["name"] for credential in TYPES])
def test_every_input_of_the_credential_reaches_the_job(credential: Json) -> None:
    fields = {field["id"] for field in credential["inputs"]["fields"]}
    assert set(credential["inputs"]["required"]) == fields
    assert {value.strip("{} ") for value in credential["injectors"]["env"].values()} == fields


def rendered(value: Any, **variables: Any) -> Any:
    """A value of the file of variables, as Ansible fills it in."""
    if isinstance(value, str):
        return NativeEnvironment().from_string(value).render({**VARIABLES, **variables})
    if isinstance(value, dict):
        return {name: rendered(each, **variables) for name, each in value.items()}
    return value


@pytest.fixture(scope="module")
def tenant() -> Any:
    registering = ("Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All")
    with Emulator(devices=20, permissions=",".join([*DEFAULT_PERMISSIONS, *registering])) as emulator:
        emulator.seed({"op": "create", "collection": "groups", "body": {"displayName": "Harmony Mobile quarantine"}})
        yield emulator


def job_environment(emulator: Emulator, template: Json) -> dict[str, str]:
    """What the credentials of a template inject, and where the emulated tenant is."""
    types = TYPES if template.get("harmony") else TYPES[:1]
    injected = {name: value for found in types for name, value in found["injectors"]["env"].items()}
    return {
        **{name: str(emulator.endpoints[value.strip("{} ")]) for name, value in injected.items()},
        "AZURE_AUTHORITY_HOST": emulator.env["AZURE_AUTHORITY_HOST"],
        "INTUNE_GRAPH_URL": emulator.env["INTUNE_GRAPH_URL"],
        "INTUNE_CA_PATH": emulator.env["INTUNE_CA_PATH"],
        "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
    }


def answers(survey: str, device: str) -> Json:
    """The answers of somebody who leaves the survey as it is, and names the device."""
    defaults = {
        question["variable"]: (rendered(question.get("default", device)), question["type"])
        for question in SURVEYS[survey]["spec"]
    }
    return {
        name: answer.split("\n") if question == "multiselect" else answer
        for name, (answer, question) in defaults.items()
    }


def variables(template: Json, reports: Path, device: str) -> Json:
    """The variables that a job of the template has, with a directory that exists."""
    common = VARIABLES["intune_awx_onboarding"] if template.get("onboarding") else {}
    own = rendered(template.get("variables", {}), intune_awx_reports=str(reports))
    return {**common, **own, **(answers(template["survey"], device) if "survey" in template else {})}


@pytest.mark.parametrize("template", TEMPLATES, ids=[template["name"] for template in TEMPLATES])
def test_a_job_of_the_template_runs_as_the_controller_runs_it(template: Json, tenant: Emulator, tmp_path: Path) -> None:
    runner = pytest.importorskip("ansible_runner")
    (device,) = tenant.seed({"op": "device", "number": 1, "values": {}})
    shutil.copytree(AWX / "project", tmp_path / "project")
    shutil.copy(Certificates(tmp_path).leaf, tmp_path / "project/certificate.pem")
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "envvars").write_text(yaml.safe_dump(job_environment(tenant, template)), encoding="utf-8")
    done = runner.run(
        private_data_dir=str(tmp_path),
        playbook=template["playbook"],
        inventory="localhost ansible_connection=local",
        cmdline="--check --diff" if template["job_type"] == "check" else None,
        extravars=variables(template, tmp_path, device["azureADDeviceId"]),
        quiet=True,
    )
    output = done.stdout.read()
    # Nobody connected Check Point to the emulated tenant, and the job says so.
    expected = ("failed", 2) if template["playbook"] == "health.yml" else ("successful", 0)
    assert (done.status, done.rc) == expected, output
    if template["playbook"] == "health.yml":
        assert "Harmony Mobile is not working" in output
    if template["playbook"] == "quarantine.yml":
        assert "would be put into quarantine. Nothing was changed." in output
    if template["job_type"] == "check":
        assert re.search(r"changed=0\s", output), output
