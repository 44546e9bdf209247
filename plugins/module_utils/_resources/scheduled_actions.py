# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Intune does with a device that does not comply, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._engine.complex_fields import Complex, ComplexList
from .._engine.fields import Enum, Field, Number
from .._engine.reference_fields import NamedReference, NamedReferences
from .._engine.references import ReferenceType, ResolvedNames
from .reference_types import GROUP, NOTIFICATION_TEMPLATE

_ACTIONS = Enum(
    "noAction",
    "notification",
    "block",
    "retire",
    "wipe",
    "removeResourceAccessProfiles",
    "pushNotification",
    "remoteLock",
)

_DAY = 24


class _Template(NamedReference):
    """The id of a message template; Graph says "none" by an empty text or by a GUID of zeros."""

    def linked(self, value: Any) -> Iterable[tuple[ReferenceType, str]]:
        return super().linked(self._id(value))

    def equal(self, desired: Any, current: Any) -> bool:
        return self._id(desired) == self._id(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return super().show(self._id(value), ids)

    @staticmethod
    def _id(value: Any) -> str | None:
        return str(value).lower() if str(value or "").strip("0-") else None


class _ScheduledActions(ComplexList):
    """scheduledActionsForRule: one rule, called PasswordRequired whatever it is about, with all actions.

    https://learn.microsoft.com/graph/api/resources/intune-deviceconfig-devicecompliancescheduledactionforrule
    """

    def __init__(self) -> None:
        item = Complex(
            Field("action_type", "actionType", _ACTIONS, required=True),
            Field("grace_period_hours", "gracePeriodHours", Number(0, 365 * _DAY)),
            Field("notification_template", "notificationTemplateId", _Template(NOTIFICATION_TEMPLATE)),
            Field("notification_message_cc_list", "notificationMessageCCList", NamedReferences(GROUP)),
            defaults={"gracePeriodHours": 0, "notificationTemplateId": "", "notificationMessageCCList": []},
        )
        super().__init__(item, ordered=False)
        self.shape = [{"scheduledActionConfigurations": [item.shape]}]

    def argument(self) -> dict[str, Any]:
        argument = super().argument()
        options = {**argument["options"], "grace_period_days": {"type": "int"}}
        return {**argument, "options": options, "mutually_exclusive": [("grace_period_days", "grace_period_hours")]}

    def check(self, value: Any) -> None:
        for item in value:
            days = item.get("grace_period_days")
            if days is not None and not 0 <= days <= 365:
                raise ValueError(f"grace_period_days must be between 0 and 365, not {days}")
        super().check([_in_hours(item) for item in value])
        blocks = [item for item in value if item["action_type"] == "block"]
        if len(blocks) != 1:
            raise ValueError(
                "needs exactly one action of the type block, which says when a device is marked as "
                f"noncompliant, and has {len(blocks)}"
            )
        for item in value:
            is_mail = item["action_type"] == "notification"
            if is_mail and not item.get("notification_template"):
                raise ValueError("needs notification_template for an action of the type notification")
            if not is_mail and (item.get("notification_template") or item.get("notification_message_cc_list")):
                raise ValueError(
                    "takes notification_template and notification_message_cc_list for the type notification "
                    f"only, not for {item['action_type']}"
                )

    def linked(self, value: Any) -> Iterable[tuple[ReferenceType, str]]:
        return super().linked(_configurations(value))

    def newer(self, value: Any) -> Iterable[str]:
        return super().newer(_configurations(value))

    def unset(self, current: Any) -> Any:
        return self.encode([{"action_type": "block"}], None, ResolvedNames())

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return _rules(super().encode([_in_hours(item) for item in value], None, ids))

    def equal(self, desired: Any, current: Any) -> bool:
        return super().equal(_configurations(desired), _configurations(current))

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        """In the order of time; in days, unless the task speaks of hours or the time is no whole day."""
        says_hours = any(item.get("grace_period_hours") is not None for item in declared or [])
        shown = []
        for item in super().show(_configurations(value), ids):
            hours = item.pop("grace_period_hours", 0)
            time = {"grace_period_hours": hours} if says_hours or hours % _DAY else {"grace_period_days": hours // _DAY}
            shown.append((hours, {**{key: part for key, part in item.items() if part not in (None, [])}, **time}))
        return [item for _hours, item in sorted(shown, key=lambda pair: (pair[0], repr(pair[1])))]

    def is_whole(self, value: Any) -> bool:
        return all("scheduledActionConfigurations" in rule for rule in value or [])

    def resent(self, value: Any) -> Any:
        names = [object_type.graph for object_type in self.item.fields]
        return _rules(
            [{name: item[name] for name in names if item.get(name) is not None} for item in _configurations(value)]
        )


def _rules(configurations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"ruleName": "PasswordRequired", "scheduledActionConfigurations": configurations}]


def _configurations(rules: Any) -> list[dict[str, Any]]:
    return [item for rule in rules or [] for item in rule.get("scheduledActionConfigurations") or []]


def _in_hours(item: Mapping[str, Any]) -> dict[str, Any]:
    days = item.get("grace_period_days")
    return dict(item) if days is None else {**item, "grace_period_hours": days * _DAY}


SCHEDULED_ACTIONS = Field(
    "scheduled_actions_for_rule",
    "scheduledActionsForRule",
    _ScheduledActions(),
    # PATCH does not take them [graph facts: compliance actions].
    action="scheduleActionsForRules",
    parameter="deviceComplianceScheduledActionForRules",
    address="scheduledActionsForRule?$expand=scheduledActionConfigurations",
)
# Graph refuses a policy without an action that marks devices; the portal's default is to do it at once.
BLOCK_AT_ONCE = SCHEDULED_ACTIONS.type.unset(None)
