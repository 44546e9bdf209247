# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lost answers, throttling and a slow directory lead to no duplicate, and the task ends well."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest

from tests.emulator.client import Emulator
from tests.integration.conftest import Certificates
from tests.integration.harness import Json, Player, task

PACKAGE = "com.lacoon.security.fox"
USER = "user01@contoso.example"
STORE: Json = {"publisher": "x", "app_store_url": "https://apps.apple.com/us/app/x/id1"}
VPN: Json = {
    "connection_name": "v",
    "connection_type": "citrix",
    "server": {"address": "a"},
    "authentication_method": "username_and_password",
}

# Module -> options of a new object, and the request that creates it.
CREATES: dict[str, tuple[Json, str, str]] = {
    "intune_group": ({"name": "N", "members": [USER], "description": "d"}, "PATCH", r"/groups\(uniqueName"),
    "intune_app": (
        {"name": "N", "type": "ios_store_app", **STORE, "notes": "d", "created_by": "tests"},
        "POST",
        "mobileApps$",
    ),
    "intune_app_config": (
        {"name": "N", "target_apps": [PACKAGE], "android": {"managed_properties": {"a": 1}}},
        "POST",
        "mobileAppConfigurations$",
    ),
    "intune_vpn_profile": ({"name": "N", "ios": VPN, "description": "d"}, "POST", "deviceConfigurations$"),
    "intune_certificate_profile": ({"name": "N", "platform": "ios"}, "POST", "deviceConfigurations$"),
    "intune_mtd_connector": ({"partner": "Zimperium", "ios_enabled": True}, "POST", "mobileThreatDefenseConnectors$"),
}
ASSIGNED = ("intune_app", "intune_app_config", "intune_vpn_profile", "intune_certificate_profile")


def options_of(module: str, certificates: Certificates) -> Json:
    options = dict(CREATES[module][0])
    if module == "intune_certificate_profile":
        options["certificate"] = certificates.authority.read_text(encoding="ascii")
    if module in ASSIGNED:
        options["assignments"] = [{"all_users": True}]
    return options


def named(emulator: Emulator) -> list[Json]:
    """Every object that a test of this file made."""
    state = emulator.state()
    records = [
        record for collection in state["records"].values() for record in collection if record.get("displayName") == "N"
    ]
    connectors = state["records"].get("deviceManagement/mobileThreatDefenseConnectors", [])
    return [*records, *connectors, *(group for group in state["groups"] if group["displayName"] == "N")]


@pytest.mark.timing_decides
@pytest.mark.parametrize("module", CREATES)
@pytest.mark.parametrize("fault", ["drop_after_execute", "status"])
@pytest.mark.provokes_bad_requests
def test_a_create_whose_answer_is_lost_makes_one_object(
    play: Player, emulator: Emulator, certificates: Certificates, module: str, fault: str
) -> None:
    _options, method, path = CREATES[module]
    emulator.seed({"op": "import_app", "package": PACKAGE})
    action: Json = {"status": 504, "execute": True} if fault == "status" else {fault: True}
    emulator.faults({"match": {"method": method, "path": path}, "times": 1, "action": action})
    options = options_of(module, certificates)
    run = play([task(module, "create", **options), task(module, "again", **options)])
    assert run.rc == 0, run.output[-3000:]
    assert [item.changed for item in run.tasks] == [True, False]
    (made,) = named(emulator)
    if module == "intune_app":
        assert "[created by tests]" in made["notes"]
    if module in ASSIGNED:
        assert len(made["assignments"]) == 1


@pytest.mark.timing_decides
@pytest.mark.parametrize("module", ASSIGNED)
@pytest.mark.parametrize("fault", ["drop_after_execute", "drop_after_read"])
def test_an_assign_whose_answer_is_lost_is_sent_again(
    play: Player, emulator: Emulator, certificates: Certificates, module: str, fault: str
) -> None:
    emulator.seed({"op": "import_app", "package": PACKAGE})
    emulator.faults({"match": {"method": "POST", "path": "/assign$"}, "times": 1, "action": {fault: True}})
    options = options_of(module, certificates)
    run = play([task(module, "create", **options), task(module, "again", **options)])
    assert run.rc == 0, run.output[-3000:]
    assert [item.changed for item in run.tasks] == [True, False]
    (made,) = named(emulator)
    assert len(made["assignments"]) == 1


