# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several runs that create the same object at once end with one object, and a later run deletes what killed ones left.

Nobody waits here: time is that of the tenant's clock, which pauses and requests move.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import wait
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import AmbiguousName, ObjectNotFound
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app import App
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.assignment_filter import AssignmentFilter
from tests.emulator import registrations
from tests.emulator.settings import DEFAULT_PERMISSIONS, OPT_IN_PERMISSIONS
from tests.emulator.threaded import ThreadedEmulator
from tests.faults.simulation import Pauses, simulated
from tests.samples import APPS, PROFILES, STORE_APP, VPN
from tests.unit.plugins.modules.in_process import Result, Tenant

Json = dict[str, Any]
# Seconds that a request takes.
REQUEST = 0.02
OMA: Json = {"oma_uri": "./Vendor/X", "display_name": "x", "type": "integer", "value": 1}
EVERYBODY: Json = {
    "applications": {"include_applications": ["Office365"]},
    "users": {"include_users": ["All"]},
}
MESSAGES = [
    {"locale": locale, "subject": "s", "message_template": "m", "is_default": locale == "en-us"}
    for locale in ("en-us", "de-de", "fr-fr")
]
FEDERATED: Json = {"name": "ci", "issuer": "https://ci.example", "subject": "main"}
MEMBERS = ["user01@contoso.example"]
FILTER: Json = {"platform": "ios", "rule": '(device.deviceOwnership -eq "Corporate")'}
ASSIGNED: Json = {"assignments": [{"group": "A"}], "created_by": "us"}
# Module, options and collection of one object of each resource that Graph has no key for, and of those that have one.
CASES: dict[str, tuple[str, Json, str]] = {
    "assignment filter": (
        "intune_assignment_filter",
        {**FILTER, "created_by": "us"},
        "deviceManagement/assignmentFilters",
    ),
    "app": ("intune_app", {**STORE_APP, **ASSIGNED}, APPS),
    "Google Play app": (
        "intune_app",
        {"type": "android_managed_store_app", "package_id": "com.example.once", "assignments": [{"group": "A"}]},
        APPS,
    ),
    "app configuration": (
        "intune_app_config",
        {"target_apps": ["Target"], "ios": {"settings": [{"key": "k", "value": "v"}]}, **ASSIGNED},
        "deviceAppManagement/mobileAppConfigurations",
    ),
    "managed app configuration": (
        "intune_app_config",
        {"managed_apps": {"app_group_type": "all_apps"}, **ASSIGNED},
        "deviceAppManagement/targetedManagedAppConfigurations",
    ),
    "app protection policy": (
        "intune_app_protection_policy",
        {"ios": {"app_group_type": "all_apps"}, **ASSIGNED},
        "deviceAppManagement/iosManagedAppProtections",
    ),
    "VPN profile": ("intune_vpn_profile", {"ios": VPN, **ASSIGNED}, PROFILES),
    "certificate profile": ("intune_certificate_profile", {"platform": "ios", **ASSIGNED}, PROFILES),
    "compliance policy": (
        "intune_compliance_policy",
        {"ios": {"passcode_required": True}, **ASSIGNED},
        "deviceManagement/deviceCompliancePolicies",
    ),
    "custom profile": (
        "intune_custom_profile",
        {"android_work_profile": {"oma_settings": [OMA]}, **ASSIGNED},
        PROFILES,
    ),
    "notification template": (
        "intune_notification_template",
        {"localized_notification_messages": MESSAGES, "branding_options": ["include_company_name"], "created_by": "us"},
        "deviceManagement/notificationMessageTemplates",
    ),
    "Conditional Access policy": (
        "intune_conditional_access_policy",
        {"conditions": EVERYBODY, "grant_controls": {"built_in_controls": ["mfa"]}},
        "identity/conditionalAccess/policies",
    ),
    "application": (
        "intune_application",
        {"federated_credentials": [FEDERATED], "created_by": "us"},
        "applications",
    ),
    "group": ("intune_group", {"description": "d"}, "groups"),
    "connector": ("intune_mtd_connector", {"ios_enabled": True}, "deviceManagement/mobileThreatDefenseConnectors"),
}
ASSIGNABLE = [name for name, (_module, options, _path) in CASES.items() if options.items() >= ASSIGNED.items()]
TAGGED = [name for name, (_module, options, _path) in CASES.items() if "created_by" in options]
# These are not tried with two runs, to save time.
LARGE = ("application", "Conditional Access policy", "custom profile", "notification template")
# What the tenant is given at the tests' wish.
SEEDED = [name for name in TAGGED if name != "application"]


