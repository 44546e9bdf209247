# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether devices can be enrolled, and for how long still: one $batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Callable

from .._engine.names import snake_case, snake_keys
from .._engine.time_fields import parse_moment
from .._graph.batch import BatchRequest
from .._graph.errors import NotFound
from .._graph.session import GraphSession
from .._graph.shapes import Shape
from .tenant import ENTERPRISE, PLAY, is_bound, refusal
from .volume_purchase import TOKENS

Raw = Mapping[str, Any]
ERROR, WARNING, UNKNOWN = "error", "warning", "unknown"


@dataclass(frozen=True)
class Platform:
    title: str
    # In the restrictions for all devices, and as the platform of a single one.
    properties: tuple[str, ...]
    graph_type: str


PLATFORMS = {
    # androidRestriction is for the older management by a device administrator, which many tenants block.
    "android": Platform("Android Enterprise", ("androidForWorkRestriction",), "androidForWork"),
    "ios": Platform("iOS and iPadOS", ("iosRestriction",), "ios"),
    "macos": Platform("macOS", ("macOSRestriction", "macRestriction"), "mac"),
    "windows": Platform("Windows", ("windowsRestriction",), "windows"),
}
_APPLE = ("ios", "macos")
_RESTRICTION: Shape = {"platformBlocked": bool, "personalDeviceEnrollmentBlocked": bool}
_SHAPES: Mapping[str, Shape] = {
    **dict.fromkeys(
        (
            *("appleIdentifier", "topicIdentifier", "expirationDateTime", "tokenExpirationDateTime", "tokenName"),
            *("organizationName", "state", "lastSyncStatus", "bindStatus", "lastAppSyncStatus", "platformType"),
            "deviceEnrollmentConfigurationType",
        ),
        str,
    ),
    "lastSyncErrorCode": int,
    "settings": {"secureByDefault": bool},
    "platformRestriction": _RESTRICTION,
    **dict.fromkeys((name for platform in PLATFORMS.values() for name in platform.properties), _RESTRICTION),
}


@dataclass(frozen=True)
class Check:
    """What findings are made from."""

    platforms: list[str]
    now: datetime
    expiry_days: int

    def expiry(self, code: str, title: str, value: Any, advice: str) -> Iterator[dict[str, str]]:
        """Yield a finding about what has expired, expires soon, or shows no date."""
        try:
            expires = parse_moment(str(value))
        except ValueError:
            expires = datetime.min.replace(tzinfo=timezone.utc)
        day = expires.date().isoformat()
        if expires.year == 1:
            yield finding(f"{code}_unknown", UNKNOWN, f"Cannot tell when {title} expires: Graph shows '{value}'.")
        elif expires <= self.now:
            yield finding(f"{code}_expired", ERROR, f"{_capital(title)} expired on {day}. {advice}")
        elif expires <= self.now + timedelta(days=self.expiry_days):
            left = (expires - self.now).days
            days = "1 day" if left == 1 else f"{left} days"
            yield finding(f"{code}_expiring", WARNING, f"{_capital(title)} expires on {day}, in {days}. {advice}")


def finding(code: str, severity: str, message: str) -> dict[str, str]:
    return {"code": code, "severity": severity, "message": message}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# -- findings ------------------------------------------------------------------------------------------------


def _push_certificate(raw: Raw, check: Check) -> Iterator[dict[str, str]]:
    if not raw or not raw.get("appleIdentifier"):
        yield finding(
            "apple_push_certificate_missing",
            ERROR,
            "The tenant has no Apple MDM push certificate, so Apple devices cannot be enrolled. Create it in the "
            "Intune admin center: Devices > Enrollment > Apple > Apple MDM Push Certificate.",
        )
        return
    yield from check.expiry(
        "apple_push_certificate",
        "the Apple MDM push certificate",
        raw.get("expirationDateTime"),
        f"Renew it with the same Apple ID, '{raw['appleIdentifier']}': with another one, every Apple device has to be "
        "enrolled again.",
    )


def _vpp_tokens(tokens: Iterable[Raw], check: Check) -> Iterator[dict[str, str]]:
    for raw in tokens:
        title = f"the volume purchase token '{raw.get('displayName') or raw.get('organizationName') or raw['id']}'"
        advice = "Download a new one from Apple Business Manager, and upload it to the same token in Intune."
        state = raw.get("state")
        if str(state).lower() not in ("valid", "expired"):
            message = f"{_capital(title)} does not work: its state is '{state}'."
            yield finding("vpp_token_invalid", ERROR, message)
        if str(raw.get("lastSyncStatus")).lower() == "failed":
            yield finding("vpp_token_sync_failed", WARNING, f"The last synchronization of {title} failed.")
        yield from check.expiry("vpp_token", title, raw.get("expirationDateTime"), advice)


