# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditional Access policies: reported before they are enforced, and never for everybody or for this login."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.conditional_access_policy import (
    ConditionalAccessPolicy,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.conditional_access_rules import problems
from tests.emulator.fleet import Fleet
from tests.emulator.seeding import HEADQUARTERS
from tests.emulator.settings import DEFAULT_PERMISSIONS, OPT_IN_PERMISSIONS, Settings
from tests.unit.emulator.api import token
from tests.unit.plugins.module_utils.intune.conftest import Tenant

Json = dict[str, Any]
MODULE = "intune_conditional_access_policy"
PATH = "identity/conditionalAccess/policies"
ADMINISTRATOR = "3a2c62db-5318-420d-8d74-23affee5d9d5"
LOGIN = str(Fleet(0, 3, Settings.seed, Settings.tenant_domain).user(1)["id"])
REPORTED: Json = {"policy_state": "enabled_for_reporting_but_not_enforced"}
ENFORCED: Json = {"policy_state": "enabled"}


def permit(tenant: Tenant, *permissions: str) -> None:
    tenant.emulator.settings(permissions=list(permissions))
    tenant.credentials["access_token"] = token(tenant.emulator)["access_token"]


@pytest.fixture(autouse=True)
def allowed(tenant: Tenant) -> Iterator[None]:
    permit(tenant, *DEFAULT_PERMISSIONS, *OPT_IN_PERMISSIONS)
    for name in ("Pilot", "Emergency"):
        tenant.seed({"op": "create", "collection": "groups", "body": {"displayName": name}})
    yield
    permit(tenant, *DEFAULT_PERMISSIONS)


def policy(users: Json, application: str = "Office365", **more: Any) -> Json:
    return {
        "name": "P",
        "conditions": {
            "users": users,
            "applications": {"include_applications": [application]},
            "platforms": {"include_platforms": ["android", "ios"]},
        },
        "grant_controls": {"built_in_controls": ["compliant_device", "compliant_application"]},
        **more,
    }


def with_flows(grant_controls: Json, **more: Any) -> Json:
    options = policy(PILOT, grant_controls=grant_controls, **more)
    return {**options, "conditions": {**options["conditions"], "authentication_flows": FLOWS}}


FLOWS = {"transfer_methods": ["device_code_flow"]}
EVERYBODY = {"include_users": ["All"]}
PILOT = {"include_groups": ["Pilot"]}


def test_a_policy_lives_through_its_changes(tenant: Tenant) -> None:
    users = {
        "include_users": ["user01@contoso.example"],
        "include_groups": ["Pilot"],
        "exclude_groups": ["Emergency"],
        "include_roles": ["Intune Administrator", ADMINISTRATOR],
    }
    first = tenant.lives(MODULE, **policy(users))
    shown = first["conditional_access_policy"]
    assert shown["policy_state"] == REPORTED["policy_state"]
    assert shown["grant_controls"]["operator"] == "or"
    (stored,) = tenant.records(PATH)
    assert stored["conditions"]["users"]["includeRoles"] == [ADMINISTRATOR]
    assert stored["conditions"]["clientAppTypes"] == ["all"]
    changed = tenant.lives(MODULE, name="P", conditions={"platforms": {"include_platforms": ["ios"]}})
    assert changed["diff"]["before"]["conditions"]["platforms"] == {"include_platforms": ["android", "ios"]}
    assert changed["diff"]["after"]["conditions"]["platforms"] == {"include_platforms": ["ios"]}
    (found,) = tenant(f"{MODULE}_info", name="P")["conditional_access_policies"]
    assert found["conditions"]["users"] == {**users, "include_roles": ["Intune Administrator"]}
    renamed = tenant.lives(MODULE, id=first["id"], name="O'Brien & Söhne #1")
    assert renamed["diff"]["after"] == {"name": "O'Brien & Söhne #1"}


def test_what_graph_shows_and_does_not_take_is_not_sent_back(tenant: Tenant) -> None:
    strength = "00000000-0000-0000-0000-000000000004"
    controls = {"operator": "and", "built_in_controls": [], "authentication_strength": strength}
    options = policy(EVERYBODY, grant_controls=controls)
    tenant(MODULE, **options)
    assert not tenant(MODULE, **options)["changed"]
    assert tenant(MODULE, name="P", grant_controls={"built_in_controls": ["compliant_device"]})["changed"]
    (found,) = tenant(f"{MODULE}_info", name="P")["conditional_access_policies"]
    named = {"authentication_strength": "Phishing-resistant MFA"}
    assert found["grant_controls"] == {**controls, **named, "built_in_controls": ["compliant_device"]}


