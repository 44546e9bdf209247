# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the variables of the role harmony_onboarding, as far as that shows without any request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ...module_utils._devices.query import FleetQuery
from ...module_utils._engine.checks import check_new, check_options
from ...module_utils._engine.errors import InvalidOptions
from ...module_utils._engine.guards import refuse_malformed, refuse_wrong_forms
from ...module_utils._graph.errors import IntuneError
from ...module_utils._resources.certificate_profile import check_authority, to_der
from ...module_utils._resources.table import BY_PLURAL
from ...modules.intune_device_facts import MODULE as DEVICE_FACTS
from .names import unknown_names
from .plan import Objects
from .variables import PREFIX, STEPS, TITLES, Json, Run, Variables, is_own, is_true, name_of

_WHERE_TO_GET_VALUES = (
    "Check Point does not publish these values. Take them from your Harmony Mobile dashboard (Settings > Device "
    "Management) or ask Check Point support."
)
# Variables that limit what the role works on. An empty value, such as that of a template, would lift the limit.
_LIMITS = ("created_by", "expected_tenant_id", "platforms", "steps", "device_groups", "ios_filter", "android_filter")
_PLACEHOLDER = "REPLACE_ME"
_SPECS = {plural: resource.argument_spec for plural, resource in BY_PLURAL.items()}
_RESOURCES = {**BY_PLURAL, "companion_apps": BY_PLURAL["apps"]}
_PROFILE_ASSIGNMENTS = _SPECS["vpn_profiles"]["assignments"]
_APP_ASSIGNMENTS = _SPECS["apps"]["assignments"]
_GROUP = {"type": "dict", "options": {**_SPECS["groups"], "create": {"type": "bool", "default": True}}}
_RULES = ("ios", "android_work_profile", "android_device_owner")
# Variable -> the argument spec of the module's option that it is passed to.
_FORMS: Json = {
    "ios_group": _GROUP,
    "android_group": _GROUP,
    "exclusion_group": _GROUP,
    "ios_profile_assignments": _PROFILE_ASSIGNMENTS,
    "android_profile_assignments": _PROFILE_ASSIGNMENTS,
    "compliance_assignments": _SPECS["compliance_policies"]["assignments"],
    "ios_app_assignments": _APP_ASSIGNMENTS,
    "android_app_assignments": _APP_ASSIGNMENTS,
    "ios_app_settings": _APP_ASSIGNMENTS["options"]["settings"],
    "android_app_settings": _APP_ASSIGNMENTS["options"]["settings"],
    "ios_app_config_settings": _SPECS["app_configs"]["ios"]["options"]["settings"],
    "android_app_config_permissions": _SPECS["app_configs"]["android"]["options"]["permission_actions"],
    "vpn_ios": _SPECS["vpn_profiles"]["ios"],
    "connector_settings": {"type": "dict", "options": _SPECS["mtd_connectors"]},
    "compliance_actions": _SPECS["compliance_policies"]["scheduled_actions_for_rule"],
    "notification_messages": _SPECS["notification_templates"]["localized_notification_messages"],
    "app_protection_assignments": _SPECS["app_protection_policies"]["assignments"],
    "app_protection_settings": {
        "type": "dict",
        "options": {platform: _SPECS["app_protection_policies"][platform] for platform in TITLES},
    },
    "compliance_rules": {"type": "dict", "options": {name: _SPECS["compliance_policies"][name] for name in _RULES}},
    "device_filters": DEVICE_FACTS.spec["filters"],
}


def of_forms(variables: Variables, run: Run) -> list[str]:
    """Return what is wrong with single variables. All other checks need each variable in its right form."""
    return [
        *_unknown(variables, run),
        *_empty_limits(variables),
        *_empty_items(variables),
        *_placeholders(variables),
        *_of_wrong_form(variables),
    ]


def of_objects(variables: Variables, objects: Mapping[str, Objects], run: Run) -> list[str]:
    """Return contradictions between variables. If there is none, return what the modules would refuse."""
    found = [*_groups(variables), *_filters(variables)]
    if variables.is_onboarding:
        found += [
            *_targets(variables),
            *_compliance(variables),
            *_app_protection(variables),
            *_conditional_access(variables),
            *_apps(variables),
            *_app_configs(variables),
            *_certificate(variables, run.results.get("certificate") or {}),
            *_vpn(variables),
        ]
    return found or [*_refused_objects(objects), *_refused_reading(objects)]


