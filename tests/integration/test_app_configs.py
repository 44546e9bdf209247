# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_app_config against the emulated tenant."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.harness import HARRY, Json, Player, run_through, task
from tests.samples import APPS, CONFIGS

PACKAGE = "com.lacoon.security.fox"
SECRET = "s3cr3t-value-of-a-customer"
OTHER_SECRET = "an0ther-value-of-a-customer"


@pytest.fixture
def apps(emulator: Emulator) -> dict[str, str]:
    """The ids of an existing iOS and an existing Android app."""
    ios = {
        "@odata.type": "#microsoft.graph.iosStoreApp",
        "displayName": HARRY,
        "publisher": "x",
        "bundleId": "com.example.ios",
    }
    made = emulator.seed({"op": "create", "collection": APPS, "body": ios}, {"op": "import_app", "package": PACKAGE})
    return {"ios": made[0]["id"], "android": made[1]["id"]}


def config_of(emulator: Emulator) -> Json:
    (found,) = emulator.state()["records"][CONFIGS]
    return dict(found)


def managed_properties(emulator: Emulator) -> list[Json]:
    return list(json.loads(base64.b64decode(config_of(emulator)["payloadJson"]))["managedProperty"])


def settings(*, token: str = "{{userprincipalname}}", limit: Any = 5, secret: str = SECRET) -> list[Json]:
    return [
        {"key": "upn", "value": "{% raw %}" + token + "{% endraw %}", "type": "token"},
        {"key": "limit", "value": limit, "type": "integer"},
        {"key": "ratio", "value": "1.50", "type": "real"},
        {"key": "enabled", "value": True, "type": "boolean"},
        {"key": "license", "secret_value": secret},
    ]


def test_an_ios_configuration_lives_through_check_real_and_repeated_runs(
    play: Player, emulator: Emulator, apps: dict[str, str]
) -> None:
    run = run_through(
        play,
        "intune_app_config",
        {
            "name": HARRY,
            "description": "First",
            "target_apps": [HARRY],
            "ios": {"settings": settings()},
            "scope_tags": ["Mobile Security", "0"],
        },
        {"description": "Second", "ios": {"settings": settings(limit=6)}, "scope_tags": ["1"]},
        {"name": HARRY},
    )
    shown = {item["key"]: item for item in run["update"].after["ios"]["settings"]}
    assert shown["limit"] == {"key": "limit", "type": "integer", "value": "6"}
    assert shown["license"]["secret_value"] == "********"
    assert run["create"].result["app_config"]["target_apps"] == [HARRY]


def test_an_ios_configuration_is_the_same_however_its_settings_are_ordered_or_written(
    play: Player, emulator: Emulator, apps: dict[str, str]
) -> None:
    options: Json = {"name": HARRY, "target_apps": [apps["ios"]]}
    written = [{"key": "b", "value": "1.0", "type": "real"}, {"key": "a", "value": "True", "type": "boolean"}]
    otherwise = [{"key": "a", "value": True, "type": "boolean"}, {"key": "b", "value": 1, "type": "real"}]
    plist = "<dict><key>a</key><true/><key>b</key><string>x &amp; y</string></dict>"
    body = "<dict>\n <key>b</key>\n <string>x &amp; y</string>\n <key>a</key>\n <true/>\n</dict>"
    spaced = f'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">\n{body}\n</plist>\n'
    run = play(
        [
            task("intune_app_config", "create", **options, ios={"settings": written}),
            task("intune_app_config", "otherwise", **options, ios={"settings": otherwise}),
            task("intune_app_config", "as plist", **options, ios={"settings_xml": plist}),
            task("intune_app_config", "spaced", **options, ios={"settings_xml": spaced}),
            task("intune_app_config", "back", **options, ios={"settings": written}),
        ],
        diff=True,
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False, True, False, True]
    assert config_of(emulator)["encodedSettingXml"] in (None, "")
    assert run["as plist"].after["ios"]["settings_xml"] == plist


def test_a_whole_plist_creates_a_configuration(play: Player, emulator: Emulator, apps: dict[str, str]) -> None:
    plist = '<?xml version="1.0"?>\n<plist version="1.0">\n<dict>\n<key>a</key>\n<string>b</string>\n</dict>\n</plist>'
    options: Json = {"name": HARRY, "target_apps": ["com.example.ios"], "ios": {"settings_xml": plist}}
    run = play([task("intune_app_config", "create", **options), task("intune_app_config", "again", **options)])
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False]


