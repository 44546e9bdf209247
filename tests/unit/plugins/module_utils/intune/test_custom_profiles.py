# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom profiles: configuration profiles compared as documents, OMA settings that Graph does not show."""

from __future__ import annotations

import base64
import json
import plistlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.samples import PROFILES
from tests.unit.plugins.module_utils.intune.conftest import Tenant

Json = dict[str, Any]
MODULE = "intune_custom_profile"
SECRET = "s3cr3t-key-of-a-customer"
DOCUMENT: Json = {
    "PayloadType": "Configuration",
    "PayloadVersion": 1,
    "PayloadContent": [{"PayloadType": "com.apple.webcontent-filter", "VendorConfig": {"key": SECRET, "port": 443}}],
}
SIGNED = base64.b64encode(b"\x30\x82signed profile").decode()
FLAG: Json = {"oma_uri": "./a/flag", "type": "boolean", "value": True}
TEXT: Json = {"oma_uri": "./a/text", "value": "x"}


def plist(document: Json | None = None, **more: Any) -> str:
    return plistlib.dumps({**(document or DOCUMENT), **more}).decode()


def ios(payload: str, **more: Any) -> Json:
    return {"name": "P", "ios": {"payload": payload, **more}}


def android(*settings: Json) -> Json:
    return {"name": "A", "android_work_profile": {"oma_settings": list(settings)}}


def patches(tenant: Tenant) -> list[Json]:
    return [entry["body"] for entry in tenant.emulator.journal() if entry["method"] == "PATCH"]


def test_a_profile_lives_through_its_changes(tenant: Tenant) -> None:
    first = tenant.lives(MODULE, **ios(plist()), description="d", scope_tags=["Mobile Security"])
    assert first["custom_profile"]["ios"]["payload_name"] == "P"
    assert first["custom_profile"]["ios"]["payload_file_name"] == "profile.mobileconfig"
    changed = tenant.lives(MODULE, **ios(plist(PayloadDisplayName="Filter")))
    assert "PayloadDisplayName" not in changed["diff"]["before"]["ios"]["payload"]
    assert changed["diff"]["after"]["ios"]["payload"]["PayloadDisplayName"] == "Filter"
    tenant.lives(MODULE, name="M", macos={"payload": plist(), "deployment_channel": "user_channel"})


def test_a_profile_that_is_written_otherwise_is_the_same(tenant: Tenant) -> None:
    tenant(MODULE, **ios(plist()))
    bare = plist().replace("\n", "\r\n\t")
    turned = plistlib.dumps(dict(reversed(DOCUMENT.items())), sort_keys=False).decode()
    binary = base64.b64encode(plistlib.dumps(DOCUMENT, fmt=plistlib.FMT_BINARY)).decode()
    for text in (bare, turned, binary, "  " + plist() + "\n"):
        assert not tenant(MODULE, **ios(text))["changed"]
    assert tenant(MODULE, **ios(plist(PayloadVersion=True)))["changed"], "true is not 1"


@pytest.mark.parametrize("source", ["payload", "secret_payload", "payload_path"])
def test_a_profile_comes_from_text_or_file_and_its_values_are_masked(
    tenant: Tenant, tmp_path: Path, source: str
) -> None:
    file = tmp_path / "vendor.mobileconfig"
    file.write_text(plist())
    options: Json = {"name": "P", "ios": {source: str(file) if source == "payload_path" else plist()}}
    created = tenant(MODULE, diff=True, **options)
    assert not tenant(MODULE, **options)["changed"]
    assert SECRET not in json.dumps(created)
    payload = created["custom_profile"]["ios"]["payload"]
    assert payload["PayloadContent"][0] == {
        "PayloadType": "com.apple.webcontent-filter",
        "VendorConfig": {"key": "********", "port": "********"},
    }
    if source == "payload_path":
        assert created["custom_profile"]["ios"]["payload_file_name"] == "vendor.mobileconfig"


def test_a_change_of_a_masked_value_shows_as_a_change(tenant: Tenant) -> None:
    tenant(MODULE, **ios(plist()))
    other = json.loads(json.dumps(DOCUMENT).replace(SECRET, "another"))
    result = tenant(MODULE, diff=True, **ios(plist(other)))
    assert result["changed"]
    assert result["diff"]["before"] != result["diff"]["after"]
    assert "another" not in json.dumps(result)


