# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret that a task takes can be found afterwards, whatever became of the task.

Each secret option of each module gets a secret of its own. The tasks run with -vvvv and --diff and a log file, in
Ansible's process and as modules; some succeed, some are refused, some meet a Graph that repeats what was sent. CANARY
is `all` for all modules; else only those with secrets of their own are run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.canary.secrets import TOKEN, leaks, secret, secret_options, watched
from tests.emulator.client import Emulator
from tests.emulator.principals import PARTNER_APP_ID
from tests.emulator.settings import DEFAULT_PERMISSIONS
from tests.faults.subjects import READERS, WRITERS
from tests.integration.harness import Player, ikev2_with, task
from tests.samples import STORE_APP, VPN

Json = dict[str, Any]
ALL = os.environ.get("CANARY") == "all"
LOGIN = ("client_secret", "certificate_password", "access_token")
# The secret that the tenant's application logs in with.
LOGIN_SECRET = secret(1)
HARMONY_KEY = secret(998)
HARMONY: dict[str, Json] = {
    "harmony_device_info": {},
    "harmony_alert_info": {},
    "intune_harmony_coverage": {"gather": "summary"},
}
PERMISSIONS = ",".join(
    [
        *DEFAULT_PERMISSIONS,
        "Application.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "DelegatedPermissionGrant.ReadWrite.All",
    ]
)
ECHO: Json = {"match": {"method": "POST|PATCH", "path": "^/(v1.0|beta)/"}}


VPN_SECTIONS = (
    "ios",
    "ios_ikev2",
    "macos",
    "android_work_profile",
    "android_device_owner",
    "android_for_work",
    "android",
)