class Runs:
    """One tenant, in which runs meet."""

    def __init__(self, emulator: ThreadedEmulator, pauses: Pauses) -> None:
        self.emulator = emulator
        self.pauses = pauses
        self.tenant = Tenant(emulator)

    def options(self, case: str) -> tuple[str, Json]:
        module, options, _path = CASES[case]
        if module == "intune_certificate_profile":
            options = {**options, "certificate": Path(self.emulator.ca_path).read_text(encoding="ascii")}
        if module == "intune_mtd_connector":
            return module, {**options, "partner": "Check Point Harmony Mobile"}
        return module, options if "package_id" in options else {**options, "name": "Once"}

    def run(self, case: str, **more: Any) -> Result:
        module, options = self.options(case)
        return self.tenant.run(module, **{**options, **more})

    def at_once(self, count: int, run: Callable[[], Result]) -> list[Result]:
        meet = threading.Barrier(count)
        self.pauses.runs = count

        def met(_number: int) -> Result:
            meet.wait()
            try:
                return run()
            finally:
                self.pauses.ended()

        with ThreadPoolExecutor(count) as pool:
            results = list(pool.map(met, range(count)))
        self.pauses.runs = 1
        return results

    def existing(self, case: str) -> list[Json]:
        state = self.emulator.state()
        path = CASES[case][2]
        found: list[Json] = {"applications": state["app_registrations"], "groups": state["groups"]}.get(path) or state[
            "records"
        ].get(path, [])
        return [
            item for item in found if item.get("displayName") == "Once" or item.get("packageId") == "com.example.once"
        ]

    def copy(self, case: str, **values: Any) -> Json:
        """An object as a run that is killed after its create leaves it: equal to the existing one, and not assigned."""
        if case == "application":
            self.emulator.tenant_clock.step(600)
            other = self.run(case, name="Twice")
            self.run(case, name="Once", id=other["id"])
            return other
        original = self.existing(case)[0]
        body = {
            name: value for name, value in original.items() if name not in ("id", "assignments", "isAssigned", "links")
        }
        # Years afterwards, so that no run waits for the one that would delete it.
        for name in {"createdDateTime", "lastModifiedDateTime"} & body.keys():
            body[name] = f"{int(body[name][:4]) + 4}{body[name][4:]}"
        made: Json = self.emulator.seed({"op": "create", "collection": CASES[case][2], "body": {**body, **values}})[0]
        return made


@pytest.fixture(scope="module")
def emulator() -> Iterator[ThreadedEmulator]:
    permissions = (*DEFAULT_PERMISSIONS, *OPT_IN_PERMISSIONS, "Application.ReadWrite.All")
    with ThreadedEmulator(devices=2, users=2, token_lifetime_s=10**6, permissions=permissions) as started:
        assert isinstance(started, ThreadedEmulator)
        yield started


@pytest.fixture
def runs(emulator: ThreadedEmulator) -> Iterator[Runs]:
    emulator._control("POST", "reset", {})
    emulator.settings(eventual=0, repeated_locales=True, replica=0, mixed_replicas=False, batches_behind=False)
    emulator.clock(hold=True, per_request=REQUEST)
    with simulated(emulator.tenant_clock, random.random) as pauses:
        found = Runs(emulator, pauses)
        found.tenant.run("intune_group", name="A")
        target = {**STORE_APP, "app_store_url": "https://apps.apple.com/app/id2"}
        found.tenant.run("intune_app", name="Target", **target)
        emulator.tenant_clock.step(600)
        yield found


@pytest.mark.parametrize("lag", [0, 5])
@pytest.mark.parametrize(
    ("case", "count"), [(case, count) for case in CASES for count in ([10] if case in LARGE else [2, 10])]
)
def test_runs_at_once_end_with_one_object(runs: Runs, case: str, count: int, lag: float) -> None:
    runs.emulator.settings(eventual=int(lag * 1000))
    results = runs.at_once(count, lambda: runs.run(case))
    existing = runs.existing(case)
    if case != "connector":
        assert [item["id"] for item in existing] == [results[0]["id"]]
        if case in ASSIGNABLE:
            assert len(existing[0]["assignments"]) == 1
        if case == "notification template":
            assert [len(existing[0]["localizedNotificationMessages"])] == [len(MESSAGES)]
        if case == "application":
            assert len(existing[0]["federated"]) == 1
    assert len({result["id"] for result in results}) == 1
    assert [text for result in results for text in result["warnings"]] == []
    assert not runs.run(case)["changed"]


