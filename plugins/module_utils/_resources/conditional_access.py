# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of Conditional Access policies: whom and what they are for, and what they require."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._engine.complex_fields import Complex
from .._engine.fields import BOOL, NUMBER, UNSET, Enum, EnumFlags, EnumSet, Field, FieldType, StringSet, named
from .._engine.reference_fields import NamedReference, NamedReferences
from .._engine.references import Reference, ReferenceType, ResolvedNames
from .._engine.text_fields import Guid, Pattern, Rule
from .reference_types import APPLICATION, AUTHENTICATION_STRENGTH, GROUP, LOGIN_NAME, NAMED_LOCATION, ROLE


class Part(Complex):
    """A complex value that is sent whole: with what it has that no option sets [graph facts: Conditional Access]."""

    def is_shared(self, value: Any, current: Any, ids: ResolvedNames) -> bool:
        return True

    def resent(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        kept = {field.graph: field.type.resent(value.get(field.graph)) for field in self.fields}
        kept.update({name: value[name] for name in self._without_option(value)})
        return {name: item for name, item in kept.items() if item is not None}

    def newer(self, value: Any) -> Iterable[str]:
        yield from self._without_option(value or {})
        yield from super().newer(value)

    def _without_option(self, value: Mapping[str, Any]) -> list[str]:
        taken = {field.graph for field in self.fields}
        return [name for name, item in value.items() if item and name not in taken and "@" not in name]

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return super().encode(value, self.resent(current), ids)


class Named(NamedReferences):
    """A set of objects by name or id, or one of the words that Graph has instead.

    Without looks_up_ids, ids are taken as they are: not all that Graph takes exist as objects of the tenant.
    """

    def __init__(self, reference_type: ReferenceType, *words: str, looks_up_ids: bool = True) -> None:
        super().__init__(reference_type)
        self._words = {word.lower(): word for word in words}
        self._looks_up_ids = looks_up_ids

    def _taken(self, item: Any) -> str | None:
        """Return what Graph has for an item that is not looked up, None for another."""
        text = str(item).lower()
        is_taken = not self._looks_up_ids and self.reference_type.is_id(text)
        return self._words.get(text) or (text if is_taken else None)

    def linked(self, value: Any) -> Iterable[tuple[ReferenceType, str]]:
        return super().linked([item for item in value or [] if str(item).lower() not in self._words])

    def references(self, value: Any) -> list[Reference]:
        return super().references([item for item in value or [] if not self._taken(item)])

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        taken = filter(None, map(self._taken, value))
        return sorted({*taken, *super().encode([item for item in value if not self._taken(item)], None, ids)})


_EXTERNAL = {"all": "conditionalAccessAllExternalTenants", "enumerated": "conditionalAccessEnumeratedExternalTenants"}


class _ExternalTenants(Part):
    """All tenants, or a list of them: two types of Graph."""

    def resent(self, value: Any) -> Any:
        sent = super().resent(value)
        graph = _EXTERNAL.get(str((sent or {}).get("membershipKind")).lower())
        graph_type = f"#microsoft.graph.{graph}" if graph else (value or {}).get("@odata.type")
        return {"@odata.type": graph_type, **sent} if graph_type else sent

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        encoded = super().encode(value, current, ids)
        if encoded and str(encoded.get("membershipKind")).lower() == "all":
            encoded.pop("members", None)
        return self.resent(encoded)


class _Frequency(Part):
    """How often users sign in: every time has no period."""

    def check(self, value: Any) -> None:
        super().check(value)
        declared = [option for option in ("type", "value") if (value or {}).get(option) not in (None, UNSET)]
        if declared and value.get("frequency_interval") == "every_time":
            raise ValueError(f"has {' and '.join(declared)}, which frequency_interval every_time does not take")

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        encoded = super().encode(value, current, ids)
        if encoded and encoded.get("frequencyInterval") == "everyTime":
            return {key: item for key, item in encoded.items() if key not in ("type", "value")}
        return encoded


class _Flags(EnumFlags):
    """Flags of which Graph has null for nothing, and no member."""

    def __init__(self, *members: str) -> None:
        super().__init__("none", *members)

    @property
    def choices(self) -> list[str]:
        return super().choices[1:]

    def unset(self, current: Any) -> Any:
        return None

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return super().show(value, ids) if value else []


class _Controls(Part):
    """Controls of which at least one does something, or none at all [graph facts: Conditional Access]."""

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        encoded = super().encode(value, current, ids)
        if not self._do_something(encoded):
            return None
        # null takes away what the policy has.
        existing = current if isinstance(current, Mapping) else {}
        return {key: item for key, item in encoded.items() if item is not None or existing.get(key) is not None}

    def equal(self, desired: Any, current: Any) -> bool:
        return not self._do_something(current) if desired is None else super().equal(desired, current)

    def _do_something(self, value: Any) -> bool:
        return any(_has_effect(item) for key, item in (value or {}).items() if key != "operator" and "@" not in key)


class _TrueOrNull(FieldType):
    """Graph refuses false [graph facts: Conditional Access]."""

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return value or None

    def equal(self, desired: Any, current: Any) -> bool:
        return bool(desired) == bool(current)


def _has_effect(control: Any) -> bool:
    parts = control.values() if isinstance(control, Mapping) else control if isinstance(control, list) else [control]
    return any(item not in (None, False) for item in parts)


class _Strength(NamedReference):
    """authenticationStrength: Graph takes its id, and shows all of it."""

    def __init__(self) -> None:
        super().__init__(AUTHENTICATION_STRENGTH)
        self.shape = {"id": str}

    def linked(self, value: Any) -> Iterable[tuple[ReferenceType, str]]:
        return super().linked((value or {}).get("id"))

    def references(self, value: Any) -> list[Reference]:
        return [] if self.reference_type.is_id(value) else super().references(value)

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        if not value:
            return None
        return {"id": value.lower() if self.reference_type.is_id(value) else super().encode(value, None, ids)}

    def equal(self, desired: Any, current: Any) -> bool:
        return super().equal((desired or {}).get("id"), (current or {}).get("id"))

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return super().show((value or {}).get("id"), ids)

    def resent(self, value: Any) -> Any:
        return {"id": value["id"]} if isinstance(value, Mapping) and value.get("id") else None


class Ids(StringSet):
    """A set of ids and words, in which letter case does not matter."""

    def equal(self, desired: Any, current: Any) -> bool:
        return {str(item).lower() for item in desired or ()} == {str(item).lower() for item in current or ()}


_IDS = Ids()
_USER_ACTION = Pattern(r"(?i:urn:user:\w+)", "a user action such as urn:user:registersecurityinfo")
_CONTEXT = Pattern(r"(?i:c[1-9]\d?)", "an authentication context from c1 to c99")
_FILTER = Part(
    Field("mode", "mode", Enum("include", "exclude"), required=True), Field("rule", "rule", Rule(), required=True)
)
_RISKS = EnumSet("low", "medium", "high", "hidden", "none")
_PLATFORMS = EnumSet("android", "iOS", "windows", "windowsPhone", "macOS", "all", "linux")
_GUESTS = Part(
    *named(
        EnumFlags(
            "none",
            "internalGuest",
            "b2bCollaborationGuest",
            "b2bCollaborationMember",
            "b2bDirectConnectUser",
            "otherExternalUser",
            "serviceProvider",
        ),
        "guestOrExternalUserTypes",
    ),
    *named(
        _ExternalTenants(
            *named(Enum("all", "enumerated"), "membershipKind", always_set=True), *named(Ids(Guid()), "members")
        ),
        "externalTenants",
    ),
)
_APPLICATIONS = Named(
    APPLICATION, "All", "None", "Office365", "MicrosoftAdminPortals", "AllAgentIdResources", looks_up_ids=False
)
_LOCATIONS = Named(NAMED_LOCATION, "All", "AllTrusted", looks_up_ids=False)
_PEOPLE = Named(LOGIN_NAME, "All", "None", "GuestsOrExternalUsers")
_USERS = Part(
    *named(_PEOPLE, "includeUsers", always_set=True),
    *named(_PEOPLE, "excludeUsers"),
    *named(Named(GROUP), "includeGroups", "excludeGroups"),
    *named(Named(ROLE), "includeRoles", "excludeRoles"),
    *named(_GUESTS, "includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers"),
)
CONDITIONS = Part(
    *named(_USERS, "users", always_set=True),
    *named(
        Part(
            *named(_APPLICATIONS, "includeApplications", always_set=True),
            *named(_APPLICATIONS, "excludeApplications"),
            *named(Ids(_USER_ACTION), "includeUserActions"),
            *named(Ids(_CONTEXT), "includeAuthenticationContextClassReferences"),
            *named(_FILTER, "applicationFilter"),
        ),
        "applications",
        always_set=True,
    ),
    *named(Part(*named(_PLATFORMS, "includePlatforms", "excludePlatforms")), "platforms"),
    *named(Part(*named(_LOCATIONS, "includeLocations", "excludeLocations")), "locations"),
    *named(
        EnumSet("all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"),
        "clientAppTypes",
    ),
    *named(Part(*named(_FILTER, "deviceFilter")), "devices"),
    *named(
        Part(
            *named(_IDS, "includeServicePrincipals", "excludeServicePrincipals"),
            *named(_FILTER, "servicePrincipalFilter"),
        ),
        "clientApplications",
    ),
    *named(
        Part(*named(EnumFlags("none", "deviceCodeFlow", "authenticationTransfer"), "transferMethods")),
        "authenticationFlows",
    ),
    *named(_RISKS, "signInRiskLevels", "userRiskLevels", "servicePrincipalRiskLevels"),
    *named(_Flags("minor", "moderate", "elevated"), "insiderRiskLevels"),
    # What the admin center sends when nothing is chosen.
    defaults={"clientAppTypes": ["all"]},
)
GRANT_CONTROLS = _Controls(
    Field("operator", "operator", Enum("AND", "OR")),
    *named(
        EnumSet(
            "block",
            "mfa",
            "compliantDevice",
            "domainJoinedDevice",
            "approvedApplication",
            "compliantApplication",
            "passwordChange",
            "riskRemediation",
        ),
        "builtInControls",
        always_set=True,
    ),
    *named(_IDS, "customAuthenticationFactors", "termsOfUse"),
    *named(_Strength(), "authenticationStrength"),
    defaults={"operator": "OR"},
)
_ENABLED = named(BOOL, "isEnabled")
# A control without it would do nothing.
_ON = {"isEnabled": True}
SESSION_CONTROLS = _Controls(
    *named(Part(*_ENABLED, defaults=_ON), "applicationEnforcedRestrictions", "secureSignInSession"),
    *named(
        Part(
            *_ENABLED,
            *named(Enum("mcasConfigured", "monitorOnly", "blockDownloads"), "cloudAppSecurityType"),
            defaults=_ON,
        ),
        "cloudAppSecurity",
    ),
    *named(Part(*_ENABLED, *named(Enum("always", "never"), "mode"), defaults=_ON), "persistentBrowser"),
    *named(
        _Frequency(
            *_ENABLED,
            *named(Enum("primaryAndSecondaryAuthentication", "secondaryAuthentication"), "authenticationType"),
            *named(Enum("timeBased", "everyTime"), "frequencyInterval"),
            *named(Enum("days", "hours"), "type"),
            *named(NUMBER, "value"),
            defaults=_ON,
        ),
        "signInFrequency",
    ),
    *named(Part(*named(Enum("strictEnforcement", "disabled", "strictLocation"), "mode")), "continuousAccessEvaluation"),
    *named(_TrueOrNull("bool"), "disableResilienceDefaults"),
)
