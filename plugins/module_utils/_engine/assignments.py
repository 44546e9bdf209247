# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets an app, configuration or profile.

Graph's /assign replaces the whole list, so what others assigned is sent along with what the user declared
[graph facts: assignments].
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._graph.odata import is_guid
from .complex_fields import Complex
from .errors import InvalidOptions
from .fields import Enum
from .names import snake_case
from .references import Reference, ReferenceType, ResolvedNames

_NAMESPACE = "#microsoft.graph."
_GROUP = _NAMESPACE + "groupAssignmentTarget"
_EXCLUDED_GROUP = _NAMESPACE + "exclusionGroupAssignmentTarget"
ALL_DEVICES = _NAMESPACE + "allDevicesAssignmentTarget"
ALL_USERS = _NAMESPACE + "allLicensedUsersAssignmentTarget"
_POLICY_SETS = "policySets"
_FILTER_ID = "deviceAndAppManagementAssignmentFilterId"
_FILTER_TYPE = "deviceAndAppManagementAssignmentFilterType"

INTENTS = Enum("required", "available", "availableWithoutEnrollment", "uninstall")


@dataclass(frozen=True)
class Assignable:
    """How one resource takes assignments."""

    group_type: ReferenceType
    filter_type: ReferenceType
    entry_type: str
    # Graph type of the object -> entry type, where types of one resource differ.
    entry_types: Mapping[str, str] = field(default_factory=dict)
    body_key: str = "assignments"
    has_intent: bool = False
    # Graph type of the object -> the form of its assignment settings; a type that is absent takes none.
    settings: Mapping[str, Complex] = field(default_factory=dict)


Assignment = Mapping[str, Any]


def check(items: Sequence[Mapping[str, Any]], assignable: Assignable, graph_type: str | None) -> None:
    """Refuse contradictory assignments before any request. Raises InvalidOptions.

    graph_type is the type of the object, None when the options leave it open.
    """
    seen: dict[_Key, list[Mapping[str, Any]]] = {}
    for item in items:
        key = _declared_target(item)
        if not all(_stands_beside(item, other) for other in seen.setdefault(key, [])):
            raise InvalidOptions(f"assignments: {_spoken(key)} is listed more than once. List each target once.")
        seen[key].append(item)
        if item.get("exclude") and not item.get("group"):
            raise InvalidOptions("assignments: only a group can be excluded.")
        if item.get("exclude") and (item.get("filter") or item.get("settings")):
            raise InvalidOptions(
                f"assignments: {_spoken(key)} is excluded, and an exclusion takes neither a filter nor settings."
            )
        if item.get("filter_mode") in ("include", "exclude") and not item.get("filter"):
            raise InvalidOptions(f"assignments: filter_mode of {_spoken(key)} needs filter.")
        if item.get("settings") and not assignable.settings:
            raise InvalidOptions("assignments: settings are for apps only.")
        if item.get("settings") and graph_type:
            _check_settings(_settings_form(assignable, graph_type, item), item["settings"])


def _check_settings(form: Complex, settings: Mapping[str, Any]) -> None:
    try:
        form.check(settings)
    except ValueError as error:
        raise InvalidOptions(f"assignments: settings.{error}. This task wrote nothing.") from None


def references(items: Sequence[Mapping[str, Any]], assignable: Assignable, graph_type: str) -> list[Reference]:
    """Return what the assignments refer to; without a type, what they refer to whatever the object's type is."""
    found: list[Reference] = []
    for item in items:
        if item.get("group"):
            found.append(Reference(assignable.group_type, item["group"]))
        if item.get("filter") and item.get("filter_mode") != "none":
            found.append(Reference(assignable.filter_type, item["filter"]))
        if item.get("settings") and graph_type:
            found.extend(_settings_form(assignable, graph_type, item).references(item["settings"]))
    return found


