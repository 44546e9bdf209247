# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of app and their properties."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from .._engine.errors import InvalidOptions
from .._engine.fields import Enum, Field, FieldType
from .._engine.names import snake_case
from .._engine.references import ResolvedNames
from .._engine.resource import ObjectType
from .._graph.shapes import Shape


class Flags(FieldType):
    """A complex value of Booleans, written as the list of those that are true."""

    def __init__(self, *members: str) -> None:
        super().__init__()
        self.shape = dict.fromkeys(members, bool)
        self.members = members
        self._graph = {snake_case(member): member for member in members}

    @property
    def choices(self) -> list[str]:
        return list(self._graph)

    def argument(self) -> dict[str, Any]:
        return {"type": "list", "elements": "str", "choices": self.choices}

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return {member: option in value for option, member in self._graph.items()}

    def equal(self, desired: Any, current: Any) -> bool:
        return self._true(desired) == self._true(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return sorted(snake_case(member) for member in self._true(value))

    @staticmethod
    def _true(value: Any) -> set[str]:
        return {key for key, item in (value or {}).items() if item is True}


class MinimumVersion(Flags):
    """A minimum operating system: one true flag such as v15_0, written as "15.0"."""

    def __init__(self, *versions: str) -> None:
        super().__init__(*("v" + version.replace(".", "_") for version in versions))
        self.versions = versions

    @property
    def choices(self) -> list[str]:
        return list(self.versions)

    def argument(self) -> dict[str, Any]:
        return {"type": "str", "choices": self.choices}

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        # A PATCH may merge a complex value, so the flags that were true are switched off by name.
        flags = dict.fromkeys(self._true(current), False)
        flags["v" + str(value).replace(".", "_")] = True
        return flags

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        versions = [flag[1:].replace("_", ".") for flag in sorted(self._true(value))]
        return versions[0] if len(versions) == 1 else versions or None


IOS_VERSIONS = MinimumVersion(
    "8.0", "9.0", "10.0", "11.0", "12.0", "13.0", "14.0", "15.0", "16.0", "17.0", "18.0", "26.0", "27.0"
)


ANDROID_VERSIONS = MinimumVersion(
    "4.0",
    "4.0.3",
    "4.1",
    "4.2",
    "4.3",
    "4.4",
    "5.0",
    "5.1",
    "6.0",
    "7.0",
    "7.1",
    "8.0",
    "8.1",
    "9.0",
    "10.0",
    "11.0",
    "12.0",
    "13.0",
    "14.0",
    "15.0",
)


DELIVERY_PROTOCOLS = Enum("default", "mobileDeviceManagement", "declarativeDeviceManagement")


DEVICE_TYPES = Flags("iPad", "iPhoneAndIPod")


_STORE_ID = re.compile(r"/id(\d+)|[?&]id=([\w.]+)")


def store_id(url: str | None) -> str | None:
    """Return what identifies an app in a store URL: Apple's number or Google's package id."""
    found = _STORE_ID.search(url or "")
    return (found.group(1) or found.group(2)) if found else None


class _StoreUrl(FieldType):
    """Two URLs of one app mean the same: country and language in them do not matter."""

    def equal(self, desired: Any, current: Any) -> bool:
        return bool((store_id(desired) or desired) == (store_id(current) or current))


def _store_fields(versions: MinimumVersion) -> tuple[Field, ...]:
    return (
        # Terraform's provider replaces the app when the URL changes: Graph takes it at create only.
        Field("app_store_url", "appStoreUrl", _StoreUrl(), create_only=True),
        Field("minimum_supported_operating_system", "minimumSupportedOperatingSystem", versions),
    )


IOS_STORE_APP = ObjectType(
    "iosStoreApp",
    "iOS store app",
    (
        *_store_fields(IOS_VERSIONS),
        Field("bundle_id", "bundleId"),
        Field("applicable_device_types", "applicableDeviceType", DEVICE_TYPES),
        Field("apple_device_app_delivery_protocol_type", "appleDeviceAppDeliveryProtocolType", DELIVERY_PROTOCOLS),
    ),
    required=("app_store_url", "publisher"),
    defaults={
        "applicableDeviceType": {"iPad": True, "iPhoneAndIPod": True},
        "minimumSupportedOperatingSystem": {"v8_0": True},
    },
)


ANDROID_STORE_APP = ObjectType(
    "androidStoreApp",
    "Android store app",
    _store_fields(ANDROID_VERSIONS),
    required=("app_store_url", "publisher"),
    defaults={"minimumSupportedOperatingSystem": {"v4_0": True}},
)


# Google Play names and describes these; what Intune would take is overwritten by the next sync.
_FROM_GOOGLE = ("name", "description", "publisher")


PLAY_APP = ObjectType("androidManagedStoreApp", "managed Google Play app", fixed=_FROM_GOOGLE)


PLAY_WEB_APP = ObjectType(
    "androidManagedStoreWebApp", "managed Google Play web app", fixed=_FROM_GOOGLE, creatable=False
)


OF_GOOGLE = (PLAY_APP, PLAY_WEB_APP)


# Apps that Graph lists and this module finds, assigns and changes, but does not add: they are bought, uploaded as a
# file, or built in.
ADOPTED = tuple(
    ObjectType(graph_type, title, creatable=False)
    for graph_type, title in (
        ("iosVppApp", "iOS volume purchase app"),
        ("iosLobApp", "iOS line-of-business app"),
        ("iosiPadOSWebClip", "iOS web clip"),
        ("managedIOSStoreApp", "managed iOS store app"),
        ("managedIOSLobApp", "managed iOS line-of-business app"),
        ("androidLobApp", "Android line-of-business app"),
        ("androidForWorkApp", "Android for Work app"),
        ("managedAndroidStoreApp", "managed Android store app"),
        ("managedAndroidLobApp", "managed Android line-of-business app"),
        ("macOsVppApp", "macOS volume purchase app"),
        ("macOSLobApp", "macOS line-of-business app"),
        ("macOSDmgApp", "macOS disk image app"),
        ("macOSPkgApp", "macOS package app"),
        ("macOSWebClip", "macOS web clip"),
        ("macOSOfficeSuiteApp", "Microsoft 365 for macOS"),
        ("macOSMicrosoftDefenderApp", "Microsoft Defender for macOS"),
        ("macOSMicrosoftEdgeApp", "Microsoft Edge for macOS"),
        ("webApp", "web link"),
        ("windowsWebApp", "Windows web link"),
        ("officeSuiteApp", "Microsoft 365 for Windows"),
        ("win32LobApp", "Win32 app"),
        ("winGetApp", "Microsoft Store app"),
        ("windowsAppX", "Windows AppX app"),
        ("windowsUniversalAppX", "Windows universal AppX app"),
        ("windowsMobileMSI", "Windows MSI app"),
        ("windowsMicrosoftEdgeApp", "Microsoft Edge for Windows"),
        ("microsoftStoreForBusinessApp", "Microsoft Store for Business app"),
    )
)


# Options by which an app is recognised, and the types that have them.
RECOGNISED_BY = {
    "bundle_id": (
        "iosStoreApp",
        "iosVppApp",
        "iosLobApp",
        "managedIOSStoreApp",
        "managedIOSLobApp",
        "macOsVppApp",
        "macOSLobApp",
    ),
    "package_id": (
        "androidStoreApp",
        "androidManagedStoreApp",
        "androidManagedStoreWebApp",
        "androidForWorkApp",
        "androidLobApp",
        "managedAndroidStoreApp",
        "managedAndroidLobApp",
    ),
    "app_store_url": (
        "iosStoreApp",
        "androidStoreApp",
        "iosVppApp",
        "macOsVppApp",
        "managedIOSStoreApp",
        "managedAndroidStoreApp",
    ),
}


_ICON: Shape = {"value": str}


class Icon(FieldType):
    """The large icon: an image file's content and type."""

    shape = _ICON

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        content, image_type = value
        return {
            "@odata.type": "#microsoft.graph.mimeContent",
            "type": image_type,
            "value": base64.b64encode(content).decode(),
        }

    def equal(self, desired: Any, current: Any) -> bool:
        return self._content(desired) == self._content(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        content = self._content(value)
        return f"SHA-256 {hashlib.sha256(content).hexdigest()}" if content else None

    def declare(self, value: Any, ids: ResolvedNames) -> Any:
        return None  # a path says nothing about what Graph holds

    @staticmethod
    def _content(value: Any) -> bytes:
        return base64.b64decode((value or {}).get("value") or "")


_IMAGES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def read_icon(path: str) -> tuple[bytes, str]:
    """Return an image file's content and type. Raises InvalidOptions when it is no PNG or JPEG."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise InvalidOptions(f"icon {path} cannot be read: {error.strerror}. Nothing was written.") from None
    image_type = next((kind for start, kind in _IMAGES.items() if content.startswith(start)), None)
    if image_type is None:
        raise InvalidOptions(f"icon {path} is neither a PNG nor a JPEG image. Nothing was written.")
    return content, image_type