def _dep_tokens(tokens: Iterable[Raw], check: Check) -> Iterator[dict[str, str]]:
    for raw in tokens:
        title = f"the enrollment program token '{raw.get('tokenName') or raw['id']}'"
        advice = "Download a new one from Apple Business Manager, and upload it to the same token in Intune."
        if raw.get("lastSyncErrorCode"):
            message = f"The last synchronization of {title} failed with error {raw['lastSyncErrorCode']} of Apple."
            yield finding("dep_token_sync_failed", WARNING, message)
        yield from check.expiry("dep_token", title, raw.get("tokenExpirationDateTime"), advice)


def _google_play(raw: Raw, check: Check) -> Iterator[dict[str, str]]:
    status = raw.get("lastAppSyncStatus")
    if not is_bound(raw):
        yield finding(
            "managed_google_play_not_bound",
            ERROR,
            f"Managed Google Play is not connected to this tenant (bindStatus {raw.get('bindStatus')}), so Android "
            "Enterprise devices cannot be enrolled. Connect it in the Intune admin center: Devices > Android > "
            "Enrollment > Managed Google Play.",
        )
    elif str(status).lower() != "success":
        when = raw.get("lastAppSyncDateTime")
        message = f"The last synchronization with managed Google Play, {when}, did not succeed ({status})."
        yield finding("managed_google_play_sync_failed", WARNING, message)


def _restrictions(found: Iterable[Raw], check: Check) -> Iterator[dict[str, str]]:
    for platform in (PLATFORMS[name] for name in check.platforms):
        pairs = ((raw, _restriction(raw, platform)) for raw in found)
        own = [(raw, restriction) for raw, restriction in pairs if restriction]
        if not any(_is_default(raw) for raw, _own in own):
            message = f"Cannot tell whether {platform.title} can be enrolled: Graph shows no default restriction."
            yield finding("enrollment_restrictions_unknown", UNKNOWN, message)
        allowing = [f"'{raw.get('displayName')}'" for raw, each in own if not each.get("platformBlocked")]
        for raw, each in own:
            name = f"The enrollment restriction '{raw.get('displayName')}'"
            if each.get("platformBlocked") and _is_default(raw):
                rest = (
                    f"for all but the users of {', '.join(allowing)}"
                    if allowing
                    else "for everybody, so these devices cannot be enrolled"
                )
                severity = WARNING if allowing else ERROR
                yield finding("platform_blocked", severity, f"{name} blocks {platform.title} {rest}.")
            elif each.get("platformBlocked"):
                message = f"{name} blocks {platform.title} for the users it is assigned to."
                yield finding("platform_blocked", WARNING, message)
            elif each.get("personalDeviceEnrollmentBlocked"):
                message = f"{name} blocks personally owned devices with {platform.title}."
                yield finding("personal_devices_blocked", WARNING, message)


def _restriction(raw: Raw, platform: Platform) -> Raw:
    if str(raw.get("platformType")).lower() == platform.graph_type.lower():
        return raw.get("platformRestriction") or {}
    return next((raw[name] for name in platform.properties if raw.get(name)), {})


def _is_default(raw: Raw) -> bool:
    return str(raw.get("deviceEnrollmentConfigurationType")).lower() == "defaultplatformrestrictions"


def _compliance(raw: Raw, check: Check) -> Iterator[dict[str, str]]:
    is_secure = (raw.get("settings") or {}).get("secureByDefault")
    if is_secure is None:
        message = "Cannot tell whether devices without a compliance policy count as compliant: Graph does not show it."
        yield finding("compliance_default_unknown", UNKNOWN, message)
    elif not is_secure:
        yield finding(
            "compliant_without_policy",
            WARNING,
            "Devices without a compliance policy count as compliant, so they keep their access. Change it in the "
            "Intune admin center: Devices > Compliance > Compliance settings.",
        )


# -- what is read ------------------------------------------------------------------------------------------------


def _of(*names: str) -> Callable[[Raw], Any]:
    return lambda raw: {snake_case(name): snake_keys(raw.get(name)) for name in names} if raw else None


