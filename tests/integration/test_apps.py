# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""intune_app against the emulated tenant."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.harness import HARRY, Player, run_through, task
from tests.samples import APPS

IOS: dict[str, Any] = {
    "name": "Harmony Mobile Protect",
    "type": "ios_store_app",
    "publisher": "Check Point Software Technologies, Ltd.",
    "app_store_url": "https://apps.apple.com/us/app/sandblast-mobile-protect/id1006390797",
}
PLAY: dict[str, Any] = {"type": "android_managed_store_app", "package_id": "com.lacoon.security.fox"}
ACCOUNT = "androidManagedStoreAccountEnterpriseSettings"


def apps_of(emulator: Emulator) -> list[dict[str, Any]]:
    return list(emulator.state()["records"].get(APPS, []))


def test_an_ios_store_app_lives_through_check_real_and_repeated_runs(play: Player, emulator: Emulator) -> None:
    run = run_through(
        play,
        "intune_app",
        {
            **IOS,
            "name": HARRY,
            "bundle_id": "com.example.app",
            "applicable_device_types": ["ipad"],
            "minimum_supported_operating_system": "15.0",
        },
        {
            "description": "Protects\nyou",
            "minimum_supported_operating_system": "16.0",
            "applicable_device_types": ["iphone_and_ipod", "ipad"],
            "scope_tags": ["Mobile Security"],
            "is_featured": True,
            "information_url": "https://example.com/?a=b&c=d",
        },
        {"name": HARRY, "type": "ios_store_app"},
    )
    assert run["update"].before["minimum_supported_operating_system"] == "15.0"
    assert run["update"].after["minimum_supported_operating_system"] == "16.0"
    assert run["update"].after["scope_tags"] == ["Mobile Security"]
    assert run["create"].result["app"]["publishing_state"] == "published"
    assert run["create"].result["app"]["type"] == "ios_store_app"
    assert apps_of(emulator) == []


def test_an_android_store_app_lives_through_check_real_and_repeated_runs(play: Player, emulator: Emulator) -> None:
    url = "https://play.google.com/store/apps/details?id=com.example.app&hl=de"
    run = run_through(
        play,
        "intune_app",
        {
            "name": HARRY,
            "type": "android_store_app",
            "publisher": "Example",
            "app_store_url": url,
            "minimum_supported_operating_system": "8.1",
        },
        {
            "minimum_supported_operating_system": "10.0",
            "owner": "Me",
            "developer": "You",
            "notes": "Text",
            "privacy_information_url": "https://example.com",
        },
        {"name": HARRY, "type": "android_store_app"},
    )
    assert run["update"].before["minimum_supported_operating_system"] == "8.1"


def test_a_managed_google_play_app_is_approved_and_waited_for(play: Player, emulator: Emulator) -> None:
    emulator.settings(play_sync=1500)
    emulator.clock(hold=True, per_request=0.5)
    options = {**PLAY, "created_by": "tests", "scope_tags": ["Mobile Security"], "assignments": [{"all_users": True}]}
    run = play(
        [
            task("intune_app", "predict", check=True, **options),
            task("intune_app", "create", **options),
            task("intune_app", "again", **options),
            task(
                "intune_app",
                "by name",
                name="Harmony Mobile Protect",
                type="android_managed_store_app",
                scope_tags=["0"],
            ),
            task("intune_app", "remove", **options, state="absent"),
            task("intune_app", "remove again", **options, state="absent"),
        ],
        diff=True,
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, True, False, True, True, False]
    assert run["predict"].after == run["create"].after
    assert not run["predict"].writes
    app = run["create"].result["app"]
    assert (app["name"], app["package_id"], app["created_by"]) == (
        "Harmony Mobile Protect",
        "com.lacoon.security.fox",
        "tests",
    )
    assert run["create"].result["id"] == run["again"].result["id"]
    assert [entry["path"].rpartition("/")[2] for entry in run["create"].writes][:2] == ["approveApps", "syncApps"]


def test_a_managed_google_play_app_that_never_arrives_is_an_error_that_says_what_to_check(
    play: Player, emulator: Emulator
) -> None:
    emulator.settings(play_sync=60_000)
    emulator.clock(hold=True)
    run = play([task("intune_app", "create", ignore_errors=True, **PLAY, wait_timeout=2)])
    assert run["create"].failed
    assert "within 2 s" in run["create"].message
    assert "run again" in run["create"].message