# -- names, empty values and forms -------------------------------------------------------------------------------


def _unknown(variables: Variables, run: Run) -> Iterator[str]:
    yield from unknown_names(
        (PREFIX + name for name in variables.declared), (PREFIX + name for name in variables.defaults)
    )
    for tag in (*run.tags, *run.skip_tags):
        # Any other tag may be one of the play's own.
        similar = unknown_names([tag], [*STEPS, "preflight", "all", "tagged", "untagged", "always", "never"], "tag")
        yield from (sentence for sentence in similar if run.is_own_play or "Did you mean" in sentence)


def _empty_limits(variables: Variables) -> Iterator[str]:
    for name in _LIMITS:
        value = variables.declared.get(name, variables.defaults[name])
        if value is None and name != "created_by":  # without a tag, offboarding would not know what is its own
            continue
        if not (value.strip() if isinstance(value, str) else value):
            yield f"{PREFIX}{name} is empty. Give it a value, or leave it out."


def _empty_items(variables: Variables) -> Iterator[str]:
    for name, value in variables.declared.items():
        if not name.endswith("_properties"):
            items = ((path, leaf) for path, leaf in _leaves(PREFIX + name, value) if path.endswith("]"))
            yield from (f"{path} is empty." for path, leaf in items if leaf in (None, ""))


def _placeholders(variables: Variables) -> Iterator[str]:
    for name, value in variables.declared.items():
        if any(isinstance(leaf, str) and _PLACEHOLDER in leaf for _path, leaf in _leaves(name, value)):
            yield f"{PREFIX}{name} still holds the placeholder {_PLACEHOLDER}. {_WHERE_TO_GET_VALUES}"


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield each value in nested dictionaries and lists, with its path such as members[0]."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}", item)
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from _leaves(f"{path}[{place}]", item)
    else:
        yield path, value


def _of_wrong_form(variables: Variables) -> Iterator[str]:
    for name, default in variables.defaults.items():
        value = variables[name]
        if isinstance(value, str) and isinstance(default, list) and name not in ("platforms", "steps"):
            yield f"{PREFIX}{name}: must be a list, not text."
        elif isinstance(value, str) and isinstance(default, dict):
            yield f"{PREFIX}{name}: must be a dictionary, not text. The filter from_json turns JSON into one."
        elif name in _FORMS and value:
            checked = ArgumentSpecValidator({PREFIX + name: _FORMS[name]}).validate({PREFIX + name: value})
            yield from checked.error_messages


def _refused_objects(objects: Mapping[str, Objects]) -> Iterator[str]:
    """Yield what the modules would refuse without any request."""
    for plural, resource in _RESOURCES.items():
        for options in objects.get(plural, {}).values():
            checked = ArgumentSpecValidator(resource.argument_spec, **resource.constraints).validate(options)
            title = resource().describe(options)
            yield from (f"{title}: {message}." for message in checked.error_messages)
            try:
                refuse_wrong_forms(resource.argument_spec, options)
                if not checked.error_messages and "root_certificate_path" not in options:
                    check_new(resource(), check_options(resource(), checked.validated_parameters))
            except InvalidOptions as error:
                yield f"{title}: {_refusal(error)}"
            except IntuneError:
                pass  # the module reports it


def _refused_reading(objects: Mapping[str, Objects]) -> Iterator[str]:
    """Yield what the module that reads devices, at the end, would refuse without any request."""
    for options in objects.get("device_facts", {}).values():
        checked = ArgumentSpecValidator(DEVICE_FACTS.spec, **DEVICE_FACTS.constraints).validate(options)
        yield from (f"managed devices: {message}." for message in checked.error_messages)
        if not checked.error_messages:
            try:
                refuse_malformed(DEVICE_FACTS.options, checked.validated_parameters)
                FleetQuery.from_params(checked.validated_parameters)
            except InvalidOptions as error:
                yield f"managed devices: {_refusal(error)}"


def _refusal(error: InvalidOptions) -> str:
    # The role itself says that nothing was written.
    return str(error).replace(" This task wrote nothing.", "")


# -- contradictions ----------------------------------------------------------------------------------------------