def _each(*names: str) -> Callable[[Iterable[Raw]], Any]:
    return lambda found: [_of(*names)(raw) for raw in found]


def _restrictions_shown(found: Iterable[Raw]) -> list[Any]:
    common = ("id", "displayName", "priority", "deviceEnrollmentConfigurationType", "platformType")
    shown = []
    for raw in found:
        platforms = [name for name in raw if name.endswith("Restriction")]
        if platforms:
            shown.append(snake_keys({name: raw[name] for name in raw if name in (*common, *platforms) and raw[name]}))
    return shown


@dataclass(frozen=True)
class Subject:
    """What one request reads, what the result shows of it, and what findings are made from it."""

    name: str
    title: str
    url: str
    findings: Callable[[Any, Check], Iterator[dict[str, str]]]
    shown: Callable[[Any], Any]
    platforms: tuple[str, ...] = tuple(PLATFORMS)
    is_list: bool = False
    # Whether "not found" means that the tenant has none.
    may_be_missing: bool = False


_SUBJECTS = (
    Subject(
        "apple_push_certificate",
        "the Apple MDM push certificate",
        "/deviceManagement/applePushNotificationCertificate",
        _push_certificate,
        _of(
            *("appleIdentifier", "topicIdentifier", "certificateSerialNumber"),
            *("expirationDateTime", "lastModifiedDateTime"),
        ),
        _APPLE,
        may_be_missing=True,
    ),
    Subject(
        "vpp_tokens",
        "volume purchase tokens",
        f"/{TOKENS}",
        _vpp_tokens,
        _each(
            *("id", "displayName", "organizationName", "appleId", "countryOrRegion", "vppTokenAccountType", "state"),
            *("automaticallyUpdateApps", "expirationDateTime", "lastSyncDateTime", "lastSyncStatus"),
        ),
        _APPLE,
        is_list=True,
    ),
    Subject(
        "dep_tokens",
        "enrollment program tokens",
        "/deviceManagement/depOnboardingSettings",
        _dep_tokens,
        _each(
            *("id", "tokenName", "tokenType", "appleIdentifier", "tokenExpirationDateTime", "syncedDeviceCount"),
            *("lastSuccessfulSyncDateTime", "lastSyncErrorCode"),
        ),
        _APPLE,
        is_list=True,
    ),
    Subject(
        "managed_google_play",
        "the connection to managed Google Play",
        f"/{PLAY}",
        _google_play,
        _of(*ENTERPRISE),
        ("android",),
    ),
    Subject(
        "enrollment_restrictions",
        "enrollment restrictions",
        "/deviceManagement/deviceEnrollmentConfigurations",
        _restrictions,
        _restrictions_shown,
        is_list=True,
    ),
    Subject(
        "compliance_default",
        "the compliance of devices without a policy",
        # An id that is not selected may be left out.
        "/deviceManagement?$select=id,settings",
        _compliance,
        lambda raw: _of("secureByDefault", "deviceComplianceCheckinThresholdDays")(raw.get("settings") or {}),
    ),
)


def gather(
    session: GraphSession, params: Mapping[str, Any], check_mode: bool = False, diff_mode: bool = False
) -> dict[str, Any]:
    """Return what enrollment depends on, and the findings. What may not be read is none, and a finding of its own."""
    session.shapes.expect(_SHAPES)
    check = Check(list(params["platforms"]), datetime.now(timezone.utc), params["expiry_days"])
    subjects = [subject for subject in _SUBJECTS if not set(subject.platforms).isdisjoint(check.platforms)]
    answers = session.batch([BatchRequest("GET", subject.url) for subject in subjects])
    shown: dict[str, Any] = {subject.name: None for subject in _SUBJECTS}
    findings: list[dict[str, str]] = []
    for subject, answer in zip(subjects, answers):
        is_missing = subject.may_be_missing and isinstance(answer.error, NotFound)
        error = None if is_missing else refusal(answer)
        if error:
            message = f"Cannot read {subject.title}. {error}"
            findings.append(finding(f"{subject.name}_unknown", UNKNOWN, message))
            continue
        current: Any = {} if is_missing else answer.body
        if subject.is_list:
            current = list(session.items(answer.body))
        shown[subject.name] = subject.shown(current)
        findings += subject.findings(current, check)
    result = {"changed": False, "enrollment": shown, "findings": findings}
    return {**result, "graph_requests": session.requests_sent}