def test_a_signed_profile_is_compared_by_its_bytes_and_exported(tenant: Tenant, tmp_path: Path) -> None:
    tenant(MODULE, **ios(SIGNED))
    assert not tenant(MODULE, **ios(SIGNED))["changed"]
    (shown,) = tenant(f"{MODULE}_info", name="P")["custom_profiles"]
    assert shown["ios"]["payload"] == SIGNED
    tenant(MODULE, **android(FLAG, TEXT))
    result = tenant("intune_export", dest=str(tmp_path), resources=["custom_profiles"])
    assert "Microsoft Graph shows a mask instead of its value" in "\n".join(result["warnings"])
    document = yaml.safe_load((tmp_path / "custom_profiles.yml").read_text(encoding="utf-8"))
    assert not tenant("intune_configuration", configuration={"custom_profiles": document["intune_custom_profiles"]})[
        "changed"
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (ios("no profile"), "must be a configuration profile"),
        (ios("<dict>"), "must be a configuration profile"),
        (ios("<plist><array/></plist>"), "must be a configuration profile"),
        ({"name": "P", "ios": {"payload_path": "/nowhere/x.mobileconfig"}}, "/nowhere/x.mobileconfig cannot be read"),
        ({"name": "P", "ios": {"payload_path": "/nowhere\0x"}}, "cannot be read"),
        ({"name": "P", "ios": {"payload_path": "/dev/zero"}}, "has more than 16 MB"),
        ({"name": "P", "ios": {"payload_name": "x"}}, "ios.payload"),
        (android({"oma_uri": "./a"}), "exactly one of value and secret_value"),
        (android(FLAG, FLAG), "more than once: ./a/flag"),
        (android({**FLAG, "value": "perhaps"}), "must be true or false"),
        (android({**FLAG, "type": "integer", "value": "x"}), "for './a/flag'"),
        (android({**FLAG, "type": "string_xml", "value": "<a>"}), "is not XML"),
        (android({**TEXT, "value": "****"}), "is a mask of Microsoft Graph"),
    ],
)
def test_what_is_no_profile_is_refused_before_any_write(tenant: Tenant, options: Json, said: str) -> None:
    assert said in tenant.fails(MODULE, **options)
    assert tenant.records(PROFILES) == []


def test_settings_are_a_set_by_uri(tenant: Tenant) -> None:
    tenant.lives(MODULE, **android(FLAG, {"oma_uri": "./n", "type": "integer", "value": "5"}, TEXT))
    again = android(TEXT, {"oma_uri": "./n", "type": "integer", "value": 5}, {**FLAG, "value": "True"})
    assert not tenant(MODULE, **again)["changed"]
    assert tenant(MODULE, **android(FLAG, TEXT))["changed"]


def test_a_value_that_graph_does_not_show_is_sent_only_when_asked_or_when_another_changes(tenant: Tenant) -> None:
    tenant(MODULE, **android(FLAG, TEXT))
    new = {**TEXT, "value": None, "secret_value": SECRET}
    assert not tenant(MODULE, **android(FLAG, new))["changed"]
    tenant.emulator.journal(clear=True)
    result = tenant(MODULE, **android(FLAG, new), update_secrets="always")
    assert result["changed"]
    assert SECRET not in json.dumps(result)
    assert [item["value"] for item in patches(tenant)[0]["omaSettings"]] == [True, SECRET]
    tenant(MODULE, **android({**FLAG, "value": False}, new))
    assert [item["value"] for item in patches(tenant)[1]["omaSettings"]] == [False, SECRET]


def test_the_name_of_a_setting_is_kept(tenant: Tenant) -> None:
    tenant(MODULE, **android({**FLAG, "display_name": "Flag", "description": "d"}))
    assert not tenant(MODULE, **android(FLAG))["changed"]
    assert tenant(MODULE, **android({**FLAG, "value": False}))["changed"]
    (shown,) = tenant(f"{MODULE}_info", name="A")["custom_profiles"]
    (setting,) = shown["android_work_profile"]["oma_settings"]
    assert setting == {**FLAG, "value": False, "display_name": "Flag", "description": "d"}