@dataclass(frozen=True)
class AssignmentPlan:
    """The list to send to /assign, and whether it differs from what Graph has."""

    entries: list[dict[str, Any]]
    body_key: str
    added_groups: frozenset[str]
    # Those of the entries that Graph does not have already.
    differing: list[dict[str, Any]]
    changed: bool

    def without_groups(self, group_ids: set[str]) -> AssignmentPlan:
        entries = [entry for entry in self.entries if entry["target"].get("groupId") not in group_ids]
        return replace(self, entries=entries)


def plan(
    current: Sequence[Assignment],
    items: Sequence[Mapping[str, Any]],
    purge: bool,
    assignable: Assignable,
    graph_type: str,
    ids: ResolvedNames,
) -> AssignmentPlan:
    """Merge the declared assignments into the current ones. Raises InvalidOptions when two items mean one target."""
    merge = _Merge(purge, assignable, graph_type, ids, _intent_of_exclusions(current, items, ids))
    declared = _by_target(items, merge)
    by_target: dict[_Key, list[Assignment]] = {}
    for entry in current:
        by_target.setdefault(_target_key(entry.get("target") or {}), []).append(entry)
    entries: list[dict[str, Any]] = []
    differing: list[dict[str, Any]] = []
    added: set[str] = set()
    is_changed = False
    for key in {**by_target, **declared}:
        for item, existing in _pairs(declared.get(key, ()), by_target.get(key, ())):
            merged, differs = merge.merged(item, existing)
            entries += merged
            is_changed = is_changed or differs
            if item and differs:
                differing += merged[:1]
            if merged and key not in by_target:
                added.add(key[1])
    return AssignmentPlan(entries, assignable.body_key, frozenset(added - {""}), differing, is_changed)


def _pairs(
    items: Sequence[Mapping[str, Any]], current: Sequence[Assignment]
) -> Iterator[tuple[Mapping[str, Any] | None, Sequence[Assignment]]]:
    """Yield what is declared of one target with the current assignments that it is about; an inclusion and an exclusion
    of it are each about their own.
    """
    if len(items) < 2:
        yield (items[0] if items else None), current
        return
    for item in items:
        yield item, [entry for entry in current if excludes(entry) == excludes(item)]


def distinct(entries: Iterable[Assignment]) -> list[Assignment]:
    """Return the assignments of different targets. Where somebody has assigned directly what a policy set assigns too,
    Graph lists both, and does not take both [Microsoft365DSC issue 3058].
    """
    kept: dict[_Key, list[Assignment]] = {}
    for entry in sorted(entries, key=lambda entry: entry.get("source") == _POLICY_SETS):
        others = kept.setdefault(_target_key(entry.get("target") or {}), [])
        if entry.get("source") != _POLICY_SETS or all(_stands_beside(entry, other) for other in others):
            others.append(entry)
    return [entry for found in kept.values() for entry in found]


def _intent_of_exclusions(current: Sequence[Assignment], items: Sequence[Mapping[str, Any]], ids: ResolvedNames) -> str:
    """An exclusion that is new has the intent of the inclusions, if they share one."""
    included = [item for item in items if not item.get("exclude") and item.get("state") != "absent"]
    intents = {item.get("intent") or "required" for item in included} or {
        INTENTS.show(entry["intent"], ids) for entry in current if entry.get("intent") and not excludes(entry)
    }
    return intents.pop() if len(intents) == 1 else "required"


def _by_target(items: Sequence[Mapping[str, Any]], merge: _Merge) -> dict[_Key, list[Mapping[str, Any]]]:
    declared: dict[_Key, list[Mapping[str, Any]]] = {}
    for item in items:
        others = declared.setdefault(_target_key(merge.target(item, {})), [])
        if not all(_stands_beside(item, other) for other in others):
            raise InvalidOptions(f"assignments: '{item.get('group')}' is listed more than once, by name and by id.")
        others.append(item)
    return declared