class Tasks:
    """The tasks of a play, with a variable in the place of each secret."""

    def __init__(self) -> None:
        self.secrets = {"login": LOGIN_SECRET}
        self.tasks: list[Json] = []
        self.used: set[tuple[str, str]] = set()

    def hidden(self, module: str, option: str) -> str:
        """A new secret for an option, as a template."""
        name = f"canary_{len(self.secrets)}"
        self.secrets[name] = secret(len(self.secrets) + 1)
        self.used.add((module, option))
        return f"{{{{ {name} }}}}"

    def add(self, module: str, label: str, **options: Any) -> None:
        self.tasks.append(task(module, f"{module}: {label}", ignore_errors=True, **options))

    def with_own_secrets(self, suffix: str) -> None:
        """Objects whose modules have secret options."""
        config = "intune_app_config"
        setting = {"key": "k", "secret_value": self.hidden(config, "ios.settings.secret_value")}
        self.add(config, f"iOS {suffix}", name=f"i{suffix}", target_apps=["Target"], ios={"settings": [setting]})
        for section, target in (("android", "com.example.play"), ("android_for_work", "Target")):
            properties: Json = {"a": self.hidden(config, f"{section}.secret_managed_properties"), "b": {"c": "d"}}
            self.add(
                config,
                f"{section} {suffix}",
                name=f"{section}{suffix}",
                target_apps=[target],
                **{section: {"secret_managed_properties": properties}},
            )
        custom = [{"name": "n", "value": self.hidden(config, "managed_apps.secret_custom_settings")}]
        managed: Json = {"app_group_type": "all_apps", "secret_custom_settings": custom}
        self.add(config, f"managed apps {suffix}", name=f"m{suffix}", managed_apps=managed)
        managed = {"app_group_type": "all_apps", "secret_custom_settings": {"n": custom[0]["value"]}}
        self.add(config, f"managed apps as a mapping {suffix}", name=f"n{suffix}", managed_apps=managed)
        profile = "intune_custom_profile"
        for section in ("ios", "macos"):
            text = self.hidden(profile, f"{section}.secret_payload")
            self.add(profile, f"{section} {suffix}", name=f"c{section}{suffix}", **{section: {"secret_payload": text}})
        for section in ("android", "android_for_work", "android_work_profile"):
            oma: Json = {"oma_uri": "./a", "secret_value": self.hidden(profile, f"{section}.oma_settings.secret_value")}
            settings: Json = {section: {"oma_settings": [oma]}}
            self.add(profile, f"{section} {suffix}", name=f"c{section}{suffix}", **settings)
        shared = self.hidden("intune_vpn_profile", "ios_ikev2.shared_secret")
        self.add("intune_vpn_profile", f"IKEv2 {suffix}", name=f"v{suffix}", ios_ikev2=ikev2_with(shared))
        for section in VPN_SECTIONS:
            for option in ("secret_custom_data", "secret_custom_key_value_data"):
                self.with_vendor_values(section, option, suffix)
        item = {"name": f"c{suffix}", "target_apps": ["Target"]}
        setting = {"key": "k", "secret_value": self.hidden("intune_configuration", "in an item")}
        self.add(
            "intune_configuration",
            f"with a secret {suffix}",
            configuration={"app_configs": [{**item, "ios": {"settings": [setting]}}]},
        )

    def with_vendor_values(self, section: str, option: str, suffix: str) -> None:
        vpn, server = "intune_vpn_profile", {"address": "192.0.2.1"}
        options: Json = {
            "connection_name": "c",
            "connection_type": "citrix",
            "authentication_method": "username_and_password",
            **({"servers": [server]} if section.startswith("android") else {"server": server}),
            option: {"token": self.hidden(vpn, f"{section}.{option}")},
        }
        self.add(vpn, f"{section} {option} {suffix}", name=f"{section}{option}{suffix}", **{section: options})

    def wrongly(self) -> None:
        """Secrets in options of another shape or a name like theirs."""
        config = "intune_app_config"

        def text() -> str:
            return self.hidden(config, "wrong")

        wrong: dict[str, Json] = {
            "setting instead of a list": {"ios": {"settings": {"key": "k", "secret_value": text()}}},
            "name without its line": {"ios": {"settings": [{"key": "k", "secretvalue": text()}]}},
            "list instead of text": {"ios": {"settings": [{"key": "k", "secret_value": [text()]}]}},
            "text instead of a mapping": {"android": {"secret_managed_properties": text()}},
            "another section": {"ios": {"secret_managed_properties": {"a": text()}}},
        }
        for label, options in wrong.items():
            self.add(config, label, name="w", target_apps=["Target"], **options)
            item = {"name": "w", "target_apps": ["Target"], **options}
            self.add("intune_configuration", label, configuration={"app_configs": [item]})

    def harmony(self) -> None:
        """The key of Harmony Mobile's API: one that logs in, and others that do not."""
        self.secrets["harmony_key"] = HARMONY_KEY
        for module in HARMONY:
            self.add(module, "access key", harmony_access_key="{{ harmony_key }}", **HARMONY[module])
            for label in ("wrong access key", "access key in a list"):
                key = self.hidden(module, "harmony_access_key")
                self.add(module, label, harmony_access_key=[key] if "list" in label else key, **HARMONY[module])

    def logins(self, module: str, options: Json) -> None:
        """A login that succeeds, and those that fail with each secret option."""
        self.used.add((module, "client_secret"))
        self.add(module, "client secret", **options)
        self.add(module, "wrong client secret", client_secret=self.hidden(module, "client_secret"), **options)
        self.add(module, "client secret in a list", client_secret=[self.hidden(module, "client_secret")], **options)
        self.add(module, "token that is none", access_token=self.hidden(module, "access_token"), **options)
        password = self.hidden(module, "certificate_password")
        self.add(module, "certificate", certificate_path="{{ pem }}", certificate_password=password, **options)


def subjects() -> dict[str, Json]:
    """Module -> options with which it can run."""
    others = ("inventory", "harmony_device_info", "harmony_alert_info")
    found: dict[str, Json] = {reader.module: reader.options for reader in READERS if reader.module not in others}
    found |= {subject.module: subject.options for subject in reversed(WRITERS)}
    found["intune_export"] = {"dest": "{{ folder }}/export"}
    found["intune_certificate_profile"] = {"name": "C", "platform": "ios", "certificate": "{{ lookup('file', pem) }}"}
    found["intune_configuration"] = {"configuration": {"apps": [{"name": "A", **STORE_APP}]}}
    found["intune_harmony_coverage"] = HARMONY["intune_harmony_coverage"]
    found["intune_vpn_profile"] = {"name": "V", "ios": VPN}
    found["intune_app"] = {"name": "A", **STORE_APP}
    found["intune_compliance_policy"] = {"name": "P", "ios": {"passcode_required": True}}
    return found


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    options: Json = {"client_secret": LOGIN_SECRET, "permissions": PERMISSIONS}
    with Emulator(devices=3, users=3, **options) as running:
        yield running


