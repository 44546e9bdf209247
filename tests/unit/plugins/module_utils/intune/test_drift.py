# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift is real drift: a service that spells what it stored in its own way changes nothing, another meaning does."""

from __future__ import annotations

import base64
import json
import plistlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mobilesec.intune.plugins.module_utils._engine.complex_fields import Complex, KeyValues
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.encoded_fields import (
    Encoded,
    parse_json,
    parse_plist,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.fields import (
    BOOL,
    SWITCH,
    Enum,
    EnumFlags,
    Field,
    FieldType,
    StringSet,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.reference_fields import NamedReferences
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.references import ResolvedNames
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.text_fields import Text
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.time_fields import Moment
from ansible_collections.mobilesec.intune.plugins.module_utils._resources import app_settings
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_config import AppConfig
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_types import Flags
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.reference_types import SCOPE_TAG
from tests.emulator.rewriting import managed_configuration, property_list
from tests.samples import APPS, STORE_APP, VPN
from tests.unit.plugins.module_utils.intune.conftest import Tenant
from tests.unit.plugins.module_utils.intune.new_objects import AUTHORITY, NEW, properties

Json = dict[str, Any]
DESCRIPTION = "First line\nsecond line\n\n"
PLIST = """<?xml version="1.0"?>
<plist version="1.0"><dict>
  <key>name</key><string> x &amp; y\n z</string><key>on</key><true/>
  <key>count</key><integer>1</integer><key>ratio</key><real>1.50</real>
  <key>list</key><array><string>b</string><string>a</string></array><key>deep</key><dict><key>b</key><false/><key>a</key><data>AAECAw==</data></dict>
</dict></plist>
"""
SETTINGS: list[Json] = [
    {"key": "b", "value": "text "},
    {"key": "a", "value": 5, "type": "integer"},
    {"key": "big", "value": 2**60, "type": "integer"},
    {"key": "r", "value": "1.50", "type": "real"},
    {"key": "t", "value": True, "type": "boolean"},
    {"key": "e", "value": ""},
]
PROPERTIES: Json = {
    "text": "1",
    "number": 7,
    "big": 2**60,
    "flag": False,
    "list": ["b", "a"],
    "none": [],
    "empty": "",
    "bundle": {"inner": {"deep": True}, "n": 1},
    "bundles": [{"a": 1}, {"a": True}],
}
ANDROID: Json = {
    "managed_properties": PROPERTIES,
    "permission_actions": [
        {"permission": "android.permission.CAMERA", "action": "auto_deny"},
        {"permission": "android.permission.A", "action": "prompt"},
    ],
}
MANAGED: Json = {
    "apps": [{"bundle_id": "b"}, {"package_id": "com.a"}, {"bundle_id": "a"}],
    "custom_settings": {"b": 1, "a": True, "e": ""},
    "targeted_app_management_levels": ["mdm", "unmanaged"],
}
ASSIGNED: list[Json] = [{"group": "Two"}, {"group": "One", "filter": "Corporate iOS", "filter_mode": "exclude"}]
APP: Json = {
    **STORE_APP,
    "notes": DESCRIPTION,
    "minimum_supported_operating_system": "17.0",
    "applicable_device_types": ["ipad"],
    "categories": ["Business"],
}
OBJECTS: list[tuple[str, Json]] = [
    (
        "intune_app",
        {
            **APP,
            "assignments": [
                {**ASSIGNED[0], "settings": {"vpn_profile": "Per app", "is_removable": False}},
                ASSIGNED[1],
            ],
        },
    ),
    (
        "intune_app_config",
        {"target_apps": ["Target 2", "Target"], "ios": {"settings": SETTINGS}, "assignments": ASSIGNED},
    ),
    ("intune_app_config", {"target_apps": ["Target"], "ios": {"settings_xml": PLIST}}),
    (
        "intune_app_config",
        {
            "target_apps": ["com.example.one"],
            "android": ANDROID,
            "assignments": [ASSIGNED[0], {**ASSIGNED[1], "filter": "Corporate Android"}],
        },
    ),
    ("intune_app_config", {"managed_apps": MANAGED, "assignments": [ASSIGNED[0]]}),
    ("intune_assignment_filter", {"platform": "ios", "rule": '(device.model -eq "x")\n'}),
    (
        "intune_certificate_profile",
        {"platform": "ios", "certificate": AUTHORITY.replace("\n", "\r\n"), "assignments": ASSIGNED},
    ),
    ("intune_compliance_policy", {**NEW["intune_compliance_policy"], "assignments": [ASSIGNED[0]]}),
    (
        "intune_vpn_profile",
        {
            "ios": {**VPN, "custom_data": {"b": "1", "a": "2"}, "associated_domains": ["b.example", "a.example"]},
            "assignments": ASSIGNED,
        },
    ),
]


@pytest.mark.parametrize(
    ("name", "options"), OBJECTS, ids=[f"{name} {number}" for number, (name, _options) in enumerate(OBJECTS)]
)
def test_what_a_service_spells_in_its_own_way_is_no_change(tenant: Tenant, name: str, options: Json) -> None:
    for number in (1, 2):
        tenant.have(
            APPS,
            "iosStoreApp",
            f"Target {number}".removesuffix(" 1"),
            publisher="x",
            bundleId=f"com.example.target{number}",
        )
    tenant.seed({"op": "import_app", "package": "com.example.one"})
    tenant.seed(*({"op": "create", "collection": "groups", "body": {"displayName": group}} for group in ("One", "Two")))
    tenant("intune_vpn_profile", name="Per app", ios=VPN)
    tenant.emulator.settings(rewrite_payloads=True)
    options = {"name": "X", "description": DESCRIPTION, "scope_tags": ["Mobile Security", "Default"], **options}
    made = tenant.lives(name, **options)
    (found,) = (
        item
        for key, items in tenant(f"{name}_info", id=made["id"]).items()
        if isinstance(items, list)
        for item in items
    )
    again = tenant(name, **found)
    assert again["changed"] is False, again["diff"]
    # Nothing but the description is written, and what others see stays the same.
    assert tenant(name, **{**options, "description": "Other"})["changed"]
    assert tenant(name, **{**options, "description": "Other\r\n"})["changed"] is False


@pytest.mark.parametrize("name", ["intune_app", "intune_assignment_filter", "intune_vpn_profile"])
def test_no_scope_tag_is_the_built_in_one(tenant: Tenant, name: str) -> None:
    options = NEW[name]
    tenant.lives(name, name="X", **options, scope_tags=[])
    assert tenant(name, name="X", scope_tags=["Default"])["changed"] is False
    tenant.lives(name, name="X", scope_tags=["Mobile Security"])
    tenant.lives(name, name="X", scope_tags=[])


def kind_of(option: str) -> FieldType:
    return next(field.type for object_type in AppConfig.types for field in object_type.fields if field.option == option)


def encoded(document: Any) -> str:
    return base64.b64encode((document if isinstance(document, str) else json.dumps(document)).encode()).decode()


@given(properties)
def test_managed_properties_mean_the_same_however_they_are_spelled(values: Json) -> None:
    sent = app_settings.payload(values, "app:com.example")
    other = managed_configuration(json.loads(base64.b64decode(sent)))
    assert kind_of("managed_properties").equal(
        sent, base64.encodebytes(json.dumps(other, indent=3).encode("utf-8-sig")).decode()
    )


documents = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**31), 2**31),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(categories=["L", "N"])),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(st.characters(categories=["L"]), min_size=1), inner, max_size=3),
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(categories=["L"]), min_size=1), documents, max_size=4))
def test_property_lists_mean_the_same_however_they_are_indented(values: Json) -> None:
    whole = plistlib.dumps(values).decode()
    bare = whole[whole.index("<dict") : whole.rindex("</plist>")].strip()
    assert kind_of("settings_xml").equal(encoded(bare), encoded(property_list(bare)))
    assert parse_plist(whole) == parse_plist(property_list(bare))


