# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notification message templates (beta /deviceManagement/notificationMessageTemplates)."""

from __future__ import annotations

from typing import Any, ClassVar

from .._engine.complex_fields import Children, Complex
from .._engine.fields import SWITCH, EnumFlags, Field, arguments
from .._engine.options import Spec, resource_options
from .._engine.references import ResolvedNames
from .._engine.resource import ObjectType, Raw, Resource, base_fields
from .._engine.text_fields import Pattern, Text
from .reference_types import SCOPE_TAG

BRANDING = EnumFlags(
    "none",
    "includeCompanyLogo",
    "includeCompanyName",
    "includeContactInformation",
    "includeCompanyPortalLink",
    "includeDeviceDetails",
)


class _Locale(Pattern):
    """A language tag, which Graph reports in lower case [graph facts: notification message templates]."""

    def __init__(self) -> None:
        super().__init__(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a locale such as en-us")

    def check(self, value: Any) -> None:
        super().check(value or "nothing!")

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return str(value).lower()

    def equal(self, desired: Any, current: Any) -> bool:
        return str(desired or "").lower() == str(current or "").lower()


class _Messages(Children):
    """The messages of a template: one for each locale, and one of them the default for all other locales."""

    def __init__(self) -> None:
        message = Complex(
            Field("locale", "locale", _Locale(), required=True),
            Field("subject", "subject", Text(), required=True),
            Field("message_template", "messageTemplate", Text(), required=True),
            Field("is_default", "isDefault", SWITCH),
        )
        super().__init__(message, key="locale")

    def check(self, value: Any) -> None:
        blank = [item["locale"] for item in value for part in ("subject", "message_template") if not item[part].strip()]
        if blank:
            raise ValueError(f"has an empty subject or message_template for the locale {blank[0]}")
        super().check(value)
        locales = [str(item["locale"]).lower() for item in value]
        twice = sorted({locale for locale in locales if locales.count(locale) > 1})
        if twice:
            raise ValueError(f"has several messages for the locale {', '.join(twice)}")
        if sum(bool(item.get("is_default")) for item in value) != 1:
            raise ValueError("needs exactly one message with is_default=true, which all other locales get")
        lines = [item["locale"] for item in value if len(item["subject"].splitlines()) > 1]
        if lines:
            raise ValueError(f"has a subject of more than one line for the locale {lines[0]}")

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        """The new default comes first: the service takes the flag from the other message."""
        complete = [{**item, "is_default": bool(item.get("is_default"))} for item in value]
        return sorted(super().encode(complete, current, ids), key=lambda item: not item["isDefault"])

    def changes(self, desired: dict[str, Any], current: dict[str, Any]) -> dict[str, Any]:
        # The flag "can only be set. To unset, set this property to true on another Localized Notification Message".
        changes = super().changes(desired, current)
        return {name: value for name, value in changes.items() if (name, value) != ("isDefault", False)}

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        ordered = sorted(value or [], key=lambda item: (not item.get("isDefault"), str(item.get("locale"))))
        return super().show(ordered, ids)


class NotificationTemplate(Resource):
    singular = "notification_template"
    plural = "notification_templates"
    title = "notification message template"
    path = "deviceManagement/notificationMessageTemplates"
    polymorphic = False
    # No page documents a filter, or that a list expands messages.
    filterable = False
    types = (ObjectType("notificationMessageTemplate", "notification message template"),)
    common_fields = (
        *base_fields(SCOPE_TAG),
        Field("branding_options", "brandingOptions", BRANDING),
        Field(
            "localized_notification_messages",
            "localizedNotificationMessages",
            _Messages(),
            in_create=False,
            address="localizedNotificationMessages",
        ),
    )
    always_set = ("localized_notification_messages",)
    used_in = ("deviceManagement/deviceCompliancePolicies",)
    reported = ("defaultLocale", "lastModifiedDateTime")

    argument_spec: ClassVar[Spec] = {**resource_options(), **arguments(common_fields)}

    def is_reserved(self, raw: Raw) -> bool:
        # Intune's own, for the e-mail about an enrolled device [graph facts: notification message templates].
        return raw.get("displayName") == "EnrollmentNotificationInternalMEO"