def unfit(
    entries: Iterable[Assignment], assignable: Assignable, graph_type: str, filters: Mapping[str, Assignment]
) -> Iterator[str]:
    """Yield which assignments Intune is known to refuse, or not to carry out; filters are objects by their ids."""
    for entry in entries:
        target = entry["target"]
        if odata_type(target) == ALL_DEVICES and str(entry.get("intent")).startswith("available"):
            # https://learn.microsoft.com/en-us/intune/intune-service/apps/apps-deploy
            yield "assignments: an app is available to users, not to all devices: use all_users or a group"
        if odata_type(target) == ALL_DEVICES and graph_type in assignable.entry_types:
            yield "assignments: managed apps get their configuration by user: use all_users or a group, not all_devices"
        used = filters.get(_lower(target.get(_FILTER_ID)))
        if used and used.get("platform"):
            yield from _unfit_filter(used, graph_type, graph_type in assignable.entry_types)


# https://github.com/deploymenttheory/terraform-provider-microsoft365/pull/3696
_INSTALLING = ("required", "available")
_OF_INTENTS = {
    "isRemovable": ("required",),
    "uninstallOnDeviceRemoval": _INSTALLING,
    "preventManagedAppBackup": _INSTALLING,
}


def _unfit_settings(settings: Mapping[str, Any], intent: Any) -> list[str]:
    """Return which settings Intune refuses for an intent; available without enrollment is available too."""
    taken = [name for name in _OF_INTENTS if settings.get(name) is not None and intent]
    return [name for name in taken if not _lower(intent).startswith(_OF_INTENTS[name])]


def lonely(entries: Iterable[Assignment]) -> dict[str, str]:
    """Return the groups that are excluded with an intent that no inclusion has, and the intent
    [graph facts: included and excluded groups].
    """
    listed = list(entries)
    included = {_lower(entry.get("intent")) for entry in listed if not excludes(entry)}
    return {
        str(entry["target"]["groupId"]): str(entry["intent"])
        for entry in listed
        if included and excludes(entry) and entry.get("intent") and _lower(entry["intent"]) not in included
    }


def _unfit_filter(used: Assignment, graph_type: str, is_for_apps: bool) -> Iterator[str]:
    platform, family = str(used["platform"]), _family(graph_type)
    described = f"assignments: filter '{used.get('displayName') or used['id']}' is for {snake_case(platform)}"
    if family and _family(platform) != family:
        yield f"{described}, not for {snake_case(graph_type)}"
    managed_apps = platform.endswith("MobileApplicationManagement") or (
        _lower(used.get("assignmentFilterManagementType")) == "apps"
    )
    # Store apps for managed apps may be assigned to enrolled devices as well.
    if managed_apps != is_for_apps and not graph_type.startswith("managed"):
        one, other = ("managed apps", "managed devices") if managed_apps else ("managed devices", "managed apps")
        yield f"{described} ({one}), and {snake_case(graph_type)} is for {other}"


# The start of the name of a type or of a filter's platform -> the family of platforms it is of.
_FAMILIES = {"aosp": "android", "office": "win", "microsoft": "win"}
_FAMILY = re.compile("(?:managed)?(ios|android|aosp|mac|win|office|microsoft)", re.IGNORECASE)


def _family(name: str) -> str | None:
    found = _FAMILY.match(name)
    return _FAMILIES.get(found.group(1).lower(), found.group(1).lower()) if found else None


_Key = tuple[str, str]


