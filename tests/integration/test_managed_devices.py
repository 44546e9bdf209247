# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin managed_devices, run by Ansible's own programs against the emulated tenant."""

from __future__ import annotations

import http.server
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import jwt
import pytest

from tests.emulator.client import Emulator
from tests.integration.fleet import COUNT, device
from tests.integration.harness import COLLECTIONS, FQCN, Json, Player, task
from tests.integration.inventories import PLUGIN, STRICT, Inventories

PARTY = "🎉" * 30


def test_every_device_becomes_one_host_with_its_properties_and_groups(
    inventory: Inventories, emulator: Emulator
) -> None:
    emulator.settings(page_size=7, empty_pages=True)
    listed = inventory()
    fleet = [device(emulator, number) for number in range(COUNT)]
    assert listed.rc == 0, listed.output
    assert len(listed.hosts) == COUNT
    for one in fleet:
        name = one["deviceName"]
        variables = listed.hosts[name]
        assert variables["intune_id"] == one["id"]
        assert variables["intune_os_version"] == one["osVersion"]
        assert "ansible_host" not in variables
        assert name in listed.groups[f"intune_platform_{one['operatingSystem'].lower()}"]
        assert name in listed.groups[f"intune_ownership_{one['managedDeviceOwnerType']}"]
    assert {"intune_compliance_state_in_grace_period", "intune_threat_state_high_severity"} <= listed.groups[
        "intune_devices"
    ]
    assert sum(len(hosts) for name, hosts in listed.groups.items() if name.startswith("intune_threat_state_")) == COUNT
    graph = inventory.play.command("ansible-inventory", "-i", str(inventory.source("managed_devices.yaml")), "--graph")
    assert "@intune_platform_ios:" in graph.stdout
    other = inventory(default_groups=False, hostvars_prefix="mdm_", fields=["device_name"])
    assert set(other.groups) <= {"all", "ungrouped"}
    assert all(set(variables) == {"mdm_id", "mdm_device_name"} for variables in other.hosts.values())
    assert "intune_devices" not in other.groups


def test_a_device_may_bear_any_name(inventory: Inventories, emulator: Emulator, tmp_path: Path) -> None:
    evil = f"{{{{ lookup('pipe', 'touch {tmp_path}/evaluated') }}}}"
    names = [
        None,
        "  ",
        "Jürgens Gerät #1",
        PARTY,
        "web[1:3]:22",
        evil,
        "localhost",
        "all",
        "intune_devices",
        "mine",
        "../../etc/passwd",
        "Twin",
        "Twin",
        "Twin",
    ]
    fleet = [device(emulator, number, deviceName=name) for number, name in enumerate(names)]
    source = inventory.source(groups={"mine": "true"})
    listed = inventory(source)
    assert listed.rc == 0, listed.output
    assert len(listed.hosts) == COUNT
    found = [listed.host(one) for one in fleet]
    start = [one["id"][:8] for one in fleet]
    assert found[:2] == [fleet[0]["id"], fleet[1]["id"]]
    assert found[2:5] == ["Jürgens_Gerät_#1", PARTY, "web_1_3__22"]
    assert found[6:10] == [f"localhost_{start[6]}", f"all_{start[7]}", f"intune_devices_{start[8]}", f"mine_{start[9]}"]
    assert found[10] == "_._.._etc_passwd"
    assert found[11:] == [f"Twin_{start[number]}" for number in (11, 12, 13)]
    assert "7 of 40 devices share their name" in listed.output
    assert "'Twin'" in listed.output
    assert len(listed.groups["mine"]) == COUNT
    assert listed.hosts[found[2]]["intune_device_name"] == "Jürgens Gerät #1"
    # What Ansible would take for a template stays the text that it is, in ansible-inventory and in a play.
    assert listed.hosts[found[5]]["intune_device_name"] == {"__ansible_unsafe": evil}
    shown = {"name": "show", "ansible.builtin.debug": {"msg": "{{ intune_device_name }} on {{ inventory_hostname }}"}}
    run = inventory.play(
        [shown], play={"hosts": f"{found[5]},{PARTY},web_1_3__22", "connection": "local"}, extra=["-i", str(source)]
    )
    assert run.rc == 0, run.output
    assert {item.message for item in run.tasks} == {
        f"{evil} on {found[5]}",
        f"{PARTY} on {PARTY}",
        "web[1:3]:22 on web_1_3__22",
    }
    assert not (tmp_path / "evaluated").exists()