def test_a_tenant_without_managed_google_play_is_told_where_to_connect_it(play: Player, emulator: Emulator) -> None:
    values = {"bindStatus": "notBound"}
    emulator.seed({"op": "update", "collection": f"deviceManagement/{ACCOUNT}", "id": ACCOUNT, "values": values})
    run = play(
        [
            task("intune_app", "predict", ignore_errors=True, check=True, **PLAY),
            task("intune_app", "create", ignore_errors=True, **PLAY),
        ]
    )
    for item in run.tasks:
        assert item.failed
        assert "Managed Google Play is not connected" in item.message
        assert not item.writes


def test_an_app_is_assigned_only_once_it_is_published(play: Player, emulator: Emulator) -> None:
    emulator.settings(publishing=2000)
    emulator.clock(hold=True, per_request=0.5)
    options = {**IOS, "assignments": [{"all_users": True, "intent": "available"}]}
    run = play([task("intune_app", "create", **options), task("intune_app", "again", **options)])
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False]
    assert apps_of(emulator)[0]["assignments"][0]["intent"] == "available"


def test_an_app_that_stays_unpublished_is_an_error_and_the_next_run_finishes(play: Player, emulator: Emulator) -> None:
    options = {**IOS, "created_by": "tests", "assignments": [{"all_users": True}]}
    emulator.settings(publishing=60_000)
    emulator.clock(hold=True)
    run = play([task("intune_app", "create", ignore_errors=True, **options, wait_timeout=1)])
    assert run["create"].failed
    assert run["create"].changed, "the app exists"
    assert "Run again" in run["create"].message
    emulator.settings(publishing=0)
    run = play([task("intune_app", "finish", **options), task("intune_app", "again", **options)])
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False]
    assert len(apps_of(emulator)) == 1


@pytest.mark.timing_decides
def test_a_run_does_not_assign_an_app_that_another_run_has_just_created_before_it_is_published(
    play: Player, emulator: Emulator
) -> None:
    emulator.settings(publishing=3000)
    emulator.clock(hold=True, per_request=0.5)
    made = play([task("intune_app", "create", ignore_errors=True, **IOS, wait_timeout=0)])
    assert made["create"].failed
    run = play([task("intune_app", "assign", **IOS, assignments=[{"all_users": True}])])
    assert run.rc == 0, run.output
    assert apps_of(emulator)[0]["assignments"]


def test_an_app_under_another_name_is_adopted_and_renamed(play: Player, emulator: Emulator) -> None:
    body = {
        "@odata.type": "#microsoft.graph.iosStoreApp",
        "displayName": "Somebody's name",
        "publisher": "Somebody",
        "appStoreUrl": "https://apps.apple.com/de/app/anders/id1006390797?l=en",
        "bundleId": "com.example.app",
    }
    app = emulator.seed({"op": "create", "collection": APPS, "body": body})[0]
    run = play([task("intune_app", "adopt", **IOS), task("intune_app", "again", **IOS)], diff=True)
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False]
    assert run["adopt"].result["id"] == app["id"]
    assert (run["adopt"].before["name"], run["adopt"].after["name"]) == ("Somebody's name", IOS["name"])
    assert len(apps_of(emulator)) == 1


def test_apps_that_cannot_be_created_are_adopted_by_bundle_id_and_never_created(
    play: Player, emulator: Emulator
) -> None:
    body = {
        "@odata.type": "#microsoft.graph.iosVppApp",
        "displayName": "Bought",
        "publisher": "x",
        "bundleId": "com.example.bought",
    }
    app = emulator.seed({"op": "create", "collection": APPS, "body": body})[0]
    assignment = {"all_devices": True, "settings": {"use_device_licensing": True, "prevent_auto_app_update": True}}
    store = {**IOS, "app_store_url": "https://apps.apple.com/app/id5", "bundle_id": "com.example.bought"}
    store.pop("type")
    used = {**store, "assignments": [assignment]}
    run = play(
        [
            task("intune_app", "adopt", bundle_id="com.example.bought", assignments=[assignment]),
            # It is assigned, so it stays the one without free licences.
            task("intune_app", "use", use="auto", **used),
            task("intune_app", "use both", ignore_errors=True, **{**used, "use": "auto", "type": "ios_vpp_app"}),
            task("intune_app", "again", type="ios_vpp_app", name="Bought", assignments=[assignment]),
            task("intune_app", "unknown", ignore_errors=True, type="ios_vpp_app", name="Not bought"),
            task("intune_app", "untyped", ignore_errors=True, name="Not bought"),
        ]
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, False, False, False, False, False]
    assert run["adopt"].result["id"] == run["use"].result["id"] == app["id"]
    assert "type cannot be declared with it" in run["use both"].message
    assert run["unknown"].failed
    assert "does not exist" in run["unknown"].message
    assert run["untyped"].failed