@pytest.fixture
def player(emulator: Emulator, tmp_path: Path) -> Player:
    emulator.reset()
    app = {"@odata.type": "#microsoft.graph.iosStoreApp", "displayName": "Target", "publisher": "x"}
    emulator.seed(
        {
            "op": "create",
            "collection": "deviceAppManagement/mobileApps",
            "body": {**app, "publishingState": "published"},
        },
        {"op": "import_app", "package": "com.example.play"},
        {"op": "application", "app_id": PARTNER_APP_ID},
        {"op": "create", "collection": "groups", "body": {"displayName": "Ours"}},
        {"op": "create", "collection": "groups", "body": {"displayName": "Somebody else's"}},
    )
    journal, home = tmp_path / "journal", tmp_path / "home"
    journal.touch()
    home.mkdir()
    return Player(home, emulator.env, journal)


BROKEN = "meets a broken server with an echo"
FAULTS: dict[str, list[Json]] = {
    "succeeds": [],
    "is refused with an echo": [{**ECHO, "action": {"status": 400, "echo": True}}],
    BROKEN: [{**ECHO, "action": {"status": 500, "echo": True}}],
    "is answered by a page": [{**ECHO, "action": {"text": "<html>", "content_type": "text/html"}}],
    "gets no answer": [{**ECHO, "action": {"drop_after_execute": True}}],
}
# A Python that finds this writes to a file what would go to syslog.
SYSLOG = """
import os, syslog
def write(*arguments):
    with open(os.environ["CANARY_SYSLOG"], "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(f"{arguments}\\n{arguments[-1]}\\n")
syslog.syslog = write
"""
WAYS = {"in process": "1", "as modules": "0"}
SHORT = [("in process", "is refused with an echo"), ("as modules", "succeeds")]


@pytest.mark.parametrize(
    ("way", "end"), [(way, end) for way in WAYS for end in FAULTS] if ALL else SHORT, ids=lambda value: value
)
def test_secrets_are_found_nowhere(player: Player, emulator: Emulator, tmp_path: Path, way: str, end: str) -> None:
    tasks = Tasks()
    # First, because the info modules rightly show all values of objects that exist.
    for module, options in subjects().items() if ALL else [("intune_app_config_info", {})]:
        tasks.logins(module, options)
    tasks.harmony()
    emulator.harmony(access_key=HARMONY_KEY)
    tasks.with_own_secrets(end.split()[0])
    tasks.wrongly()
    expected = {(name, option) for name, found in secret_options().items() for option in found}
    if ALL:
        assert expected - tasks.used == set()
    emulator.faults(*FAULTS[end])
    own, syslog = tmp_path / "own", tmp_path / "syslog"
    own.mkdir()
    (own / "sitecustomize.py").write_text(SYSLOG, encoding="utf-8")
    log, values = tmp_path / "ansible.log", {"pem": emulator.ca_path, "folder": str(tmp_path)}
    # After a lost answer, a task looks for its object for two minutes.
    bounds = {"task_timeout": 5} if (way, end) == ("as modules", BROKEN) else {}
    with watched(player.home / ".ansible") as seen:
        running = player.start(
            tasks.tasks,
            diff=True,
            verbosity=4,
            extra_vars={**tasks.secrets, **values},
            env={
                "INTUNE_IN_PROCESS": WAYS[way],
                "ANSIBLE_LOG_PATH": str(log),
                "INTUNE_TOKEN_CACHE": None,
                "PYTHONPATH": str(own),
                "CANARY_SYSLOG": str(syslog),
            },
            play={"module_defaults": {"group/mobilesec.intune.intune": {"retry_timeout": 1, **bounds}}},
        )
        run = running(seconds=3600)
    assert len(run.tasks) == len(tasks.tasks), run.output[-3000:]
    assert any(not item.failed for item in run.tasks)
    assert any(item.failed for item in run.tasks)
    places = {"output": run.stdout.encode(), "errors": run.stderr.encode(), "log": log.read_bytes()}
    # In Ansible's process, modules do not log.
    assert syslog.exists() == (way == "as modules")
    # The variables that the test itself hands over are the only place where the secrets may be.
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "vars.json"]
    places |= {str(path.relative_to(tmp_path)): path.read_bytes() for path in files}
    found = leaks(tasks.secrets, places | {"processes and temporary files": b"\n".join(seen)})
    assert found == [], "\n".join(found)
    caches = [str(path.relative_to(tmp_path)) for path in files if path.name.startswith("token-")]
    assert [place for place, content in places.items() if place not in caches and TOKEN.search(content)] == []