def test_hostnames_are_tried_in_order(inventory: Inventories, emulator: Emulator) -> None:
    fleet = [
        device(emulator, 0, serialNumber="", userPrincipalName="ada@contoso.example"),
        device(emulator, 1, serialNumber="S1"),
        device(emulator, 2),
    ]
    fleet[2] = device(emulator, 2, serialNumber="", userPrincipalName="", deviceName="Shared")
    listed = inventory(
        fields=["model"],
        hostnames=[
            "intune_serial_number",
            {"prefix": "intune_user_principal_name | split('@') | first", "name": "model", "separator": "/"},
            "device_name | lower",
        ],
    )
    assert listed.rc == 0, listed.output
    assert [listed.host(one) for one in fleet] == [f"ada_{fleet[0]['model'].replace(' ', '_')}", "S1", fleet[2]["id"]]
    lower = inventory(hostnames=["intune_device_name | lower"])
    assert [lower.host(one) for one in fleet] == [one["deviceName"].lower() for one in fleet]
    mistakes: list[tuple[Json, str]] = [
        ({"hostnames": ["device_nam"]}, "'device_nam' is not a property of a managed device. Use one of:"),
        ({"hostnames": [{"nam": "id"}]}, "is neither a text nor a dictionary of name, prefix and separator"),
        (
            {"hostnames": ["nothing.at.all"], "strict": True},
            "hostnames: 'nothing.at.all' cannot be evaluated for device",
        ),
        ({"hostvars_prefix": "9-"}, "hostvars_prefix: '9-' is not how the name of a variable can start"),
        ({"fields": ["device_nam"]}, "no property of a managed device: device_nam"),
        ({"filters": {"compliance_state": ["fine"]}}, "value of compliance_state must be one or more of"),
        ({"filters": {"platform": ["iOS"]}}, "platform"),
        ({"excludes": ["true"], "hostname": ["id"]}, "There is no option excludes, hostname."),
        ({"excludes": ["true"], "hostname": ["id"]}, "Did you mean exclude, hostnames?"),
        ({"tenant_id": False}, "tenant_id is false, which YAML also makes of yes, no, on and off: quote the text."),
        ({"harmony": "maybe"}, "harmony: 'maybe' is neither true nor false."),
        (
            {"filters": {"user_principal_name": ["nobody"]}},
            "filters.user_principal_name[0]: 'nobody' is not a user principal name",
        ),
        (
            {"client_secret": "{{ {'data': {'key': 'the-secret-of-all'}} }}"},
            "client_secret must be text, not a list or dictionary.",
        ),
    ]
    for wrong, words in mistakes:
        refused = inventory(**wrong)
        assert refused.rc != 0
        assert words in refused.output
        assert "the-secret-of-all" not in refused.output
        assert bool(refused.requests) == ("strict" in wrong)


def test_variables_and_groups_are_made_of_expressions(inventory: Inventories, emulator: Emulator) -> None:
    one = device(emulator, 0, model="Pixel 9", partnerReportedThreatState="highSeverity", userPrincipalName="")
    options: Json = {
        "compose": {
            "owner": "intune_user_principal_name | default('nobody', true)",
            "site": "intune_model ~ ' in ' ~ place",
        },
        "groups": {"at risk": "intune_partner_reported_threat_state == 'high_severity' and owner == 'nobody'"},
        "keyed_groups": [
            {"key": "intune_model", "prefix": "model", "parent_group": "models"},
            {"key": "owner", "separator": "-"},
            {"key": "intune_device_category_display_name", "prefix": "category", "default_value": "none"},
        ],
        "use_extra_vars": True,
        "leading_separator": False,
        "default_groups": False,
    }
    listed = inventory(**options, arguments=("-e", json.dumps({"place": "Oslo"})))
    assert listed.rc == 0, listed.output
    name = listed.host(one)
    assert (listed.hosts[name]["owner"], listed.hosts[name]["site"]) == ("nobody", "Pixel 9 in Oslo")
    assert name in listed.groups["at_risk"] & listed.groups["model_Pixel_9"] & listed.groups["nobody"]
    assert "model_Pixel_9" in listed.groups["models"]
    assert len(listed.groups["category_none"]) == COUNT
    refused = inventory(**{**options, "strict": True, "compose": {"x": "nothing.at.all"}})
    assert refused.rc != 0
    assert "Could not set x for host" in refused.output


