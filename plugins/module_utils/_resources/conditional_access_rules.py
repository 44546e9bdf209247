# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Combinations of a Conditional Access policy's options that Graph refuses.

https://learn.microsoft.com/graph/api/resources/conditionalaccessconditionset and the pages of its parts. An option that
is false, empty or undeclared takes no part in a rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Declared = Mapping[str, Any]
# Words that mean everybody, everything or nobody, by the end of the option's name.
_ALONE = {"users": ("all", "none"), "applications": ("all", "none"), "locations": ("all",), "platforms": ("all",)}
# https://registry.terraform.io/providers/hashicorp/azuread/latest/docs/resources/conditional_access_policy (required)
_WITH_INCLUDED = ("platforms", "locations")
_LONGEST = {"hours": 23, "days": 365}
_INSTEAD_OF_APPLICATIONS = ("include_user_actions", "include_authentication_context_class_references")


def problems(options: Declared) -> Iterator[str]:
    """Yield what contradicts itself in the options."""
    conditions, grant = options.get("conditions") or {}, options.get("grant_controls") or {}
    session = options.get("session_controls") or {}
    for part, words in _ALONE.items():
        yield from _included(f"conditions.{part}", part, conditions.get(part) or {}, words)
    types = conditions.get("client_app_types")
    if types == [] or ("all" in (types or ()) and len(set(types or ())) > 1):
        yield "conditions.client_app_types is all alone, or some of the others"
    yield from _applications(conditions.get("applications") or {})
    yield from _guests(conditions.get("users") or {})
    yield from _flows(conditions, grant, session)
    yield from _grant(grant)
    yield from _session(session, conditions)


def _included(path: str, part: str, declared: Declared, words: tuple[str, ...]) -> Iterator[str]:
    included, excluded = declared.get(f"include_{part}"), declared.get(f"exclude_{part}")
    alone = [item for item in included or () if str(item).lower() in words]
    if alone and len(set(included or ())) > 1:
        yield f"{path}.include_{part}: {alone[0]} cannot stand beside others"
    if part in _WITH_INCLUDED and excluded and not included:
        yield f"{path}.exclude_{part} needs include_{part}, such as [all]"
    if part == "platforms" and "all" in (excluded or ()):
        yield f"{path}.exclude_platforms: all would leave no platform"


def _applications(declared: Declared) -> Iterator[str]:
    found = [option for option in _INSTEAD_OF_APPLICATIONS if declared.get(option)]
    if declared.get("include_applications"):
        found.insert(0, "include_applications")
    if len(found) > 1:
        yield f"conditions.applications: {' and '.join(found)} exclude each other"


def _guests(declared: Declared) -> Iterator[str]:
    for option in ("include_guests_or_external_users", "exclude_guests_or_external_users"):
        guests = declared.get(option) or {}
        tenants = guests.get("external_tenants") or {}
        if guests.get("guest_or_external_user_types") == []:
            yield f"conditions.users.{option}: guest_or_external_user_types is empty"
        if tenants.get("membership_kind") == "enumerated" and not tenants.get("members"):
            yield f"conditions.users.{option}.external_tenants: membership_kind enumerated needs members"


def _flows(conditions: Declared, grant: Declared, session: Declared) -> Iterator[str]:
    """https://github.com/microsoft/Microsoft365DSC/issues/7119"""
    methods = set((conditions.get("authentication_flows") or {}).get("transfer_methods") or ()) - {"none"}
    others = [option for option, value in grant.items() if value and option not in ("operator", "built_in_controls")]
    if methods and (session or others or grant.get("built_in_controls") not in (None, ["block"])):
        yield "conditions.authentication_flows takes the grant control block only, and no session_controls"


def _grant(declared: Declared) -> Iterator[str]:
    controls = declared.get("built_in_controls") or []
    if "block" in controls and len(controls) > 1:
        yield "grant_controls: block cannot be combined with other built_in_controls"
    if "password_change" in controls and ("mfa" not in controls or declared.get("operator") in (None, "or")):
        yield "grant_controls: password_change needs mfa beside it, and operator: and"
    if declared.get("authentication_strength") and "mfa" in controls:
        yield "grant_controls: authentication_strength and the built_in_controls mfa exclude each other"


def _session(declared: Declared, conditions: Declared) -> Iterator[str]:
    browser, frequency = declared.get("persistent_browser") or {}, declared.get("sign_in_frequency") or {}
    applications = (conditions.get("applications") or {}).get("include_applications")
    is_persistent = browser and browser.get("is_enabled") is not False
    if browser.get("is_enabled") and not browser.get("mode"):
        yield "session_controls.persistent_browser needs mode"
    if is_persistent and applications and [str(item).lower() for item in applications] != ["all"]:
        yield "session_controls.persistent_browser needs conditions.applications.include_applications: [All]"
    if frequency.get("is_enabled") is False or frequency.get("frequency_interval") == "every_time":
        return
    if frequency.get("type") is None or frequency.get("value") is None:
        if frequency.get("is_enabled"):
            yield "session_controls.sign_in_frequency needs type and value, or frequency_interval: every_time"
    elif frequency["type"] in _LONGEST and not 1 <= frequency["value"] <= _LONGEST[frequency["type"]]:
        longest = f"{_LONGEST[frequency['type']]} {frequency['type']}"
        yield f"session_controls.sign_in_frequency: value must be between 1 and {longest}"