def _groups(variables: Variables) -> Iterator[str]:
    for purpose, group in variables.groups.items():
        variable = f"{PREFIX}{purpose}_group"
        if bool(group.get("name")) == bool(group.get("id")):
            yield f"{variable}: exactly one of name and id is needed, or {{}} for no group."
        unused = sorted(set(group) - {"name", "id", "create"})
        if unused and not is_own(group):
            yield f"{variable}: {', '.join(unused)} cannot be declared for a group that the role does not create."
    ios, android = (variables.groups.get(platform, {}) for platform in TITLES)
    if ios.get("name") and ios.get("name") == android.get("name") and ios != android:
        yield (
            f"{PREFIX}ios_group and {PREFIX}android_group have the same name, but differ. Declare the shared group the "
            "same way in both."
        )


def _filters(variables: Variables) -> Iterator[str]:
    for platform in variables.platforms:
        if variables[f"{platform}_filter_rule"] and not variables[f"{platform}_filter"]:
            yield f"{PREFIX}{platform}_filter: a filter with {PREFIX}{platform}_filter_rule needs a name."


def _targets(variables: Variables) -> Iterator[str]:
    exclusion = name_of(variables.groups.get("exclusion", {}))
    for platform in variables.platforms:
        own = name_of(variables.groups.get(platform, {}))
        excluded = [*variables.items(f"{platform}_exclude_groups"), exclusion]
        for purpose in ("app", "profile"):
            variable = f"{platform}_{purpose}_assignments"
            yield from _repeated(
                variable, platform, [own, *excluded], variables.items(variable), f"{PREFIX}{platform}_group, "
            )
        for step in ("compliance", "app_protection"):
            items = variables.items(f"{step}_assignments") if step in variables.steps else []
            yield from _repeated(f"{step}_assignments", platform, excluded, items, "")


def _repeated(variable: str, platform: str, groups: Iterable[str], items: Iterable[Json], also: str) -> Iterator[str]:
    targets = [group for group in (*groups, *(item.get("group") for item in items)) if group]
    for target in sorted({target for target in targets if targets.count(target) > 1}):
        yield (
            f"{PREFIX}{variable}: together with {also}{PREFIX}{platform}_exclude_groups and {PREFIX}exclusion_group, "
            f"group '{target}' is listed more than once."
        )


def _compliance(variables: Variables) -> Iterator[str]:
    if "compliance" not in variables.steps:
        return
    if not variables["compliance_threat_level"]:
        yield (
            f"{PREFIX}compliance_threat_level: the step compliance needs the highest threat level of a compliant "
            "device: secured, low, medium or high."
        )
    for profile, rules in variables.options("compliance_rules").items():
        if {"device_threat_protection_required_security_level", "device_threat_protection_enabled"} & set(rules or {}):
            yield f"{PREFIX}compliance_rules: the threat level of {profile} is {PREFIX}compliance_threat_level."
    if "block" in [action.get("action_type") for action in variables.items("compliance_actions")]:
        yield (
            f"{PREFIX}compliance_actions: when to block a device is {PREFIX}compliance_block_after_days, not an action "
            "of its own."
        )


def _app_protection(variables: Variables) -> Iterator[str]:
    if "app_protection" not in variables.steps:
        return
    if not variables["app_protection_threat_level"]:
        yield (
            f"{PREFIX}app_protection_threat_level: the step app_protection needs the highest threat level with which a "
            "phone may use protected apps: secured, low, medium or high."
        )
    for platform, settings in variables.options("app_protection_settings").items():
        if {"maximum_allowed_device_threat_level", "mobile_threat_defense_remediation_action"} & set(settings or {}):
            names = f"{PREFIX}app_protection_threat_level and {PREFIX}app_protection_action"
            yield f"{PREFIX}app_protection_settings: the threat level of {platform} and its action are {names}."