def test_include_and_exclude_say_which_devices_become_hosts(inventory: Inventories, emulator: Emulator) -> None:
    fleet = [device(emulator, number) for number in range(COUNT)]
    listed = inventory(
        include=["intune_operating_system == 'iOS'", "intune_compliance_state == 'noncompliant'"],
        exclude="intune_is_supervised or intune_device_name in ['OTHER', 'ANOTHER']",
        fields=["device_name"],
    )
    assert listed.rc == 0, listed.output
    wanted = {
        one["deviceName"]
        for one in fleet
        if one["operatingSystem"] == "iOS" or one["complianceState"] == "noncompliant"
    }
    assert set(listed.hosts) == wanted - {one["deviceName"] for one in fleet if one["isSupervised"]}
    nobody = inventory(filters={"operating_system": ["iOS"]}, include=["intune_operating_system == 'Android'"])
    assert (nobody.rc, nobody.hosts) == (0, {})
    refused = inventory(exclude=["intune_modle == 'x'"])
    assert refused.rc != 0
    assert "include or exclude: 'intune_modle == 'x'' cannot be evaluated" in refused.output


def test_credentials_come_from_options_templates_and_vaults(inventory: Inventories, tmp_path: Path) -> None:
    own = inventory.play.env
    nothing = {name: None for name in own if name.startswith(("AZURE", "INTUNE"))}
    password = tmp_path / "password"
    password.write_text("open sesame")
    vaulted = inventory.play.command(
        "ansible-vault",
        "encrypt_string",
        "--vault-password-file",
        str(password),
        own["AZURE_CLIENT_SECRET"],
        "--name",
        "client_secret",
    )
    assert vaulted.returncode == 0, vaulted.stderr
    source = inventory.source(
        text=vaulted.stdout,
        tenant_id="{{ tenant }}",
        client_id="{{ lookup('env', 'OUR_CLIENT') }}",
        authority_host=own["AZURE_AUTHORITY_HOST"],
        graph_url=own["INTUNE_GRAPH_URL"],
        ca_path="{{ lookup('env', 'OUR_CA') }}",
        token_cache="none",
        filters={"operating_system": ["{{ platform }}"]},
    )
    extra = json.dumps({"tenant": own["AZURE_TENANT_ID"], "platform": "iOS"})
    env = {**nothing, "OUR_CLIENT": own["AZURE_CLIENT_ID"], "OUR_CA": own["INTUNE_CA_PATH"]}
    listed = inventory(source, arguments=("-e", extra, "--vault-password-file", str(password)), env=env)
    assert listed.rc == 0, listed.output
    assert {variables["intune_operating_system"] for variables in listed.hosts.values()} == {"iOS"}
    # AWX's credential type for Azure sets these names.
    awx = {
        **own,
        "AZURE_TENANT_ID": None,
        "AZURE_CLIENT_SECRET": None,
        "AZURE_TENANT": own["AZURE_TENANT_ID"],
        "AZURE_SECRET": own["AZURE_CLIENT_SECRET"],
    }
    assert len(inventory(env={**awx, "INTUNE_TOKEN_CACHE": "none"}).hosts) == COUNT
    wrong = inventory(client_secret="not-the-secret-of-this-application", token_cache="none")
    assert wrong.rc != 0
    assert "not-the-secret" not in wrong.output
    assert inventory(env=nothing).rc != 0


def test_a_second_load_comes_from_the_cache(inventory: Inventories, emulator: Emulator, tmp_path: Path) -> None:
    options: Json = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
        "keyed_groups": [{"key": "intune_model", "prefix": "model"}],
        "compose": {"title": "intune_device_name ~ '!'"},
    }
    evil = "{{ lookup('pipe', 'id') }}"
    device(emulator, 3, deviceName=evil)
    first = inventory(**options)
    assert first.rc == 0, first.output
    assert first.requests
    device(emulator, 0, deviceName="Renamed")
    second = inventory(**options)
    assert second.requests == []
    assert (second.hosts, second.groups) == (first.hosts, first.groups)
    assert {"__ansible_unsafe": evil} in [variables["intune_device_name"] for variables in second.hosts.values()]
    assert any(name.startswith("model_") for name in second.groups)
    flushed = inventory(**options, arguments=("--flush-cache",))
    assert "Renamed" in flushed.hosts
    assert "Renamed" in inventory(**options).hosts
    other = inventory(**options, filters={"operating_system": ["iOS"]})
    assert other.requests
    assert {variables["intune_operating_system"] for variables in other.hosts.values()} == {"iOS"}
    # A ready token is of a tenant that no option names; one of another tenant does not open what is kept.
    for key in "ab":
        foreign = jwt.encode({"tid": f"tenant {key}", "appid": "app"}, key * 32)
        refused = inventory(**options, access_token=foreign)
        assert refused.rc != 0
        assert refused.requests