@pytest.mark.parametrize("case", ["app", "notification template"])
def test_runs_at_once_end_with_one_object_where_each_read_reaches_another_replica(runs: Runs, case: str) -> None:
    runs.emulator.settings(replica=1500, mixed_replicas=True, repeated_locales=False)
    results = runs.at_once(10, lambda: runs.run(case))
    runs.emulator.settings(replica=0)
    assert [item["id"] for item in runs.existing(case)] == [results[0]["id"]]
    assert len({result["id"] for result in results}) == 1
    assert not runs.run(case)["changed"]


@pytest.mark.parametrize("takes_doubles", [False, True])
@pytest.mark.parametrize(
    ("case", "option", "before", "after", "part"),
    [
        (
            "notification template",
            "localized_notification_messages",
            MESSAGES[:1],
            MESSAGES,
            "localizedNotificationMessages",
        ),
        ("application", "federated_credentials", [], [FEDERATED], "federated"),
        ("group", "members", [], MEMBERS, "members"),
    ],
)
def test_runs_at_once_add_the_same_parts_once(
    runs: Runs, case: str, option: str, before: list[Any], after: list[Any], part: str, takes_doubles: bool
) -> None:
    runs.emulator.settings(repeated_locales=takes_doubles)
    runs.run(case, **{option: before})
    runs.emulator.tenant_clock.step(600)
    results = runs.at_once(10, lambda: runs.run(case, **{option: after}))
    assert [text for result in results for text in result["warnings"]] == []
    (existing,) = runs.existing(case)
    assert len(existing[part]) == len(after)
    assert not runs.run(case, **{option: after})["changed"]


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("lag", [0, 5])
def test_runs_at_once_create_one_client_secret_and_whoever_has_one_can_use_it(runs: Runs, lag: int, lost: bool) -> None:
    runs.emulator.settings(eventual=int(lag * 1000))
    action = {"drop_after_execute": True}
    runs.emulator.faults(*([{"match": {"path": "addPassword"}, "times": 2, "action": action}] if lost else []))
    options = {"password_credential": {"name": "ours", "return_value": True}}
    results = runs.at_once(10, lambda: runs.run("application", **options))
    runs.emulator.faults()
    (application,) = runs.existing("application")
    (secret,) = application["passwordCredentials"]
    assert [result["client_secret"]["value"] for result in results if "client_secret" in result] == [
        secret["secretText"]
    ]


@pytest.mark.parametrize("lag", [0, 5])
def test_groups_at_once_where_graph_has_no_key_for_them_end_with_one(runs: Runs, lag: int) -> None:
    no_key = {"match": {"path": "uniqueName"}, "action": {"status": 501}}
    runs.emulator.settings(eventual=int(lag * 1000))
    runs.emulator.faults(no_key)
    results = runs.at_once(10, lambda: runs.run("group"))
    (existing,) = runs.existing("group")
    assert {result["id"] for result in results} == {existing["id"]}
    assert not runs.run("group")["changed"]
    runs.emulator.faults()


@pytest.mark.parametrize("status", [400, 409])
def test_a_group_that_shows_late_is_no_deleted_one_where_those_may_not_be_read(runs: Runs, status: int) -> None:
    first = runs.run("group")
    runs.emulator.settings(eventual=60_000, refuse_hidden_names=status)
    runs.emulator.faults({"match": {"path": "directory/deletedItems"}, "action": {"status": 403}})
    second = runs.run("group")
    assert second["id"] == first["id"]
    assert len(runs.existing("group")) == 1
    runs.emulator.settings(refuse_hidden_names=0)
    runs.emulator.faults()


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_later_run_deletes_a_template_whose_messages_a_killed_one_did_not_finish(runs: Runs, count: int) -> None:
    case, messages = "notification template", "localizedNotificationMessages"
    runs.run(case)
    (first,) = runs.existing(case)
    runs.copy(case, **{messages: first[messages][:count]})
    healed = runs.run(case)
    assert healed["changed"]
    (stays,) = runs.existing(case)
    assert len(stays[messages]) == len(MESSAGES)
    assert not runs.run(case)["changed"]


def test_of_two_applications_the_one_with_the_declared_secret_stays(runs: Runs) -> None:
    """Whoever got the secret would have lost it."""
    secret = {"password_credential": {"name": "ours", "return_value": True}}
    runs.run("application")
    copy = runs.copy("application")
    runs.run("application", id=copy["id"], **secret)
    assert runs.run("application", **secret)["id"] == copy["id"]
    (stays,) = runs.existing("application")
    assert [each["displayName"] for each in stays["passwordCredentials"]] == ["ours"]


