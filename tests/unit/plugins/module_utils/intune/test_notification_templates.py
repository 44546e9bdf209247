# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notification message templates, whose messages are objects below them, and the policies that name them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.plugins.module_utils.intune.conftest import Tenant

Json = dict[str, Any]
MODULE = "intune_notification_template"
INTERNAL = "EnrollmentNotificationInternalMEO"
ENGLISH: Json = {"locale": "en-us", "subject": "Unsafe", "message_template": "Open the app.", "is_default": True}
GERMAN: Json = {"locale": "de-de", "subject": "Unsicher", "message_template": "App öffnen."}
FRENCH: Json = {"locale": "fr-fr", "subject": "Danger", "message_template": "Ouvrez."}
POLICY: Json = {
    "name": "P",
    "ios": {"passcode_required": True},
    "scheduled_actions_for_rule": [
        {"action_type": "block"},
        {"action_type": "notification", "notification_template": "T"},
    ],
}


def messages(*items: Json) -> Json:
    return {"name": "T", "localized_notification_messages": list(items)}


def shown(tenant: Tenant) -> dict[str, Json]:
    """The messages that the tenant has, by locale."""
    (template,) = tenant(f"{MODULE}_info", name="T")["notification_templates"]
    return {message["locale"]: message for message in template["localized_notification_messages"]}


def writes(tenant: Tenant) -> list[str]:
    """What was written below templates, as method and last part of the path."""
    return [
        f"{entry['method']} {entry['path'].rpartition('/')[2].rpartition('_')[2]}"
        for entry in tenant.emulator.journal()
        if entry["method"] != "GET" and "localizedNotificationMessages" in entry["path"]
    ]


def test_messages_are_created_with_their_template_and_a_second_run_changes_nothing(tenant: Tenant) -> None:
    options = {**messages(GERMAN, ENGLISH), "branding_options": ["include_company_logo", "include_company_name"]}
    assert tenant(MODULE, **options)["changed"]
    assert not tenant(MODULE, **options)["changed"]
    assert not tenant(MODULE, **messages({**ENGLISH, "locale": "en-US"}, GERMAN))["changed"]
    assert shown(tenant) == {"en-us": ENGLISH, "de-de": {**GERMAN, "is_default": False}}
    info = tenant(f"{MODULE}_info", name="T")
    assert next(iter(info["details"].values()))["default_locale"] == "en-us"
    assert info["notification_templates"][0]["branding_options"] == ["include_company_logo", "include_company_name"]


def test_only_messages_that_differ_are_written(tenant: Tenant) -> None:
    tenant(MODULE, **messages(ENGLISH, GERMAN))
    tenant.emulator.journal(clear=True)
    assert tenant(MODULE, **messages(ENGLISH, {**GERMAN, "subject": "Neu"}))["changed"]
    assert writes(tenant) == ["PATCH de-de"]


def test_the_default_moves_to_another_message_before_its_old_one_is_deleted(tenant: Tenant) -> None:
    tenant(MODULE, **messages(ENGLISH, GERMAN))
    tenant.emulator.journal(clear=True)
    assert tenant(MODULE, **messages({**GERMAN, "is_default": True}, FRENCH))["changed"]
    assert writes(tenant) == ["PATCH de-de", "POST localizedNotificationMessages", "DELETE en-us"]
    assert shown(tenant) == {"de-de": {**GERMAN, "is_default": True}, "fr-fr": {**FRENCH, "is_default": False}}
    tenant(MODULE, **messages(ENGLISH, GERMAN))
    assert shown(tenant)["en-us"]["is_default"]


def test_a_task_without_messages_leaves_them_alone(tenant: Tenant) -> None:
    tenant(MODULE, **messages(ENGLISH))
    assert tenant(MODULE, name="T", description="d")["changed"]
    assert shown(tenant) == {"en-us": ENGLISH}