@pytest.mark.provokes_bad_requests
def test_an_incomplete_list_is_an_error_or_the_old_list(
    inventory: Inventories, emulator: Emulator, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    options: Json = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(cache),
        "cache_timeout": 60,
        "parallel_pages": 1,
    }
    emulator.settings(page_size=7)
    failing = {
        "match": {"path": "managedDevices.*skiptoken"},
        "skip": 2,
        "action": {"status": 400, "message": "The page is gone."},
    }
    emulator.faults(failing)
    failed = inventory(**options)
    assert failed.rc != 0
    assert "The page is gone." in failed.output
    assert len(failed.requests) == 4
    assert list(cache.iterdir()) == []
    lenient = inventory(**options, env={"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "false"})
    assert lenient.hosts == {}
    assert "The page is gone." in lenient.output
    nothing_kept = inventory(**options, use_stale_cache=True)
    assert nothing_kept.rc != 0
    emulator.faults()
    whole = inventory(**options)
    (kept,) = cache.iterdir()
    content = kept.read_bytes()
    os.utime(kept, (0, 0))
    emulator.faults(failing)
    assert inventory(**options).rc != 0
    stale = inventory(**options, use_stale_cache=True)
    assert stale.rc == 0, stale.output
    assert stale.hosts == whole.hosts
    assert "The devices cannot be read, so those are used that were read at 20" in stale.output
    assert "The page is gone." in stale.output
    assert kept.read_bytes() == content
    emulator.faults()
    assert inventory(**options, use_stale_cache=True).requests


def test_two_sources_make_one_host_of_one_device_and_two_of_two(inventory: Inventories, emulator: Emulator) -> None:
    twins = [device(emulator, 0, deviceName="Phone"), device(emulator, 1, deviceName="Phone")]
    apple = inventory.source("apple.intune.yml", filters={"operating_system": ["iOS"]}, groups={"apple": "true"})
    every = inventory.source(
        "every.intune.yaml", filters={"operating_system": ["Android", "iOS"]}, hostnames=["serial_number"]
    )
    android = inventory.source("android.intune.yml", filters={"operating_system": ["Android"]})
    listed = inventory(apple, android)
    assert [listed.host(one) for one in twins] == ["Phone", f"Phone_{twins[1]['id'][:8]}"]
    again = inventory(apple, apple, android)
    assert (again.hosts, again.groups) == (listed.hosts, listed.groups)
    assert len(inventory(every, every).hosts) == len(listed.hosts)


def test_only_files_that_are_named_so_are_sources(inventory: Inventories) -> None:
    refused = inventory(inventory.source("devices.yml"))
    assert refused.rc != 0
    assert f"could not be verified by inventory plugin '{PLUGIN}'" in refused.output
    assert refused.requests == []


def test_a_play_may_work_over_the_devices(inventory: Inventories, emulator: Emulator) -> None:
    device(emulator, 0, partnerReportedThreatState="highSeverity")
    source = inventory.source(filters={"operating_system": ["iOS"]})
    run = inventory.play(
        [
            {
                **task("intune_device_facts", "read", filters={"serial_number": ["{{ intune_serial_number }}"]}),
                "delegate_to": "localhost",
            }
        ],
        play={"hosts": "intune_threat_state_high_severity"},
        extra=["-i", str(source)],
    )
    assert run.rc == 0, run.output
    assert run.tasks
    assert all(item.result["ansible_facts"]["intune_devices_summary"]["total"] == 1 for item in run.tasks)


class Webhook(http.server.BaseHTTPRequestHandler):
    """Takes what is posted."""

    messages: ClassVar[list[Json]] = []

    def do_POST(self) -> None:
        self.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(202)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture
def webhook() -> Iterator[str]:
    Webhook.messages.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()


def test_unprotected_devices_are_reported_and_their_owners_told(
    play: Player, emulator: Emulator, tmp_path: Path, webhook: str
) -> None:
    protected = ("activated", "secured")
    device(emulator, 0, partnerReportedThreatState="unresponsive", deviceName="{{ evil }}")
    device(emulator, 1, partnerReportedThreatState=None, userPrincipalName=None)
    mobile = [
        one for number in range(COUNT) if (one := device(emulator, number))["operatingSystem"] in ("iOS", "Android")
    ]
    expected = [one for one in mobile if one["partnerReportedThreatState"] not in protected]
    source = ["-i", str(COLLECTIONS / "ansible_collections/mobilesec/intune/playbooks/inventory/devices.intune.yml")]
    file = tmp_path / "unprotected.json"
    run = play(
        playbook=FQCN + "unprotected_devices",
        extra=source,
        extra_vars={"unprotected_devices_file": str(file)},
        env=STRICT,
    )
    assert run.rc == 0, run.output
    found = json.loads(file.read_text(encoding="utf-8"))
    assert {one["intune_id"]: one["intune_device_name"] for one in found} == {
        one["id"]: one["deviceName"] for one in expected
    }
    assert file.stat().st_mode & 0o777 == 0o600
    report = run["Report"].result["msg"]
    assert report[0] == f"Unprotected devices: {len(expected)} of {len(mobile)}"
    assert "Without a user" in report
    assert any(line.startswith("  {{ evil }}, ") and "unresponsive" in line for line in report)
    assert Webhook.messages == []
    limit = ["--limit", "___evil___," + ",".join(one["deviceName"] for one in expected[1:3])]
    reported = play(
        playbook=FQCN + "unprotected_devices",
        extra=source + limit,
        extra_vars={"unprotected_devices_webhook": webhook},
        env=STRICT,
    )
    assert reported.rc == 0, reported.output
    to = {(one["userPrincipalName"], one["id"]) for one in expected[:3] if one["userPrincipalName"]}
    assert {(one["to"], one["device_id"]) for one in Webhook.messages} == to
    assert len(to) == 2
    assert any(message["text"].startswith("{{ evil }} (") for message in Webhook.messages)
    assert webhook not in reported.output
    nothing = play(playbook=FQCN + "unprotected_devices")
    assert "There are no managed devices in the inventory." in nothing.output
    assert nothing.rc != 0


@pytest.mark.parametrize("playbook", ["unprotected_devices", "sync_devices"])
@pytest.mark.parametrize("how", ["link", "shared"])
def test_no_playbook_writes_devices_where_others_can_lead_it(
    play: Player, emulator: Emulator, tmp_path: Path, playbook: str, how: str
) -> None:
    folder, other = tmp_path / "folder", tmp_path / "other"
    folder.mkdir()
    other.write_text("of somebody else\n")
    if how == "link":
        (folder / "file").symlink_to(other)
    else:
        folder.chmod(0o1777)
    option = {"sync_devices": "intune_devices_file"}.get(playbook, "unprotected_devices_file")
    source = ["-i", str(COLLECTIONS / "ansible_collections/mobilesec/intune/playbooks/inventory/devices.intune.yml")]
    run = play(playbook=FQCN + playbook, extra=source, extra_vars={option: str(folder / "file")})
    assert run.rc != 0
    assert ("symbolic link" if how == "link" else "other users can write") in run.output
    assert other.read_text() == "of somebody else\n"
    assert [path.is_symlink() for path in folder.iterdir()] == ([True] if how == "link" else [])


def test_members_of_groups_can_be_all_there_is(inventory: Inventories, emulator: Emulator) -> None:
    fleet = [device(emulator, number) for number in range(COUNT)]
    users = {fleet[0]["userId"], fleet[1]["userId"]}
    emulator.seed({"op": "create", "collection": "groups", "body": {"displayName": "Pilot", "members": sorted(users)}})
    listed = inventory(entra_groups=["Pilot"], hostnames=["serial_number"])
    assert listed.rc == 0, listed.output
    assert set(listed.hosts) == {one["serialNumber"] for one in fleet if one["userId"] in users}
    refused = inventory(entra_groups=["Pilots"])
    assert refused.rc != 0
    assert "Not found: group 'Pilots'" in refused.output


@pytest.mark.parametrize(
    "option",
    [
        {"entra_groups": []},
        {"entra_groups": [""]},
        {"filters": {}},
        {"filters": {"operating_system": []}},
        {"include": [""]},
        {"user": " "},
    ],
    ids=str,
)
def test_an_empty_limit_is_no_inventory_of_all_devices(inventory: Inventories, option: Json) -> None:
    found = inventory(**option)
    assert found.rc != 0
    assert found.requests == []
    assert f"{next(iter(option))}" in found.output
    assert "empty. Give a value, or leave it out" in found.output