def test_an_android_configuration_lives_through_check_real_and_repeated_runs(
    play: Player, emulator: Emulator, apps: dict[str, str]
) -> None:
    emulator.settings(rewrite_payloads=True)
    properties: Json = {
        "text": "O'Brien & Söhne #1",
        "number": 7,
        "flag": False,
        "list": ["a", "b"],
        "bundle": {"inner": {"deep": True}, "n": 1},
        "bundles": [{"a": 1}, {"a": 2}],
    }
    run = run_through(
        play,
        "intune_app_config",
        {
            "name": HARRY,
            "target_apps": [PACKAGE],
            "android": {
                "managed_properties": properties,
                "secret_managed_properties": {"token": SECRET},
                "permission_actions": [{"permission": "android.permission.CAMERA", "action": "auto_deny"}],
                "profile_applicability": "android_work_profile",
                "connected_apps_enabled": True,
            },
            "assignments": [{"all_devices": True}],
        },
        {
            "android": {
                "managed_properties": {**properties, "number": 8},
                "secret_managed_properties": {"token": SECRET},
                "permission_actions": [{"permission": "android.permission.CAMERA", "action": "prompt"}],
                "connected_apps_enabled": False,
            }
        },
        {"name": HARRY},
    )
    android = run["update"].after["android"]
    assert android["managed_properties"] == {**properties, "number": 8, "token": "********"}
    assert android["permission_actions"] == [{"permission": "android.permission.CAMERA", "action": "prompt"}]
    assert run["create"].result["app_config"]["android"]["profile_applicability"] == "android_work_profile"
    assert run["create"].result["app_config"]["android"]["package_id"] == f"app:{PACKAGE}"


def test_managed_properties_have_the_types_that_were_given(
    play: Player, emulator: Emulator, apps: dict[str, str]
) -> None:
    properties: Json = {
        "text": "1",
        "number": 1,
        "flag": True,
        "list": ["a"],
        "bundle": {"a": "b"},
        "bundles": [{"a": "b"}],
    }
    run = play([task("intune_app_config", name="c", target_apps=[PACKAGE], android={"managed_properties": properties})])
    assert run.rc == 0, run.output
    assert {item["key"]: next(key for key in item if key != "key") for item in managed_properties(emulator)} == {
        "text": "valueString",
        "number": "valueInteger",
        "flag": "valueBool",
        "list": "valueStringArray",
        "bundle": "valueBundle",
        "bundles": "valueBundleArray",
    }


def test_a_mapping_of_another_type_is_a_change(play: Player, emulator: Emulator, apps: dict[str, str]) -> None:
    def declared(label: str, value: Any) -> Json:
        return task(
            "intune_app_config", label, name="c", target_apps=[PACKAGE], android={"managed_properties": {"key": value}}
        )

    run = play(
        [
            declared("text", "true"),
            declared("flag", True),
            declared("number", 1),
            declared("none", {}),
            declared("none again", {}),
        ]
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, True, True, True, False]


def test_secrets_are_masked_in_the_diff_the_result_and_the_loudest_output(
    play: Player, emulator: Emulator, apps: dict[str, str]
) -> None:
    def ios(secret: str) -> Json:
        return {"name": "i", "target_apps": [HARRY], "ios": {"settings": [{"key": "license", "secret_value": secret}]}}

    def android(secret: str) -> Json:
        managed = {
            "managed_properties": {"a": 1},
            "secret_managed_properties": {"token": secret, "nested": {"deep": secret}},
        }
        return {"name": "a", "target_apps": [PACKAGE], "android": managed}

    tasks = []
    for label, secret in (("create", SECRET), ("same", SECRET), ("change", OTHER_SECRET)):
        tasks += [
            task("intune_app_config", f"{label} ios", **ios(secret)),
            task("intune_app_config", f"{label} android", **android(secret)),
        ]
    tasks.append(task("intune_app_config", "remove", name="a", state="absent"))
    run = play(tasks, diff=True, verbosity=4)
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, True, False, False, True, True, True]
    assert run["change ios"].before != run["change ios"].after, "the diff shows that a secret changes"
    assert run["change android"].before != run["change android"].after
    for secret in (SECRET, OTHER_SECRET, base64.b64encode(SECRET.encode()).decode()[:20]):
        assert secret not in run.output
        assert all(secret not in json.dumps(item.result) for item in run.tasks)


def test_secrets_are_not_in_the_error_of_a_refused_configuration(
    play: Player, emulator: Emulator, apps: dict[str, str]
) -> None:
    emulator.faults(
        {
            "match": {"method": "POST", "path": "mobileAppConfigurations$"},
            "action": {"status": 400, "message": f"The value '{SECRET}' is wrong."},
        }
    )
    options: Json = {
        "name": "i",
        "target_apps": [HARRY],
        "ios": {"settings": [{"key": "license", "secret_value": SECRET}]},
    }
    run = play([task("intune_app_config", "create", ignore_errors=True, **options)], verbosity=4)
    assert run["create"].failed
    assert SECRET not in run.output
    assert SECRET not in json.dumps(run["create"].result)