@pytest.mark.provokes_bad_requests
def test_a_policy_of_the_preview_is_seen_and_keeps_what_has_no_option(tenant: Tenant, tmp_path: Path) -> None:
    """v1.0 leaves such policies out; a word that is newer than the collection is taken where a policy has it."""
    tenant.have(
        PATH,
        "conditionalAccessPolicy",
        "P",
        state="disabled",
        conditions={
            "users": {"includeUsers": ["None"]},
            "applications": {"includeApplications": ["AllAgentIdResources", "AllNewThings"]},
            "clientApplications": {"includeAgentIdServicePrincipals": ["All"]},
            "locations": {"includeLocations": ["AllNewPlaces"]},
            "agentIdRiskLevels": "high",
        },
        grantControls={"operator": "OR", "builtInControls": ["block"]},
        sessionControls={"continuousAccessEvaluation": {"mode": "disabled"}},
    )
    result = tenant(f"{MODULE}_info")
    (found,) = result["conditional_access_policies"]
    assert "conditions.agentIdRiskLevels" in str(result["warnings"])
    assert found["conditions"]["applications"]["include_applications"] == ["AllAgentIdResources", "AllNewThings"]
    assert found["session_controls"] == {"continuous_access_evaluation": {"mode": "disabled"}}
    assert not tenant(MODULE, **found)["changed"]
    exported = tenant("intune_export", dest=str(tmp_path), resources=["conditional_access_policies"])
    assert "conditions.agentIdRiskLevels" in str(exported["warnings"])
    (path,) = tmp_path.glob("*.yml")
    assert not tenant("intune_configuration", configuration=yaml.safe_load(path.read_text()))["changed"]
    applications = {"include_applications": ["AllNewThings"]}
    tenant.lives(
        MODULE, name="P", conditions={"applications": applications, "locations": {"include_locations": ["All"]}}
    )
    (stored,) = tenant.records(PATH)
    assert stored["conditions"]["applications"]["includeApplications"] == ["AllNewThings"]
    assert stored["conditions"]["agentIdRiskLevels"] == "high"
    assert stored["conditions"]["clientApplications"]["includeAgentIdServicePrincipals"] == ["All"]
    assert stored["sessionControls"]["continuousAccessEvaluation"] == {"mode": "disabled"}


def in_preview(tenant: Tenant, name: str) -> str:
    """Have a policy with features that only beta has, and return its id."""
    return tenant.have(
        PATH,
        "conditionalAccessPolicy",
        name,
        state="disabled",
        conditions={
            "users": {"includeUsers": ["None"]},
            "applications": {"includeApplications": ["Office365"]},
            "agentIdRiskLevels": "high",
        },
        grantControls={"operator": "OR", "builtInControls": ["block"]},
    )


def written(tenant: Tenant) -> list[tuple[str, str]]:
    """Return the method and version of each write since this was asked last."""
    found = [(entry["method"], entry["path"].split("/")[1]) for entry in tenant.writes() if PATH in entry["path"]]
    tenant.emulator.journal(clear=True)
    return found


def test_a_policy_is_read_and_written_in_v1(tenant: Tenant) -> None:
    first = tenant.lives(MODULE, **policy(PILOT))
    assert written(tenant) == [("POST", "v1.0")]
    for options in ({"name": "P", "policy_state": "disabled"}, {"id": first["id"], "name": "Q"}):
        assert tenant(MODULE, **options)["changed"]
        assert written(tenant) == [("PATCH", "v1.0")]
    assert not tenant(MODULE, id=first["id"], name="Q")["changed"]
    assert [entry["path"].split("?")[0] for entry in tenant.emulator.journal()] == [f"/v1.0/{PATH}/{first['id']}"]
    tenant.emulator.journal(clear=True)
    assert tenant(MODULE, name="Q", state="absent")["changed"]
    assert written(tenant) == [("DELETE", "v1.0")]
    assert tenant.records(PATH) == []