def test_a_run_gives_way_to_one_that_has_ended_before_it_looked(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both create in the same second, and by the ids the other one ranks after it."""
    ids = (str(uuid.UUID(int=number)) for number in range(1000, 0, -1))
    monkeypatch.setattr(registrations, "uuid", SimpleNamespace(uuid4=lambda: next(ids, None)))
    runs.emulator.clock(hold=True, per_request=0)
    runs.emulator.faults({"match": {"method": "POST", "path": "/applications$"}, "times": 1, "action": {"twin": True}})
    result = runs.run("application", created_by=None)
    (stays,) = runs.existing("application")
    assert stays["id"] == result["id"]
    assert not runs.run("application", created_by=None)["changed"]


def test_a_double_that_something_uses_is_not_surplus(runs: Runs) -> None:
    """Also something of this onboarding, which would lose it."""
    runs.run("notification template")
    copy = runs.copy("notification template")
    mail = {"action_type": "notification", "notification_template": copy["id"]}
    actions = [{"action_type": "block"}, mail]
    runs.run("compliance policy", scheduled_actions_for_rule=actions)
    with suppress(AmbiguousName):
        runs.run("notification template")
    assert copy["id"] in [item["id"] for item in runs.existing("notification template")]


@pytest.mark.parametrize("case", TAGGED)
def test_a_later_run_deletes_what_a_killed_one_left(runs: Runs, case: str) -> None:
    first = runs.run(case)
    ids = {first["id"], *(runs.copy(case)["id"] for _number in range(2))}
    predicted = runs.tenant.run(runs.options(case)[0], check=True, **runs.options(case)[1])
    assert predicted["changed"]
    existing = runs.existing(case)
    assert len(existing) == 3
    oldest = min(
        existing,
        key=lambda item: (not item.get("assignments"), str(item.get("createdDateTime")).rstrip("Z"), item["id"]),
    )
    healed = runs.run(case)
    assert healed["changed"]
    (stays,) = runs.existing(case)
    assert stays["id"] == oldest["id"]
    (warning,) = healed["warnings"]
    assert predicted["warnings"] == [warning]
    assert all(object_id in warning for object_id in ids)
    assert not runs.run(case)["changed"]


@pytest.mark.parametrize("hours", [0, 1])
def test_only_objects_that_are_new_by_the_clock_of_the_server_may_be_of_runs_at_once(runs: Runs, hours: int) -> None:
    """The clock of this machine is ten minutes slow."""
    runs.run("app")
    runs.copy("app", createdDateTime=runs.existing("app")[0]["createdDateTime"])
    runs.emulator.tenant_clock.step(hours * 3600)
    clock = runs.emulator.tenant_clock
    before = clock.now()
    assert runs.run("app")["changed"]
    assert (clock.now() - before < wait.VISIBLE_WITHIN) == bool(hours)
    assert len(runs.existing("app")) == 1


@pytest.mark.parametrize("case", SEEDED)
@pytest.mark.parametrize("made_by", ["somebody", "us"])
def test_what_may_be_of_others_is_not_surplus(runs: Runs, case: str, made_by: str) -> None:
    """An object of the same name that is not tagged, or differs, is not deleted."""
    runs.run(case)
    text = "notes" if case == "app" else "description"
    copy = runs.copy(case, **{text: "x" if made_by == "somebody" else "y [created by us]"})
    with pytest.raises(AmbiguousName, match=copy["id"]):
        runs.run(case)
    assert len(runs.existing(case)) == 2


@pytest.mark.parametrize("differs", [{"description": "x"}, {"rule": '(device.model -eq "x")'}])
def test_it_is_not_looked_who_uses_what_is_not_surplus_anyway(runs: Runs, differs: Json) -> None:
    """Who uses an object is in many lists; its tag and its properties are known without a request."""
    runs.run("assignment filter")
    for _number in range(2):
        runs.copy("assignment filter", **differs)
    before = len(runs.emulator.journal())
    with pytest.raises(AmbiguousName):
        runs.run("assignment filter")
    assert len(runs.emulator.journal()) - before <= 4


@pytest.mark.parametrize("case", ASSIGNABLE)
def test_a_surplus_object_that_is_assigned_stays(runs: Runs, case: str) -> None:
    runs.run(case)
    copy, group = runs.copy(case), runs.emulator.state()["groups"][-1]["id"]
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}
    entry = {"target": target, **({"intent": "available"} if case == "app" else {})}
    runs.emulator.seed({"op": "assign", "collection": CASES[case][2], "id": copy["id"], "assignments": [entry]})
    with pytest.raises(AmbiguousName):
        runs.run(case)
    assert len(runs.existing(case)) == 2


@pytest.mark.parametrize("case", ["app", "assignment filter"])
def test_an_object_of_another_run_that_shows_late_is_seen_before_the_end(
    runs: Runs, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was created first, and shows only after the run has looked."""
    looks: list[int] = []
    runs.run(case)
    (older,) = runs.existing(case)
    resource = App if case == "app" else AssignmentFilter
    same = resource.find_all

    def late(self: Any, *more: Any) -> list[Json]:
        looks.append(1)
        found: list[Json] = same(self, *more)
        return found if len(looks) > 2 else [raw for raw in found if raw["id"] != older["id"]]

    monkeypatch.setattr(resource, "find_all", late)
    result = runs.run(case)
    assert result["id"] == older["id"]
    assert [item["id"] for item in runs.existing(case)] == [older["id"]]


def test_a_document_deletes_what_a_killed_run_left(runs: Runs) -> None:
    items = [{"name": "Once", **runs.options("app")[1]}]
    configuration: Json = {"configuration": {"apps": items}}
    runs.tenant.run("intune_configuration", **configuration)
    created = runs.existing("app")[0]["createdDateTime"]
    runs.copy("app", createdDateTime=created)
    predicted = runs.tenant.run("intune_configuration", check=True, **configuration)
    assert predicted["changed"]
    assert len(runs.existing("app")) == 2
    done = runs.tenant.run("intune_configuration", **configuration)
    assert done["changed"]
    assert len(runs.existing("app")) == 1
    assert len(done["warnings"]) == 1
    assert not runs.tenant.run("intune_configuration", **configuration)["changed"]


@pytest.mark.parametrize("lag", [0, 5])
def test_documents_at_once_end_with_one_object_each(runs: Runs, lag: int) -> None:
    runs.emulator.settings(eventual=int(lag * 1000))
    items: Json = {"apps": [{"name": "Once", **runs.options("app")[1]}]}
    items["assignment_filters"] = [{"name": "Once", **CASES["assignment filter"][1]}]
    runs.at_once(5, lambda: runs.tenant.run("intune_configuration", configuration=items))
    assert [len(runs.existing(case)) for case in ("app", "assignment filter")] == [1, 1]


def test_a_document_refers_to_what_it_has_just_created_whatever_other_replicas_show(runs: Runs) -> None:
    mail = {
        "action_type": "notification",
        "grace_period_days": 1,
        "notification_template": "Once",
        "notification_message_cc_list": ["New"],
    }
    items: Json = {
        "groups": [{"name": "New"}, {"name": "Outer", "members": ["New"]}],
        "assignment_filters": [{"name": "Corporate", **FILTER}],
        "apps": [{"name": "Once", **STORE_APP, "assignments": [{"group": "New", "filter": "Corporate"}]}],
        "app_configs": [{"name": "Once", "target_apps": ["Once"], "ios": {"settings": [{"key": "k", "value": "v"}]}}],
        "notification_templates": [{"name": "Once", "localized_notification_messages": MESSAGES}],
        "compliance_policies": [
            {
                "name": "Once",
                "ios": {"passcode_required": True},
                "scheduled_actions_for_rule": [mail, {"action_type": "block"}],
            }
        ],
    }
    runs.emulator.settings(replica=5000, batches_behind=True)
    result = runs.tenant.run("intune_configuration", configuration=items)
    assert [item["created"] for item in result["objects"]] == [True] * 7
    runs.emulator.tenant_clock.step(60)
    assert not runs.tenant.run("intune_configuration", configuration=items)["changed"]


def test_a_name_that_one_replica_does_not_show_yet_is_looked_for_again(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wait, "NAMED_WITHIN", 3.0)
    runs.emulator.settings(replica=1500, batches_behind=True)
    runs.tenant.run("intune_group", name="New")
    created = runs.run("app", assignments=[{"group": "New"}])
    assert [entry["group"] for entry in created["app"]["assignments"]] == ["New"]
    runs.tenant.run("intune_group", name="Newer")
    assert runs.tenant.run("intune_group", name="Outer", members=["Newer"])["group"]["members"] == ["Newer"]
    before = runs.emulator.tenant_clock.now()
    with pytest.raises(IntuneError, match="Not found: group 'Nobody's'"):
        runs.run("app", assignments=[{"group": "Nobody's"}])
    assert 3 <= runs.emulator.tenant_clock.now() - before < 4


@pytest.mark.parametrize("case", ASSIGNABLE)
def test_assignments_that_another_writer_replaces_are_assigned_again(runs: Runs, case: str) -> None:
    """The other writer has read the list before this run wrote, and replaces it afterwards."""
    runs.run(case)
    for name in "BC":
        runs.tenant.run("intune_group", name=name)
    runs.emulator.tenant_clock.step(600)
    groups = {group["displayName"]: group["id"] for group in runs.emulator.state()["groups"]}
    (existing,) = runs.existing(case)
    more = {"intent": "available"} if case == "app" else {}
    listed = [
        {"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": groups[name]}, **more}
        for name in "AC"
    ]
    other = {"op": "assign", "collection": CASES[case][2], "id": existing["id"], "assignments": listed, "replace": True}
    rule = {"match": {"method": "POST", "path": "/assign$"}, "times": 1, "action": {"after": [other]}}
    runs.emulator.faults(rule)
    result = runs.run(case, assignments=[{"group": "A"}, {"group": "B"}])
    assert result["warnings"] == []
    (stored,) = runs.existing(case)
    found = {entry["target"]["groupId"] for entry in stored["assignments"]}
    assert found == {groups[name] for name in "ABC"}