def test_options_that_exclude_each_other_are_refused_before_any_request(play: Player) -> None:
    options: Json = {"name": "c", "target_apps": [PACKAGE], "ios": {"settings": []}, "android": {}}
    run = play([task("intune_app_config", ignore_errors=True, **options)])
    assert run.tasks[0].failed
    assert "mutually exclusive" in run.tasks[0].message
    assert run.tasks[0].requests == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"name": "c", "target_apps": [HARRY], "ios": {"settings": [{"key": "a", "value": "x", "type": "integer"}]}},
            "is no integer",
        ),
        (
            {
                "name": "c",
                "target_apps": [HARRY],
                "ios": {"settings": [{"key": "a", "value": "x"}, {"key": "a", "value": "y"}]},
            },
            "more than once",
        ),
        (
            {
                "name": "c",
                "target_apps": [HARRY],
                "ios": {"settings": [{"key": "a", "value": "x", "secret_value": SECRET}]},
            },
            "exactly one of",
        ),
        ({"name": "c", "target_apps": [HARRY], "ios": {"settings_xml": "<dict><key>a</dict>"}}, "settings_xml"),
        ({"name": "c", "target_apps": [HARRY], "ios": {"settings_xml": "<array/>"}}, "settings_xml"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_any_write(play: Player, options: Json, said: str) -> None:
    """An existing configuration may have them, so it is looked for first."""
    run = play([task("intune_app_config", ignore_errors=True, **options)])
    assert run.tasks[0].failed
    assert said in run.tasks[0].message
    assert not run.tasks[0].writes


def test_what_cannot_be_created_or_changed_is_refused_before_any_write(
    play: Player, emulator: Emulator, apps: dict[str, str]
) -> None:
    android: Json = {"name": "c", "target_apps": [PACKAGE], "android": {"profile_applicability": "default"}}
    run = play(
        [
            task("intune_app_config", "no form", ignore_errors=True, name="x", target_apps=[PACKAGE]),
            task("intune_app_config", "no app", ignore_errors=True, name="x", android={}),
            task(
                "intune_app_config",
                "unknown app",
                ignore_errors=True,
                name="x",
                target_apps=["com.example.unknown"],
                android={},
            ),
            {**task("intune_app_config", "create", **android), "register": "created"},
            task(
                "intune_app_config",
                "other applicability",
                ignore_errors=True,
                **{**android, "android": {"profile_applicability": "android_device_owner"}},
            ),
            task(
                "intune_app_config", "other platform", ignore_errors=True, id="{{ created.id }}", ios={"settings": []}
            ),
        ]
    )
    refused = {item.name: item for item in run.tasks if item.name != "create"}
    assert all(item.failed and not item.writes for item in refused.values()), run.output
    assert "target_apps" in refused["no app"].message
    assert "com.example.unknown" in refused["unknown app"].message
    assert "profile_applicability" in refused["other applicability"].message
    assert not run["create"].failed, run.output


def test_an_app_that_an_earlier_task_of_the_play_creates_can_be_targeted_in_check_mode(
    play: Player, emulator: Emulator
) -> None:
    ios_app = task(
        "intune_app",
        "ios app",
        name="I",
        type="ios_store_app",
        publisher="x",
        app_store_url="https://apps.apple.com/us/app/x/id1",
    )
    tasks = [
        task("intune_app", "app", type="android_managed_store_app", package_id=PACKAGE),
        task("intune_app_config", "config", name="c", target_apps=[PACKAGE], android={"managed_properties": {"a": 1}}),
        {**ios_app, "register": "ios"},
        task(
            "intune_app_config",
            "ios config",
            name="i",
            target_apps=["{{ ios.id }}"],
            ios={"settings": [{"key": "a", "value": "b"}]},
        ),
    ]
    predicted = play(tasks, check=True, diff=True)
    assert predicted.rc == 0, predicted.output
    assert not any(item.writes for item in predicted.tasks)
    real = play(tasks, diff=True)
    assert real.rc == 0, real.output
    assert [item.changed for item in predicted.tasks] == [item.changed for item in real.tasks] == [True] * 4
    # The app's name, which the real run shows, comes with the app only.
    assert predicted["config"].after["android"] == real["config"].after["android"]
    assert predicted["ios config"].after == real["ios config"].after