@pytest.mark.provokes_bad_requests
def test_a_policy_that_v1_leaves_out_is_found_and_written_in_beta(tenant: Tenant) -> None:
    object_id = in_preview(tenant, "P")
    identities: list[Json] = [{"name": "P"}, {"id": object_id}]
    for named in identities:
        assert not tenant(MODULE, **named, policy_state="disabled")["changed"]
        assert tenant(MODULE, **named, policy_state="enabled", check=True)["changed"]
        (found,) = tenant(f"{MODULE}_info", **named)["conditional_access_policies"]
        assert found["id"] == object_id
        assert tenant(MODULE, **named, check=True, state="absent")["changed"]
    assert written(tenant) == []
    changed = tenant(MODULE, name="P", **REPORTED)
    assert changed["id"] == object_id
    assert changed["warnings"] == []
    assert tenant(MODULE, id=object_id, name="Q")["changed"]
    assert written(tenant) == [("PATCH", "beta"), ("PATCH", "beta")]
    (stored,) = tenant.records(PATH)
    assert (stored["displayName"], stored["state"]) == ("Q", "enabledForReportingButNotEnforced")
    assert stored["conditions"]["agentIdRiskLevels"] == "high"
    assert [found["name"] for found in tenant(f"{MODULE}_info")["conditional_access_policies"]] == ["Q"]
    gone = tenant(MODULE, name="Q", state="absent")
    assert gone["changed"]
    assert gone["warnings"] == []
    assert written(tenant) == [("DELETE", "beta")]
    assert not tenant(MODULE, name="Q", state="absent")["changed"]
    assert "No Conditional Access policy has the id" in tenant.fails(MODULE, id=object_id, name="Q")


@pytest.mark.provokes_bad_requests
def test_a_name_that_a_policy_of_either_version_has_is_not_unique(tenant: Tenant) -> None:
    ordinary = tenant(MODULE, **policy(PILOT))["id"]
    preview = in_preview(tenant, "P")
    for options in (policy(PILOT), {"name": "P", "state": "absent"}):
        for check in (True, False):
            message = tenant.fails(MODULE, **options, check=check)
            assert "More than one Conditional Access policy is called 'P'" in message
            assert ordinary in message
            assert preview in message
    assert len(tenant(f"{MODULE}_info", name="P")["conditional_access_policies"]) == 2
    in_preview(tenant, "Q")
    (warning,) = tenant(MODULE, id=ordinary, name="Q", check=True)["warnings"]
    assert "has this name too" in warning


@pytest.mark.provokes_bad_requests
def test_a_word_that_only_beta_has_is_written_there(tenant: Tenant) -> None:
    assert tenant(MODULE, **policy(PILOT, "AllAgentIdResources"))["warnings"] == []
    assert not tenant(MODULE, **policy(PILOT, "AllAgentIdResources"))["changed"]
    assert tenant(MODULE, **policy(PILOT))["warnings"] == []
    assert tenant(MODULE, name="P", policy_state="disabled")["changed"]
    assert tenant(MODULE, **policy(PILOT, "allagentidresources"))["warnings"] == []
    assert [version for _method, version in written(tenant)] == ["beta", "beta", "v1.0", "beta"]


@pytest.mark.provokes_bad_requests
def test_an_option_that_only_beta_has_is_written_there(tenant: Tenant) -> None:
    strict: Json = {"session_controls": {"continuous_access_evaluation": {"mode": "strict_location"}}}
    assert tenant(MODULE, **policy(PILOT), **strict)["warnings"] == []
    assert written(tenant) == [("POST", "beta")]
    assert not tenant(MODULE, **policy(PILOT), **strict)["changed"]
    assert tenant(MODULE, name="P", unset=["session_controls"])["warnings"] == []
    assert written(tenant) == [("PATCH", "beta")]
    assert tenant(MODULE, name="P", policy_state="disabled")["changed"]
    assert written(tenant) == [("PATCH", "v1.0")]
    assert tenant(MODULE, name="P", **strict)["warnings"] == []
    assert written(tenant) == [("PATCH", "beta")]
    assert not tenant(MODULE, name="P", **strict)["changed"]