@pytest.mark.parametrize("case", ASSIGNABLE)
def test_what_another_writer_assigns_to_a_new_object_survives(runs: Runs, case: str) -> None:
    """In a portal, an object shows as soon as it is created."""
    runs.tenant.run("intune_group", name="B")
    groups = {group["displayName"]: group["id"] for group in runs.emulator.state()["groups"]}
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": groups["B"]}
    entry = {"target": target, **({"intent": "available"} if case == "app" else {})}
    path = CASES[case][2]
    other = {"op": "assign", "collection": path, "id": "{answered}", "assignments": [entry]}
    runs.emulator.faults({"match": {"method": "POST", "path": f"/{path}$"}, "times": 1, "action": {"after": [other]}})
    created = runs.run(case)
    assert created["warnings"] == []
    (stored,) = runs.existing(case)
    assert {entry["target"]["groupId"] for entry in stored["assignments"]} == {groups["A"], groups["B"]}
    assert not runs.run(case)["changed"]


@pytest.mark.parametrize("case", SEEDED)
def test_a_change_waits_until_all_parts_of_graph_know_the_object(runs: Runs, case: str) -> None:
    """They find it for a read long before they do for a write."""
    made = runs.run(case)
    runs.emulator.tenant_clock.step(600)
    match = {"method": "PATCH", "path": f"{made['id']}$"}
    runs.emulator.faults({"match": match, "times": 9, "action": {"status": 404}})
    before = runs.emulator.tenant_clock.now()
    assert runs.run(case, id=made["id"], name="Twice")["changed"]
    assert 50 < runs.emulator.tenant_clock.now() - before < wait.CREATED_WITHIN + wait.VISIBLE_WITHIN