def test_check_mode_predicts_messages_and_writes_none(tenant: Tenant) -> None:
    tenant(MODULE, **messages(ENGLISH))
    result = tenant(MODULE, check=True, **messages(ENGLISH, GERMAN))
    assert result["changed"]
    assert shown(tenant) == {"en-us": ENGLISH}


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([GERMAN], "needs exactly one message with is_default=true"),
        ([ENGLISH, {**GERMAN, "is_default": True}], "needs exactly one message with is_default=true"),
        ([ENGLISH, {**ENGLISH, "locale": "EN-us", "is_default": False}], "several messages for the locale en-us"),
        ([{**ENGLISH, "locale": "English (US)"}], "must be a locale such as en-us"),
        ([{**ENGLISH, "locale": ""}], "must be a locale such as en-us"),
        ([{**ENGLISH, "subject": " "}], "empty subject or message_template for the locale en-us"),
    ],
)
def test_messages_that_do_not_go_together_are_refused(tenant: Tenant, items: list[Json], said: str) -> None:
    assert said in tenant.fails(MODULE, **messages(*items))


def test_a_message_whose_answer_is_lost_is_not_created_twice(tenant: Tenant) -> None:
    tenant(MODULE, name="T")
    lost = {
        "match": {"method": "POST", "path": "localizedNotificationMessages$"},
        "action": {"drop_after_execute": True},
    }
    tenant.emulator.faults({**lost, "times": 1})
    assert tenant(MODULE, **messages(ENGLISH, GERMAN))["changed"]
    assert sorted(shown(tenant)) == ["de-de", "en-us"]


def test_a_document_creates_a_template_before_the_policy_that_names_it(tenant: Tenant, tmp_path: Path) -> None:
    document = {"compliance_policies": [POLICY], "notification_templates": [messages(ENGLISH)]}
    assert tenant("intune_configuration", configuration=document)["changed"]
    assert not tenant("intune_configuration", configuration=document)["changed"]
    (policy,) = tenant("intune_compliance_policy_info", name="P")["compliance_policies"]
    assert policy["scheduled_actions_for_rule"][1]["notification_template"] == "T"
    tenant("intune_export", dest=str(tmp_path), resources=["notification_templates", "compliance_policies"])
    exported = {
        key.removeprefix("intune_"): value
        for path in tmp_path.glob("*.yml")
        for key, value in yaml.safe_load(path.read_text(encoding="utf-8")).items()
    }
    (template,) = [each for each in exported["notification_templates"] if each["name"] == "T"]
    assert template["localized_notification_messages"] == [ENGLISH]
    assert not tenant("intune_configuration", configuration=exported)["changed"]


def test_a_template_that_a_policy_of_others_uses_stays(tenant: Tenant) -> None:
    ours = {**messages(ENGLISH), "created_by": "ours"}
    tenant(MODULE, **ours)
    tenant("intune_compliance_policy", **POLICY)
    result = tenant(MODULE, **ours, state="absent")
    assert not result["changed"]
    assert result["kept_because"] == [{"reason": "referred_to", "by": ["'P'"]}]
    assert tenant("intune_compliance_policy", name="P", state="absent")["changed"]
    assert tenant(MODULE, **ours, state="absent")["changed"]


def test_a_group_that_a_policy_of_others_sends_its_mail_to_stays(tenant: Tenant) -> None:
    tenant("intune_group", name="Mail", created_by="ours")
    tenant(MODULE, **messages(ENGLISH))
    block, mail = POLICY["scheduled_actions_for_rule"]
    actions = [block, {**mail, "notification_message_cc_list": ["Mail"]}]
    tenant("intune_compliance_policy", **{**POLICY, "scheduled_actions_for_rule": actions})
    result = tenant("intune_group", name="Mail", created_by="ours", state="absent")
    assert result["kept_because"] == [{"reason": "referred_to", "by": ["'P'"]}]


def test_the_template_of_the_service_is_shown_and_neither_changed_nor_deleted_nor_exported(
    tenant: Tenant, tmp_path: Path
) -> None:
    (template,) = tenant(f"{MODULE}_info", name=INTERNAL)["notification_templates"]
    for found in ({"name": INTERNAL}, {"id": template["id"]}):
        for change in ({"description": "d"}, {"state": "absent"}):
            assert "belongs to Microsoft Intune and is only read" in tenant.fails(MODULE, **found, **change)
    tenant("intune_export", dest=str(tmp_path), resources=["notification_templates"])
    assert INTERNAL not in (tmp_path / "notification_templates.yml").read_text(encoding="utf-8")