@pytest.mark.provokes_bad_requests
def test_members_and_deletions_whose_answer_is_lost_are_sent_again(play: Player, emulator: Emulator) -> None:
    members = [f"user{number:02d}@contoso.example" for number in range(1, 31)]
    emulator.faults(
        {"match": {"method": "PATCH", "path": "/groups/[^/]+$"}, "times": 1, "action": {"drop_after_execute": True}},
        {"match": {"method": "DELETE"}, "times": 1, "action": {"drop_after_execute": True}},
    )
    run = play(
        [
            task("intune_group", "create", name="N", members=members),
            task("intune_group", "again", name="N", members=members),
            task("intune_group", "delete", name="N", state="absent"),
            task("intune_group", "delete again", name="N", state="absent"),
        ]
    )
    assert run.rc == 0, run.output[-3000:]
    assert [item.changed for item in run.tasks] == [True, False, True, False]


@pytest.mark.provokes_bad_requests
def test_the_run_after_a_killed_one_finishes_the_work(play: Player, emulator: Emulator) -> None:
    """Killed between the creation of an app and its assignment, and between a group and its members."""
    tasks = [
        task("intune_group", "group", name="N", members=[USER]),
        task(
            "intune_app",
            "app",
            name="N",
            type="ios_store_app",
            **STORE,
            created_by="tests",
            assignments=[{"group": "N"}],
        ),
    ]
    for method, path in (("POST", r"/members/\$ref$"), ("POST", "/assign$")):
        emulator.faults({"match": {"method": method, "path": path}, "action": {"hold": True}})
        running = play.start(tasks)
        while not any(
            entry["method"] == "PATCH" or (entry["path"].endswith("mobileApps") and entry["method"] == "POST")
            for entry in emulator.journal()
        ):
            assert running.process.poll() is None
        running.kill()
        emulator.journal(clear=True)
    emulator.faults()
    run = play(tasks)
    assert run.rc == 0, run.output[-3000:]
    objects = named(emulator)
    assert len(objects) == 2
    assert objects[0]["assignments"][0]["target"]["groupId"] == objects[1]["id"]
    assert len(objects[1]["members"]) == 1
    assert play(tasks).changed == 0


def http_date(seconds: float) -> str:
    return format_datetime(datetime.now(timezone.utc) + timedelta(seconds=seconds), usegmt=True)


def test_throttling_is_waited_for_whatever_form_retry_after_has(play: Player, emulator: Emulator) -> None:
    def throttled(path: str, **headers: str) -> Json:
        return {
            "match": {"path": path},
            "times": 1,
            "action": {"status": 429, "code": "TooManyRequests", "headers": headers},
        }

    emulator.faults(
        throttled(r"/groups\?.*filter", **{"Retry-After": "1"}),
        throttled(r"groups\(uniqueName", **{"Retry-After": "0.5"}),
        throttled("members/.ref$", **{"Retry-After": http_date(2)}),
        throttled("mobileApps.*filter", **{"Retry-After": "0"}),
        throttled("mobileApps$"),
        {
            "match": {"path": "mobileApps/.*/assign$"},
            "times": 2,
            "action": {"status": 503, "headers": {"Retry-After": "1"}},
        },
    )
    run = play(
        [
            task("intune_group", "group", name="N", members=[USER]),
            task("intune_app", "app", name="N", type="ios_store_app", **STORE, assignments=[{"group": "N"}]),
        ]
    )
    assert run.rc == 0, run.output[-3000:]
    assert len(named(emulator)) == 2
    statuses = [
        part["status"] for item in run.tasks for entry in item.graph for part in (entry, *entry.get("items", []))
    ]
    assert statuses.count(429) == 5
    assert statuses.count(503) == 2


def test_a_tenant_that_stays_throttled_is_an_error_after_retry_timeout(play: Player, emulator: Emulator) -> None:
    emulator.faults(
        {
            "match": {"path": "/groups"},
            "action": {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "2"}},
        }
    )
    run = play([task("intune_group", ignore_errors=True, name="N", retry_timeout=3)])
    (item,) = run.tasks
    assert item.failed
    assert "retry_timeout" in item.message
    assert "429" in item.message
    assert not item.changed