@pytest.mark.parametrize(
    ("case", "write", "change"),
    [
        *((case, "PATCH", {"name": "Twice"}) for case in SEEDED),
        *((case, "POST", {"assignments": [{"group": "B"}]}) for case in ASSIGNABLE),
        ("group", "PATCH", {"description": "e"}),
        ("group", "POST", {"members": MEMBERS}),
    ],
)
def test_an_object_that_is_deleted_before_a_write_is_not_waited_for(
    runs: Runs, case: str, write: str, change: Json
) -> None:
    made = runs.run(case)
    runs.tenant.run("intune_group", name="B")
    runs.emulator.tenant_clock.step(600)
    path = CASES[case][2]
    gone = {"op": "delete", "collection": path, "id": made["id"]}
    match = {"method": write, "path": f"{made['id']}(/assign|/members/.ref)?$"}
    runs.emulator.faults({"match": match, "times": 1, "action": {"before": [gone]}})
    runs.emulator.journal(clear=True)
    with pytest.raises(ObjectNotFound, match=r"deleted during the task\. Run again"):
        runs.run(case, **{"id": made["id"], **change})
    sent = [entry for entry in runs.emulator.journal() if entry["method"] == write and made["id"] in entry["path"]]
    assert len(sent) <= wait.DELETED_TRIES
    assert runs.run(case)["changed"]