def test_two_apps_of_one_name_are_told_apart_by_type_only(play: Player, emulator: Emulator) -> None:
    android = {
        "name": IOS["name"],
        "type": "android_store_app",
        "publisher": "x",
        "app_store_url": "https://play.google.com/store/apps/details?id=com.example",
    }
    run = play(
        [
            task("intune_app", "ios", **IOS),
            task("intune_app", "android", **android),
            task("intune_app", "ios again", **IOS),
        ]
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, True, False]
    assert len(apps_of(emulator)) == 2
    run = play([task("intune_app", "which", ignore_errors=True, name=IOS["name"], notes="x")])
    assert run["which"].failed
    assert all(app["id"] in run["which"].message for app in apps_of(emulator))


def test_a_store_url_that_cannot_change_is_refused_before_any_write(play: Player, emulator: Emulator) -> None:
    other = {**IOS, "app_store_url": "https://apps.apple.com/us/app/other/id999"}
    same = {**IOS, "app_store_url": "https://apps.apple.com/de/app/anders/id1006390797"}
    run = play(
        [
            task("intune_app", "create", **IOS),
            task("intune_app", "other", ignore_errors=True, **other),
            task("intune_app", "same", **same),
        ]
    )
    assert run["other"].failed
    assert "app_store_url" in run["other"].message
    assert not run["other"].writes
    assert not run["same"].changed
    assert not run["same"].failed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({**IOS, "package_id": "com.example"}, "package_id"),
        ({**PLAY, "publisher": "x"}, "publisher"),
        ({"state": "present"}, "bundle_id"),
        ({**IOS, "assignments": [{"all_devices": True, "group": "x"}]}, "exactly one of"),
        ({**IOS, "assignments": [{"all_devices": True, "exclude": True}]}, "only a group"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_any_request(
    play: Player, options: dict[str, Any], said: str
) -> None:
    run = play([task("intune_app", ignore_errors=True, **options)])
    assert run.tasks[0].failed
    assert said in run.tasks[0].message
    assert run.tasks[0].requests == []


def test_a_value_that_a_new_app_cannot_have_is_refused_before_any_write(play: Player) -> None:
    """An existing app may have it, so the app is looked for first."""
    run = play([task("intune_app", ignore_errors=True, **IOS, minimum_supported_operating_system="15")])
    assert run.tasks[0].failed
    assert "15.0" in run.tasks[0].message
    assert not run.tasks[0].writes


def test_only_a_tagged_app_is_removed(play: Player, emulator: Emulator) -> None:
    marked = {**IOS, "created_by": "harmony_onboarding", "notes": "Keep\nthis"}
    foreign: dict[str, Any] = {
        **IOS,
        "name": "Foreign",
        "app_store_url": "https://apps.apple.com/us/app/x/id42",
        "publisher": "x",
    }
    key: dict[str, Any] = {"type": "ios_store_app", "created_by": "harmony_onboarding", "state": "absent"}
    run = play(
        [
            task("intune_app", "create", **marked),
            task("intune_app", "again", **{**marked, "notes": "Keep\nthat"}),
            task("intune_app", "foreign", **foreign),
            task("intune_app", "foreign again", **foreign, created_by="harmony_onboarding"),
            task("intune_app", "leave", name="Foreign", **key),
            task("intune_app", "remove", name=IOS["name"], **key),
        ]
    )
    assert run.rc == 0, run.output
    assert [item.changed for item in run.tasks] == [True, True, True, False, False, True]
    assert run["again"].result["app"]["notes"] == "Keep\nthat"
    assert run["again"].result["app"]["created_by"] == "harmony_onboarding"
    assert "left alone" in run["leave"].result["msg"]
    assert [app["displayName"] for app in apps_of(emulator)] == ["Foreign"]