def _conditional_access(variables: Variables) -> Iterator[str]:
    if "conditional_access" not in variables.steps:
        return
    excluded = variables.items("conditional_access_exclude_groups")
    if not excluded:
        yield (
            f"{PREFIX}conditional_access_exclude_groups: the step conditional_access needs the group of your emergency "
            "(break-glass) accounts, so that a mistake cannot lock everybody out."
        )
    if not variables.access_controls:
        yield (
            f"{PREFIX}conditional_access_controls: the step conditional_access needs what the policy requires: "
            "compliant_device, compliant_application or both. With the steps compliance or app_protection, the role "
            "chooses it."
        )
    groups = variables.items("conditional_access_groups")
    if is_true(variables["conditional_access_all_users"]) and groups:
        yield f"{PREFIX}conditional_access_groups and {PREFIX}conditional_access_all_users exclude each other."
    elif not groups and not any(name_of(variables.groups.get(platform, {})) for platform in variables.platforms):
        if not is_true(variables["conditional_access_all_users"]):
            yield (
                f"{PREFIX}conditional_access_groups: without groups of the platforms, the step conditional_access "
                f"needs groups of users, or {PREFIX}conditional_access_all_users: true."
            )
    for group in sorted(set(groups) & set(excluded)):
        yield f"{PREFIX}conditional_access_groups: '{group}' is also in {PREFIX}conditional_access_exclude_groups."


def _apps(variables: Variables) -> Iterator[str]:
    for step, variable in (("apps", "app"), ("companion_apps", "companion_app")):
        if step not in variables.steps:
            continue
        title = variable.replace("_", " ")
        if "ios" in variables.platforms and not variables[f"ios_{variable}_id"]:
            for name in ("name", "publisher", "store_url"):
                if not variables[f"ios_{variable}_{name}"]:
                    yield f"{PREFIX}ios_{variable}_{name} is needed to add the iOS {title}."
        is_given = variables[f"android_{variable}_id"] or variables[f"android_{variable}_package_id"]
        if "android" in variables.platforms and not is_given:
            yield f"{PREFIX}android_{variable}_package_id is needed to add the Android {title}."


def _app_configs(variables: Variables) -> Iterator[str]:
    if "app_config" not in variables.steps:
        return
    for setting in variables.items("ios_app_config_settings"):
        if (setting.get("value") is None) == (setting.get("secret_value") is None):
            key = setting.get("key")
            yield f"{PREFIX}ios_app_config_settings: '{key}' needs exactly one of value and secret_value."
    if variables["ios_app_config_xml"] and variables["ios_app_config_settings"] not in (
        None,
        variables.defaults["ios_app_config_settings"],
    ):
        yield f"{PREFIX}ios_app_config_settings and {PREFIX}ios_app_config_xml exclude each other."
    secret = variables.options("android_app_config_secret_properties")
    for key in variables.options("android_app_config_properties"):
        if key in secret:
            other = f"{PREFIX}android_app_config_secret_properties"
            yield f"{PREFIX}android_app_config_properties: '{key}' is also in {other}."


def _certificate(variables: Variables, found: Mapping[str, Any]) -> Iterator[str]:
    if "certificate" not in variables.steps:
        return
    if variables["certificate_path"] and variables["certificate"]:
        yield f"{PREFIX}certificate_path and {PREFIX}certificate exclude each other."
    if variables["certificate"]:
        try:
            check_authority(to_der(str(variables["certificate"]).encode()))
        except ValueError as error:
            yield f"{PREFIX}certificate cannot be used: {error}."
    if found.get("stat") and not found["stat"].get("exists"):
        yield f"{PREFIX}certificate_path: there is no file '{variables['certificate_path']}'."


def _vpn(variables: Variables) -> Iterator[str]:
    profiles = variables.profiles("vpn") if "vpn" in variables.steps else []
    ios = variables.options("vpn_ios")
    ios["server.address"] = (ios.get("server") or {}).get("address")
    needed = ["connection_name", "identifier", "authentication_method", "server.address"]
    needed += ["identity_certificate"] if ios.get("authentication_method") == "certificate" else []
    needed += ["provider_type"] if is_true(ios.get("enable_per_app")) else []
    missing = [name for name in needed if not ios.get(name)]
    if "ios" in profiles and missing:
        yield (
            f"{PREFIX}vpn_ios: the step vpn needs {', '.join(missing)}. {_WHERE_TO_GET_VALUES} Or leave ios out of "
            f"{PREFIX}vpn_platforms."
        )
    android = [profile for profile in profiles if profile != "ios"]
    if android and not variables["vpn_android_package_id"]:
        yield (
            f"{PREFIX}vpn_android_package_id: the step vpn needs the package name of the app that is the always-on "
            f"VPN. {_WHERE_TO_GET_VALUES} Or leave {' and '.join(android)} out of {PREFIX}vpn_platforms."
        )