@pytest.mark.provokes_bad_requests
def test_a_document_of_ten_policies_lists_each_version_once(tenant: Tenant, tmp_path: Path) -> None:
    names = [f"P{number}" for number in range(10)]
    preview = in_preview(tenant, "P3")
    document = {"conditional_access_policies": [{**policy(PILOT), "name": name} for name in names]}
    applied = tenant("intune_configuration", configuration=document)
    assert [found["changed"] for found in applied["objects"]] == [True] * 10
    methods = written(tenant)
    assert methods.count(("POST", "v1.0")) == 9
    assert methods.count(("PATCH", "beta")) == 1
    stored = {raw["displayName"]: raw["id"] for raw in tenant.records(PATH)}
    assert sorted(stored) == names
    assert stored["P3"] == preview
    again = tenant("intune_configuration", configuration=document)
    assert not again["changed"]
    batches = [entry for entry in tenant.emulator.journal() if PATH in str(entry)]
    assert sorted(entry["path"] for entry in batches) == ["/beta/$batch", "/v1.0/$batch"]
    assert all(str(entry["items"]).count(PATH) == 1 for entry in batches)
    tenant("intune_export", dest=str(tmp_path), resources=["conditional_access_policies"])
    (path,) = tmp_path.glob("conditional_access_policies.yml")
    assert len(yaml.safe_load(path.read_text())["intune_conditional_access_policies"]) == 10
    gone = {"conditional_access_policies": [{"name": name, "state": "absent"} for name in names]}
    assert tenant("intune_configuration", configuration=gone)["changed"]
    assert tenant.records(PATH) == []


def test_policies_that_are_declared_by_id_are_read_in_v1_alone(tenant: Tenant) -> None:
    ids = [tenant(MODULE, **{**policy(PILOT), "name": name})["id"] for name in ("P", "Q")]
    tenant.emulator.journal(clear=True)
    items = [{"id": object_id, **REPORTED} for object_id in ids]
    assert not tenant("intune_configuration", configuration={"conditional_access_policies": items})["changed"]
    asked = [entry["path"] for entry in tenant.emulator.journal() if PATH in str(entry)]
    assert {path.split("/")[1] for path in asked} == {"v1.0"}


GRAPH = "00000003-0000-0000-c000-000000000000"
UNKNOWN = "7d5b6c1e-2222-4333-8444-555555555555"


def named_policy(**applications: Any) -> Json:
    return {
        "name": "P",
        "conditions": {
            "users": PILOT,
            "applications": {"include_applications": ["Microsoft Graph"], **applications},
            "locations": {"include_locations": ["All"], "exclude_locations": ["AllTrusted", "Headquarters"]},
        },
        "grant_controls": {"authentication_strength": "Phishing-resistant MFA"},
    }


def test_applications_locations_and_strengths_are_declared_and_shown_by_name(tenant: Tenant) -> None:
    first = tenant.lives(MODULE, **named_policy())
    (stored,) = tenant.records(PATH)
    conditions = stored["conditions"]
    assert conditions["applications"]["includeApplications"] == [GRAPH]
    assert conditions["locations"]["excludeLocations"] == [HEADQUARTERS, "AllTrusted"]
    assert stored["grantControls"]["authenticationStrength"]["id"].endswith("4")
    (found,) = tenant(f"{MODULE}_info", name="P")["conditional_access_policies"]
    assert found["conditions"]["applications"] == {"include_applications": ["Microsoft Graph"]}
    assert found["conditions"]["locations"]["exclude_locations"] == ["AllTrusted", "Headquarters"]
    assert found["grant_controls"]["authentication_strength"] == "Phishing-resistant MFA"
    assert first["conditional_access_policy"]["conditions"]["applications"] == found["conditions"]["applications"]
    assert not tenant(MODULE, **found)["changed"]
    changed = tenant(MODULE, name="P", grant_controls={"authentication_strength": "Passwordless MFA"}, check=True)
    assert changed["diff"]["after"]["grant_controls"]["authentication_strength"] == "Passwordless MFA"