@pytest.mark.timing_decides
def test_throttled_items_of_a_batch_are_sent_again_alone(play: Player) -> None:
    groups = [f"G{number}" for number in range(4)]
    with Emulator(throttle="3/4") as small:
        env = {**small.env, "INTUNE_TOKEN_CACHE": "none", "RECORD_JOURNAL": None}
        small.clock(hold=True, per_request=5)
        made = small.seed(
            *({"op": "create", "collection": "groups", "body": {"displayName": name}} for name in [*groups, "N"])
        )
        small.seed({"op": "members", "id": made[-1]["id"], "add": [group["id"] for group in made[:-1]]})
        # Four removals in one batch, of which the tenant takes three in four seconds.
        run = play([task("intune_group", name="N", members=[], purge_members=True, allow_empty=True)], env=env)
        assert run.rc == 0, run.output[-3000:]
        state = small.state()
        assert next(group for group in state["groups"] if group["displayName"] == "N")["members"] == []
        batches = [entry for entry in small.journal() if entry.get("items") and entry["items"][0]["method"] == "DELETE"]
        first, *later = [[item["status"] for item in entry["items"]] for entry in batches]
        assert first.count(429) >= 1
        assert len(first) == 4
        assert sum(map(len, later)) < 2 * len(first)


@pytest.mark.parametrize("status", [409, 500, 503, 504])
def test_an_update_that_meets_a_passing_fault_is_sent_again(play: Player, emulator: Emulator, status: int) -> None:
    emulator.seed({"op": "create", "collection": "groups", "body": {"displayName": "N"}})
    code = (
        {"code": "Directory_ConcurrencyViolation", "message": "A concurrency violation occurred."}
        if status == 409
        else {}
    )
    emulator.faults({"match": {"method": "PATCH"}, "times": 1, "action": {"status": status, **code}})
    run = play([task("intune_group", name="N", description="new")])
    assert run.rc == 0, run.output[-3000:]
    assert named(emulator)[0]["description"] == "new"


def test_a_read_that_is_cut_off_is_repeated(play: Player, emulator: Emulator) -> None:
    emulator.faults({"match": {"method": "GET", "path": "managedDevices"}, "times": 2, "action": {"truncate": True}})
    run = play([task("intune_device_facts", fields=["id"])])
    assert run.rc == 0, run.output[-3000:]
    assert run.tasks[0].result["ansible_facts"]["intune_devices_summary"]["total"] == 40


def everything(**more: Any) -> list[Json]:
    return [
        task("intune_group", "group", name="N", members=[USER], owners=[USER], description="d"),
        task("intune_group", "outer", name="Outer", members=["N"]),
        task("intune_app", "app", type="android_managed_store_app", package_id=PACKAGE, assignments=[{"group": "N"}]),
        task(
            "intune_vpn_profile",
            "vpn",
            name="N",
            ios=VPN,
            assignments=[{"group": "N"}, {"group": "Outer", "exclude": True}],
        ),
        task("intune_group", "update", name="N", description="e", members=["user02@contoso.example"]),
    ]


@pytest.mark.provokes_bad_requests
def test_a_directory_that_shows_everything_late_is_waited_for(play: Player, emulator: Emulator) -> None:
    emulator.settings(eventual=1500, publishing=1000, play_sync=1000)
    emulator.clock(hold=True, per_request=0.8)
    run = play(everything())
    assert run.rc == 0, run.output[-3000:]
    assert [item.changed for item in run.tasks] == [True] * 5
    again = play(everything()[:4])
    assert again.rc == 0
    assert [item.name for item in again.tasks if item.changed] == ["group"], (
        "its description was changed by the last task"
    )
    run = play(
        [task("intune_group", name="N", state="absent"), task("intune_group", "again", name="N", state="absent")]
    )
    assert run.rc == 0, run.output[-3000:]
    assert [item.changed for item in run.tasks] == [True, False]
    assert not any(item.warnings.strip("[]") for item in run.tasks)


@pytest.mark.timing_decides
@pytest.mark.parametrize("eventual", [0, 800])
@pytest.mark.provokes_bad_requests
def test_two_plays_at_once_make_one_group(play: Player, emulator: Emulator, eventual: int) -> None:
    emulator.settings(eventual=eventual)
    emulator.clock(hold=True, per_request=0.1)
    tasks = [task("intune_group", name="N", description="d", members=[USER])]
    running = [play.start(tasks), play.start(tasks)]
    runs = [process() for process in running]
    assert [run.rc for run in runs] == [0, 0], [run.output[-2000:] for run in runs]
    (group,) = named(emulator)
    assert len(group["members"]) == 1