TAGS = NamedReferences(SCOPE_TAG, "0")
SERVER = Complex(Field("address", "address"), defaults={"isDefaultServer": True})
SETTING = {"appConfigKey": "k", "appConfigKeyType": "integerType", "appConfigKeyValue": "5"}


@pytest.mark.parametrize(
    ("kind", "desired", "current", "same"),
    [
        (Text(), "a\nb\n", "a\r\nb", True),
        (Text(), "a\nb", "a b", False),
        (Text(), "", None, True),
        (Moment(), "2026-01-31T12:00:00Z", "2026-01-31T13:00:00.0000000+01:00", True),
        (Moment(), "2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z", False),
        (Moment(), "2026-01-31T12:00:00Z", None, False),
        (Enum("showAll"), "showAll", "ShowAll", True),
        (EnumFlags("unspecified", "mdm", "unmanaged"), "mdm,unmanaged", "unmanaged, mdm", True),
        (EnumFlags("unspecified", "mdm"), "unspecified", None, True),
        (Enum("devices", "apps", default="devices"), "devices", None, True),
        (Enum("devices", "apps", default="devices"), "apps", None, False),
        (EnumFlags("unspecified", "mdm"), "mdm", "unspecified", False),
        (EnumFlags("unspecified", "mdm"), "unspecified,mdm", "mdm", True),
        (SWITCH, False, None, True),
        (SWITCH, True, None, False),
        (BOOL, False, None, False),
        (StringSet(), ["a", "b"], ["b", "a", "a"], True),
        (StringSet(), [], None, True),
        (
            Flags("iPad", "iPhoneAndIPod"),
            {"iPad": True, "iPhoneAndIPod": False},
            {"@odata.type": "x", "iPad": True},
            True,
        ),
        (TAGS, ["0"], None, True),
        (TAGS, ["0"], [], True),
        (TAGS, ["0"], ["1", "0"], False),
        (
            KeyValues("key", "value"),
            [{"key": "a", "value": "1"}],
            [{"@odata.type": "x", "value": "1", "key": "a"}],
            True,
        ),
        (KeyValues("key", "value"), [{"key": "a", "value": ""}], [{"key": "a", "value": None}], True),
        (KeyValues("key", "value"), [], None, True),
        (
            SERVER,
            {"isDefaultServer": True, "address": "a"},
            {"address": "a", "isDefaultServer": None, "description": None},
            True,
        ),
        (SERVER, {"isDefaultServer": True, "address": "a"}, {"address": "a", "isDefaultServer": False}, False),
        (Encoded(parse_json), encoded({"a": 1, "b": [1, 2]}), encoded('{"b": [1.0, 2],  "a": 1.0}'), True),
        (Encoded(parse_json), encoded({"a": True}), encoded({"a": 1}), False),
        (Encoded(parse_json), encoded({"a": [1, 2]}), encoded({"a": [2, 1]}), False),
        (
            kind_of("settings_xml"),
            encoded("<dict><key>a</key><true/></dict>"),
            encoded("<dict><key>a</key><integer>1</integer></dict>"),
            False,
        ),
        (
            kind_of("settings_xml"),
            encoded("<dict><key>a</key><integer>1</integer></dict>"),
            encoded("<dict><key>a</key><real>1</real></dict>"),
            False,
        ),
        (kind_of("settings"), [SETTING], [SETTING | {"appConfigKeyValue": "5.0", "@odata.type": "x"}], True),
        (kind_of("settings"), [SETTING], [SETTING | {"appConfigKeyType": "stringType"}], False),
        (kind_of("settings"), [SETTING], [SETTING | {"appConfigKeyValue": "6"}], False),
        (kind_of("settings"), [SETTING], [SETTING | {"appConfigKeyType": "IntegerType"}], True),
        (
            kind_of("managed_properties"),
            app_settings.payload({"a": True}, "x"),
            app_settings.payload({"a": 1}, "x"),
            False,
        ),
        (
            kind_of("managed_properties"),
            app_settings.payload({"a": "1"}, "x"),
            app_settings.payload({"a": 1}, "x"),
            False,
        ),
        (kind_of("managed_properties"), app_settings.payload({}, "x"), None, True),
    ],
)
def test_what_is_the_same_and_what_is_not(kind: FieldType, desired: Any, current: Any, same: bool) -> None:
    assert kind.equal(desired, current) is same
    assert kind.equal(desired, desired) is True


def test_a_setting_is_given_back_however_its_type_is_spelled() -> None:
    options = [{"key": "k", "type": "integer", "value": "5"}]
    assert kind_of("settings").declare([SETTING | {"appConfigKeyType": "IntegerType"}], ResolvedNames()) == options
    assert kind_of("settings").declare(
        [{"appConfigKey": "k", "appConfigKeyType": "stringType", "appConfigKeyValue": None}], ResolvedNames()
    ) == [{"key": "k", "type": "string", "value": ""}]


@pytest.mark.parametrize(
    ("type_", "value"),
    [("integer", " 5"), ("integer", "1_000"), ("integer", True), ("real", "nan"), ("real", "1e"), ("boolean", 1)],
)
def test_a_value_that_is_read_otherwise_by_others_is_refused(tenant: Tenant, type_: str, value: Any) -> None:
    options: Json = {"target_apps": ["x"], "ios": {"settings": [{"key": "k", "type": type_, "value": value}]}}
    assert f"is no {type_}" in tenant.fails("intune_app_config", name="x", **options)