def test_ids_of_what_the_tenant_does_not_have_are_taken_and_shown(tenant: Tenant) -> None:
    options = named_policy(include_applications=[UNKNOWN.upper(), GRAPH], exclude_applications=[UNKNOWN])
    trusted_by_mfa = "00000000-0000-0000-0000-000000000000"
    options["conditions"]["locations"]["exclude_locations"] = [trusted_by_mfa]
    tenant.lives(MODULE, **options)
    (found,) = tenant(f"{MODULE}_info", name="P")["conditional_access_policies"]
    assert found["conditions"]["applications"]["include_applications"] == [UNKNOWN, "Microsoft Graph"]
    assert found["conditions"]["locations"]["exclude_locations"] == [trusted_by_mfa]
    assert not tenant(MODULE, **found)["changed"]


def test_names_that_nobody_has_or_two_have_are_refused(tenant: Tenant) -> None:
    options = named_policy(include_applications=["No app"])
    options["conditions"]["locations"]["exclude_locations"] = ["Nowhere"]
    options["grant_controls"]["authentication_strength"] = "None"
    said = tenant.fails(MODULE, **options)
    assert all(text in said for text in ("application 'No app'", "named location 'Nowhere'", "strength 'None'"))
    predicted = tenant.fails(MODULE, check=True, **options)
    assert predicted.startswith("Not found: named location 'Nowhere', authentication strength 'None'.")
    for app_id in (UNKNOWN, UNKNOWN.replace("7d", "8d")):
        tenant.seed({"op": "application", "app_id": app_id, "name": "Twin"})
    said = tenant.fails(MODULE, **named_policy(exclude_applications=["Twin"]))
    assert UNKNOWN in said
    tenant(MODULE, **named_policy(exclude_applications=[UNKNOWN]))
    result = tenant(f"{MODULE}_info", name="P")
    assert result["conditional_access_policies"][0]["conditions"]["applications"]["exclude_applications"] == [UNKNOWN]
    assert "do not identify one object" in result["warnings"][0]


def test_without_the_right_to_read_applications_info_shows_ids(tenant: Tenant) -> None:
    tenant(MODULE, **named_policy())
    permit(tenant, "Policy.Read.All", "GroupMember.Read.All")
    result = tenant(f"{MODULE}_info", name="P")
    (found,) = result["conditional_access_policies"]
    assert found["conditions"]["applications"] == {"include_applications": [GRAPH]}
    assert found["conditions"]["locations"]["exclude_locations"] == ["AllTrusted", "Headquarters"]
    (warning,) = result["warnings"]
    assert "Application.Read.All" in warning
    assert "Application.Read.All" in tenant.fails(MODULE, **named_policy(), check=True)


def test_a_flow_is_blocked(tenant: Tenant) -> None:
    tenant.lives(MODULE, **with_flows({"built_in_controls": ["block"]}))


def test_session_controls_that_do_nothing_are_removed(tenant: Tenant) -> None:
    frequency = {"type": "hours", "value": 4, "frequency_interval": "time_based", "is_enabled": True}
    tenant.lives(MODULE, **policy(EVERYBODY), session_controls={"sign_in_frequency": frequency})
    every_time = {"sign_in_frequency": {"frequency_interval": "every_time"}}
    assert tenant(MODULE, name="P", session_controls=every_time)["changed"]
    assert not tenant(MODULE, name="P", session_controls=every_time)["changed"]
    assert tenant(MODULE, name="P", unset=["session_controls"])["changed"]
    assert not tenant(MODULE, name="P", session_controls={"disable_resilience_defaults": False})["changed"]
    (found,) = tenant(f"{MODULE}_info", name="P")["conditional_access_policies"]
    assert "session_controls" not in found


@pytest.mark.parametrize(
    "taken_away",
    [
        {"unset": ["session_controls.sign_in_frequency"]},
        {"session_controls": {"sign_in_frequency": {"is_enabled": False}}},
        {"unset": ["session_controls.disable_resilience_defaults"]},
        {"session_controls": {"disable_resilience_defaults": False}},
    ],
)
def test_one_of_several_session_controls_is_taken_away(tenant: Tenant, taken_away: Json) -> None:
    frequency = {"type": "hours", "value": 4, "frequency_interval": "time_based", "is_enabled": True}
    tenant.lives(
        MODULE,
        **policy(EVERYBODY),
        session_controls={
            "sign_in_frequency": frequency,
            "disable_resilience_defaults": True,
            "secure_sign_in_session": {"is_enabled": True},
        },
    )
    tenant.lives(MODULE, name="P", **taken_away)
    (stored,) = tenant.records(PATH)
    assert stored["sessionControls"]["secureSignInSession"] == {"isEnabled": True}
    left = [name for name in ("signInFrequency", "disableResilienceDefaults") if stored["sessionControls"].get(name)]
    assert len(left) == 1 or "is_enabled" in str(taken_away)