@dataclass(frozen=True)
class _Merge:
    """How declared assignments become entries of the list, in view of the current ones of the same target."""

    purge: bool
    assignable: Assignable
    graph_type: str
    ids: ResolvedNames
    exclusion_intent: str

    def merged(
        self, item: Mapping[str, Any] | None, current: Sequence[Assignment]
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return the entries to send, and whether they differ from the current ones. The declared one comes first."""
        if item is None:
            # What a policy set assigned belongs to the policy set; a purge leaves it alone.
            kept = [entry for entry in current if not self.purge or entry.get("source") == _POLICY_SETS]
            return [_as_sent(entry) for entry in distinct(kept)], len(kept) < len(current)
        if item.get("state") == "absent":
            return [], bool(current)
        if not current:
            return [self.entry(item, {})], True
        current = distinct(current)
        match = _closest(item, current, self.ids)
        entry = self.entry(item, match)
        beside = [] if self.purge else [other for other in current if _stands_beside(other, entry)]
        is_same = len(current) == 1 + len(beside) and _matches(entry, match, self.assignable, self.graph_type)
        return [entry, *map(_as_sent, beside)], not is_same

    def target(self, item: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
        if item.get("group"):
            target = {
                "@odata.type": _EXCLUDED_GROUP if item.get("exclude") else _GROUP,
                "groupId": self.ids.id_of(Reference(self.assignable.group_type, item["group"])),
            }
        else:
            target = {"@odata.type": ALL_DEVICES if item.get("all_devices") else ALL_USERS}
        return target if item.get("exclude") else {**target, **self._filter(item, current)}

    def _filter(self, item: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
        """A filter that is not declared stays as it is, unless the list is to be exact."""
        has_filter = current.get(_FILTER_ID) and str(current.get(_FILTER_TYPE, "none")).lower() != "none"
        if item.get("filter_mode") == "none":
            return {}
        if item.get("filter"):
            filter_id = self.ids.id_of(Reference(self.assignable.filter_type, item["filter"]))
            is_kept = has_filter and _lower(current[_FILTER_ID]) == _lower(filter_id)
            kept_mode = current.get(_FILTER_TYPE) if is_kept else None
            return {_FILTER_ID: filter_id, _FILTER_TYPE: item.get("filter_mode") or kept_mode or "include"}
        if has_filter and not self.purge:
            return {_FILTER_ID: current[_FILTER_ID], _FILTER_TYPE: current[_FILTER_TYPE]}
        return {}

    def entry(self, item: Mapping[str, Any], current: Assignment) -> dict[str, Any]:
        entry = {
            "@odata.type": self.assignable.entry_types.get(self.graph_type, self.assignable.entry_type),
            "target": self.target(item, current.get("target") or {}),
        }
        if self.assignable.has_intent:
            default = self.exclusion_intent if item.get("exclude") else "required"
            entry["intent"] = INTENTS.encode(item.get("intent") or current.get("intent") or default, None, self.ids)
        elif current.get("intent"):
            entry["intent"] = current["intent"]
        kept = dict(current.get("settings") or {})
        if _lower(entry.get("intent")) != _lower(current.get("intent")):
            # What Intune refuses for the new intent does not stay.
            for name in _unfit_settings(kept, entry.get("intent")):
                del kept[name]
        settings = self._settings(item, kept)
        for name in _unfit_settings(settings or {}, entry.get("intent")):
            if settings[name] != kept.get(name):
                intents = " and ".join(_OF_INTENTS[name])
                raise InvalidOptions(
                    f"assignments: {snake_case(name)} is for the intent {intents}, not for "
                    f"{snake_case(str(entry['intent']))}. This task wrote nothing."
                )
        return {**entry, "settings": settings} if settings else entry

    def _settings(self, item: Mapping[str, Any], current: Mapping[str, Any]) -> Any:
        if not item.get("settings"):
            return None if item.get("exclude") else _without_nulls(current)
        form = _settings_form(self.assignable, self.graph_type, item)
        _check_settings(form, item["settings"])
        # Settings of another type (declarative management has types of its own) are replaced: their parts do not fit
        # this one.
        is_alike = odata_type(current) in ("", form.odata_type)
        return form.encode(item["settings"], current if is_alike else None, self.ids)


def _closest(item: Mapping[str, Any], current: Sequence[Assignment], ids: ResolvedNames) -> Assignment:
    """The one of several assignments of a group that an item means."""
    goal = (bool(item.get("exclude")), _lower(INTENTS.encode(item.get("intent"), None, ids)))
    return max(current, key=lambda entry: (excludes(entry) == goal[0], _lower(entry.get("intent")) == goal[1]))


def _stands_beside(current: Assignment, declared: Assignment) -> bool:
    """An app may be for a group by one intent and exclude it from another [MSEndpointMgr/IntuneWin32App issue 101]."""
    intents = {_lower(current.get("intent")), _lower(declared.get("intent"))}
    return excludes(current) != excludes(declared) and None not in intents and len(intents) == 2


def excludes(entry: Assignment) -> bool:
    """Whether an assignment, or what an option declares as one, is an exclusion."""
    return bool(entry.get("exclude")) or odata_type(entry.get("target") or {}) == _EXCLUDED_GROUP


def shown_by(
    planned: Sequence[Assignment],
    current: Sequence[Assignment],
    before: Sequence[Assignment],
    assignable: Assignable,
    graph_type: str,
) -> bool:
    """Return whether Graph shows what was sent instead of the earlier assignments; it may add defaults to the settings.

    Any other assignment was added by others since.
    """
    left = list(current)
    for entry in planned:
        match = next((other for other in left if _matches(entry, other, assignable, graph_type)), None)
        if match is None:
            return False
        left.remove(match)
    return not any(_matches(entry, other, assignable, graph_type) for entry in left for other in before)


def united(current: Sequence[Assignment], more: Sequence[Assignment]) -> list[Assignment]:
    """Return the current assignments, and more of other targets."""
    targets = {_target_key(entry.get("target") or {}) for entry in current}
    return [*current, *(entry for entry in more if _target_key(entry.get("target") or {}) not in targets)]


def has_others(current: Sequence[Assignment], planned: Sequence[Assignment]) -> bool:
    """Whether one of the current assignments has a target that is not planned."""
    targets = {_target_key(entry["target"]) for entry in planned}
    return any(_target_key(entry.get("target") or {}) not in targets for entry in current)


def show(
    entries: Sequence[Assignment], assignable: Assignable, graph_type: str, ids: ResolvedNames
) -> list[dict[str, Any]]:
    """Return assignments in the form of the option, in a stable order."""
    shown = [_shown(entry, assignable, graph_type, ids) for entry in distinct(entries)]
    return sorted(shown, key=lambda item: (str(item.get("group", "")), repr(sorted(item.items(), key=str))))


def referred_ids(entries: Sequence[Assignment]) -> tuple[set[str], set[str]]:
    """Return the ids of the groups and of the filters in a list of assignments."""
    targets = [entry.get("target") or {} for entry in entries]
    return (
        {str(target["groupId"]) for target in targets if target.get("groupId")},
        {str(target[_FILTER_ID]) for target in targets if target.get(_FILTER_ID)},
    )


def are_missing(raw: Mapping[str, Any]) -> bool:
    """Whether an object came without its assignments, or with some of them only."""
    return raw.get("assignments") is None or bool(raw.get("assignments@odata.nextLink"))


def odata_type(value: Mapping[str, Any]) -> str:
    """Return the type of a target or of settings; a service may leave the # out."""
    return "#" + str(value["@odata.type"]).lstrip("#") if value.get("@odata.type") else ""


def _declared_target(item: Mapping[str, Any]) -> tuple[str, str]:
    targets = [
        (name, str(item[name]) if name == "group" else "")
        for name in ("group", "all_devices", "all_users")
        if item.get(name)
    ]
    if len(targets) != 1:
        raise InvalidOptions("assignments: each item needs exactly one of group, all_devices: true, all_users: true.")
    target_type, text = targets[0]
    return target_type, text.lower() if is_guid(text) else text


def _spoken(key: tuple[str, str]) -> str:
    return f"group '{key[1]}'" if key[0] == "group" else key[0]


def _target_key(target: Mapping[str, Any]) -> tuple[str, str]:
    """An inclusion and an exclusion of one group are one target: with one intent, or without, Graph keeps only one of
    them.
    """
    target_type = odata_type(target)
    if target_type in (_GROUP, _EXCLUDED_GROUP):
        return "group", str(target.get("groupId", "")).lower()
    if target_type in (ALL_DEVICES, ALL_USERS):
        return target_type, ""
    # What identifies a target of an unknown type: not the filter, and not the nulls that Graph adds.
    return "other", repr(
        sorted(
            (key, _lower(value))
            for key, value in target.items()
            if value is not None and key not in (_FILTER_ID, _FILTER_TYPE)
        )
    )


def _settings_form(assignable: Assignable, graph_type: str, item: Mapping[str, Any]) -> Complex:
    form = assignable.settings.get(graph_type, Complex())
    unfit = sorted(_unknown(form, item["settings"]))
    if unfit:
        raise InvalidOptions(
            f"assignments: an app of type {snake_case(graph_type)} takes no settings called "
            f"{', '.join(unfit)}. This task wrote nothing."
        )
    return form


def _unknown(form: Complex, value: Mapping[str, Any]) -> Iterator[str]:
    """Yield the options that have a value and no field, those of nested options included."""
    field_types = {field.option: field.type for field in form.fields}
    for option, declared in value.items():
        field_type = field_types.get(option)
        if declared is not None and field_type is None:
            yield option
        elif isinstance(field_type, Complex) and declared:
            yield from (f"{option}.{name}" for name in _unknown(field_type, declared))


def _as_sent(entry: Assignment) -> dict[str, Any]:
    """Somebody else's assignment in the form /assign takes: without ids and without what only Graph writes."""
    kept = ("@odata.type", "intent", "target", "settings")
    return dict(_without_nulls({key: entry[key] for key in kept if key in entry}))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


def _matches(entry: Assignment, current: Assignment, assignable: Assignable, graph_type: str) -> bool:
    """Whether an existing assignment matches entry."""
    settings, current_settings = entry.get("settings"), current.get("settings")
    form = assignable.settings.get(graph_type)
    is_alike = not form or not settings or form.equal(settings, current_settings)
    # Where no intent is declared, Graph may fill in one [graph facts: assignments].
    shown = current if entry.get("intent") else {**current, "intent": None}
    return _goal(entry) == _goal(shown) and is_alike


def _goal(entry: Assignment) -> tuple[Any, ...]:
    """Who gets what, without the settings."""
    target = entry.get("target") or {}
    mode = _lower(target.get(_FILTER_TYPE) or "none")
    return (
        _target_key(target),
        odata_type(target),
        mode,
        _lower(target.get(_FILTER_ID)) if mode != "none" else None,
        _lower(entry.get("intent")),
    )


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _shown(entry: Assignment, assignable: Assignable, graph_type: str, ids: ResolvedNames) -> dict[str, Any]:
    target = entry.get("target") or {}
    target_type = odata_type(target)
    shown: dict[str, Any] = {}
    if target_type in (_GROUP, _EXCLUDED_GROUP):
        shown["group"] = ids.name_of(assignable.group_type, str(target.get("groupId")))
    elif target_type == ALL_DEVICES:
        shown["all_devices"] = True
    elif target_type == ALL_USERS:
        shown["all_users"] = True
    else:
        shown["target"] = {key: value for key, value in target.items() if value is not None}
    if target_type == _EXCLUDED_GROUP:
        shown["exclude"] = True
    if assignable.has_intent and entry.get("intent"):
        shown["intent"] = INTENTS.show(entry["intent"], ids)
    if target.get(_FILTER_ID) and _lower(target.get(_FILTER_TYPE)) not in (None, "none"):
        shown["filter"] = ids.name_of(assignable.filter_type, str(target[_FILTER_ID]))
        shown["filter_mode"] = _lower(target[_FILTER_TYPE])
    form = assignable.settings.get(graph_type)
    settings = form.show(form.without_newer(entry.get("settings")), ids) if form else None
    if settings:
        shown["settings"] = settings
    return shown