def test_the_strength_of_a_grant_is_taken_away_and_the_other_controls_stay(tenant: Tenant) -> None:
    strength = {"built_in_controls": ["compliant_device"], "authentication_strength": "Phishing-resistant MFA"}
    tenant.lives(MODULE, **policy(EVERYBODY, grant_controls=strength))
    tenant.lives(MODULE, name="P", unset=["grant_controls.authentication_strength"])
    (stored,) = tenant.records(PATH)
    assert not stored["grantControls"].get("authenticationStrength")
    assert stored["grantControls"]["builtInControls"] == ["compliantDevice"]


def test_no_resilience_default_is_disabled_by_false(tenant: Tenant) -> None:
    frequency = {"type": "hours", "value": 4, "frequency_interval": "time_based", "is_enabled": True}
    controls = {"sign_in_frequency": frequency, "disable_resilience_defaults": False}
    tenant.lives(MODULE, **policy(EVERYBODY), session_controls=controls)


def test_a_new_session_control_is_on_unless_the_task_says_otherwise(tenant: Tenant) -> None:
    """Without isEnabled it would do nothing; in recorded policies each control has it."""
    frequency: Json = {"type": "hours", "value": 4}
    tenant.lives(MODULE, **policy(EVERYBODY), session_controls={"sign_in_frequency": frequency})
    (stored,) = tenant.records(PATH)
    assert stored["sessionControls"]["signInFrequency"]["isEnabled"] is True
    browser: Json = {"cloud_app_security": {"cloud_app_security_type": "monitor_only"}}
    tenant.lives(MODULE, name="P", session_controls=browser)
    off = {"sign_in_frequency": {"is_enabled": False}}
    tenant.lives(MODULE, name="P", session_controls=off)
    tenant.lives(MODULE, name="P", session_controls={"sign_in_frequency": {"value": 5}})
    (stored,) = tenant.records(PATH)
    assert stored["sessionControls"]["cloudAppSecurity"]["isEnabled"] is True
    assert stored["sessionControls"]["signInFrequency"]["isEnabled"] is False


def test_a_policy_keeps_a_control(tenant: Tenant) -> None:
    frequency = {"sign_in_frequency": {"type": "hours", "value": 4}}
    tenant(MODULE, **policy(EVERYBODY), session_controls=frequency)
    assert tenant(MODULE, name="P", grant_controls={"built_in_controls": []})["changed"]
    (stored,) = tenant.records(PATH)
    assert stored["grantControls"] is None
    assert "neither grant_controls nor session_controls" in tenant.fails(MODULE, name="P", unset=["session_controls"])


def test_a_condition_is_removed_by_name_and_the_others_stay(tenant: Tenant) -> None:
    tenant(MODULE, **policy(EVERYBODY))
    assert tenant(MODULE, name="P", unset=["conditions.platforms"])["changed"]
    assert not tenant(MODULE, name="P", unset=["conditions.platforms"])["changed"]
    (stored,) = tenant.records(PATH)
    assert stored["conditions"]["platforms"] is None
    assert stored["conditions"]["applications"]["includeApplications"] == ["Office365"]


@pytest.mark.parametrize("excluded", [{"exclude_users": ["user01@contoso.example"]}, {"exclude_groups": ["Emergency"]}])
def test_a_policy_for_everybody_is_enforced_only_with_an_exclusion(tenant: Tenant, excluded: Json) -> None:
    said = tenant.fails(MODULE, **policy(EVERYBODY, **ENFORCED))
    assert "would be enforced for all users without an exclusion" in said
    assert tenant.records(PATH) == []
    tenant(MODULE, **policy(EVERYBODY))
    assert "without an exclusion" in tenant.fails(MODULE, name="P", **ENFORCED)
    assert "without an exclusion" in tenant.fails(MODULE, name="P", check=True, **ENFORCED)
    assert tenant(MODULE, **policy({**EVERYBODY, **excluded}, **ENFORCED))["changed"]
    taken_away: Json = {"users": {option: [] for option in excluded}}
    assert "without an exclusion" in tenant.fails(MODULE, name="P", conditions=taken_away, purge_exclusions=True)
    assert not tenant(MODULE, name="P", **ENFORCED)["changed"]
    assert tenant(MODULE, name="P", **REPORTED)["changed"]


@pytest.mark.parametrize(
    ("users", "application", "platforms", "is_refused"),
    [
        ({"include_users": [LOGIN]}, "All", ["all"], True),
        ({"include_users": [LOGIN]}, "MicrosoftAdminPortals", ["windows", "macos"], True),
        ({"include_roles": ["Intune Administrator"]}, "All", ["linux"], True),
        ({**EVERYBODY, "exclude_groups": ["Emergency"]}, "All", ["all"], True),
        ({**EVERYBODY, "exclude_users": [LOGIN]}, "All", ["all"], False),
        ({**EVERYBODY, "exclude_roles": ["Intune Administrator"], "exclude_groups": ["Pilot"]}, "All", ["all"], False),
        ({"include_users": [LOGIN]}, "All", ["android", "ios"], False),
        ({"include_users": [LOGIN]}, "Office365", ["all"], False),
        (PILOT, "All", ["all"], False),
    ],
)
def test_a_user_does_not_lock_out_the_login(
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    users: Json,
    application: str,
    platforms: list[str],
    is_refused: bool,
) -> None:
    claims = {"scp": "Policy.Read.All", "oid": LOGIN, "upn": "admin@contoso.example", "wids": [ADMINISTRATOR]}
    monkeypatch.setattr(GraphSession, "token_claims", lambda *_more, **_further: claims)
    options = policy(users, application, **ENFORCED)
    options["conditions"]["platforms"] = {"include_platforms": platforms}
    if is_refused:
        assert "would be enforced for the login that makes it, admin@contoso.example" in tenant.fails(MODULE, **options)
        assert tenant.records(PATH) == []
        options["policy_state"] = REPORTED["policy_state"]
    assert tenant(MODULE, **options)["changed"]


def test_an_application_does_not_lock_out_itself(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = {"oid": LOGIN, "appid": "a", "roles": []}
    monkeypatch.setattr(GraphSession, "token_claims", lambda *_more, **_further: claims)
    own = {"client_applications": {"include_service_principals": ["ServicePrincipalsInMyTenant"]}}
    conditions = {"applications": {"include_applications": ["All"]}, **own}
    options: Json = {"name": "P", "conditions": conditions, "grant_controls": {"built_in_controls": ["block"]}}
    assert "the application a" in tenant.fails(MODULE, **options, **ENFORCED)
    own["client_applications"]["exclude_service_principals"] = [LOGIN]
    assert tenant(MODULE, **options, **ENFORCED)["changed"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "P", "conditions": {"users": EVERYBODY}}, "grant_controls, conditions.applications"),
        ({"name": "P", "policy_state": "disabled"}, "conditions"),
        (policy(EVERYBODY, grant_controls={"built_in_controls": ["block", "mfa"]}), "block cannot be combined"),
        (policy({"include_groups": ["Nobody"]}), "Nobody"),
        (with_flows({"built_in_controls": ["mfa"]}), "takes the grant control block only"),
        (with_flows({"built_in_controls": ["block"], "terms_of_use": ["x"]}), "takes the grant control block only"),
        (
            with_flows({"built_in_controls": ["block"]}, session_controls={"disable_resilience_defaults": True}),
            "no session_controls",
        ),
    ],
)
def test_what_is_no_policy_is_refused_before_any_write(tenant: Tenant, options: Json, said: str) -> None:
    assert said in tenant.fails(MODULE, **options)
    assert tenant.records(PATH) == []


def test_an_export_has_policies_only_if_it_names_them(tenant: Tenant, tmp_path: Path) -> None:
    tenant(MODULE, **policy({**EVERYBODY, "exclude_groups": ["Emergency"]}))
    tenant("intune_export", dest=str(tmp_path / "all"))
    assert not (tmp_path / "all" / "conditional_access_policies.yml").exists()
    tenant("intune_export", dest=str(tmp_path / "named"), resources=["groups", "conditional_access_policies"])
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (tmp_path / "named").glob("*.yml")]
    document = {key.removeprefix("intune_"): value for each in documents for key, value in each.items()}
    assert [item["name"] for item in document["groups"]] == ["Emergency"]
    assert not tenant("intune_configuration", configuration=document)["changed"]


def test_without_its_permissions_everything_else_works_and_the_refusal_names_them(
    tenant: Tenant, tmp_path: Path
) -> None:
    permit(tenant, *DEFAULT_PERMISSIONS)
    tenant("intune_export", dest=str(tmp_path))
    assert "Policy.Read.All" in tenant.fails(MODULE, **policy(EVERYBODY))


@pytest.mark.parametrize("may_read", [True, False])
def test_a_group_that_a_policy_names_stays(tenant: Tenant, may_read: bool) -> None:
    """Where policies may not be read, the other uses decide."""
    tenant("intune_group", name="G", created_by="us")
    tenant(MODULE, **policy({"include_users": ["All"], "exclude_groups": ["G"]}))
    if not may_read:
        permit(tenant, *DEFAULT_PERMISSIONS)
    result = tenant("intune_group", name="G", state="absent", created_by="us")
    assert result["changed"] is not may_read
    assert not may_read or result["kept_because"] == [{"reason": "referred_to", "by": ["'P'"]}]


@pytest.mark.provokes_bad_requests
@pytest.mark.parametrize("status", [400, 404])
def test_a_group_that_a_policy_names_stays_where_only_v1_has_policies(tenant: Tenant, status: int) -> None:
    tenant("intune_group", name="G", created_by="us")
    tenant(MODULE, **policy({"include_users": ["All"], "exclude_groups": ["G"]}))
    body = {"error": {"code": "BadRequest", "message": "Resource not found for the segment 'identity'."}}
    tenant.emulator.faults({"match": {"path": f"/beta/{PATH}"}, "action": {"status": status, "body": body}})
    result = tenant("intune_group", name="G", state="absent", created_by="us")
    assert result["kept_because"] == [{"reason": "referred_to", "by": ["'P'"]}]


def test_whom_others_excluded_stays_excluded(tenant: Tenant) -> None:
    users: Json = {"include_users": ["All"], "exclude_groups": ["Emergency"]}
    tenant(MODULE, **policy(users))
    theirs = tenant(MODULE, **policy({**users, "exclude_groups": ["Pilot"], "exclude_roles": ["Intune Administrator"]}))
    assert theirs["changed"]
    again = tenant(MODULE, **policy(users))
    assert not again["changed"]
    shown = again["conditional_access_policy"]["conditions"]["users"]
    assert "Emergency" in shown["exclude_groups"]
    assert len(shown["exclude_groups"]) == 2
    moved = tenant(MODULE, **policy({**users, "include_users": [], "include_groups": ["Pilot"]}))
    assert moved["conditional_access_policy"]["conditions"]["users"]["exclude_groups"] == ["Emergency"]
    exact = tenant(MODULE, **policy({**users, "exclude_roles": []}), purge_exclusions=True)
    assert exact["conditional_access_policy"]["conditions"]["users"].get("exclude_roles") in (None, [])


def test_whom_others_exclude_during_the_task_stays_excluded(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    users: Json = {"include_users": ["All"], "exclude_groups": ["Emergency"]}
    tenant(MODULE, **policy(users))
    meanwhile = [{"exclude_groups": ["Pilot"]}]

    def advice(*_arguments: Any) -> list[str]:
        while meanwhile:
            tenant(MODULE, **policy({**users, **meanwhile.pop()}))
        return []

    monkeypatch.setattr(ConditionalAccessPolicy, "advice", advice)
    result = tenant(MODULE, **policy({**users, "exclude_roles": ["Intune Administrator"]}))
    shown = result["conditional_access_policy"]["conditions"]["users"]
    assert "Emergency" in shown["exclude_groups"]
    assert len(shown["exclude_groups"]) == 2
    assert shown["exclude_roles"] == ["Intune Administrator"]


def test_a_frequency_that_is_newer_than_the_collection_is_left_to_graph() -> None:
    frequency = {"is_enabled": True, "type": "weeks", "value": 2}
    assert not list(problems({"session_controls": {"sign_in_frequency": frequency}}))
