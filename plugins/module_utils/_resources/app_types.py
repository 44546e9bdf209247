# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of app and their properties."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import urlsplit

from .._engine import files
from .._engine.complex_fields import Complex
from .._engine.encoded_fields import Encoded, parse_xml
from .._engine.errors import InvalidOptions
from .._engine.fields import PLAIN, SWITCH, Enum, EnumFlags, EnumSet, Field, FieldType, StringSet, named
from .._engine.names import snake_case
from .._engine.references import ResolvedNames
from .._engine.resource import ObjectType
from .._engine.text_fields import NO_BLANKS, BundleId, PackageName, Url
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

    def check(self, value: Any) -> None:
        if value not in self.versions:
            raise ValueError(f"'{value}' is not a valid version. Use one of: {', '.join(self.versions)}")

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


_APPLE_STORE = ("apps.apple.com", "itunes.apple.com")
_STORE_ID = re.compile(r"/id(\d+)|[?&]id=([\w.]+)")


def store_id(url: str | None) -> str | None:
    """Return what identifies an app in a store URL: Apple's number or Google's package id."""
    found = _STORE_ID.search(url or "")
    return (found.group(1) or found.group(2)) if found else None


class _StoreUrl(Url):
    """Two URLs of one app mean the same: country and language in them do not matter."""

    def __init__(self, is_apple: bool) -> None:
        super().__init__()
        self._is_apple = is_apple

    def check(self, value: Any) -> None:
        super().check(value)
        host = urlsplit(str(value)).hostname or ""
        # Android has other stores; Apple has one, and a wrong URL cannot be changed later.
        if value and (host in _APPLE_STORE) != self._is_apple and (self._is_apple or host in _APPLE_STORE):
            example = "https://apps.apple.com/us/app/x/id1" if self._is_apple else "https://play.google.com/store/apps/"
            raise ValueError(f"must be a URL of the store of this type of app, such as {example}, not '{value}'")

    def equal(self, desired: Any, current: Any) -> bool:
        return bool((store_id(desired) or desired) == (store_id(current) or current))


def _store_app(
    graph_type: str,
    title: str,
    versions: MinimumVersion,
    *fields: Field,
    required: tuple[str, ...] = (),
    **defaults: Any,
) -> ObjectType:
    lowest = {versions.members[0]: True}
    return ObjectType(
        graph_type,
        title,
        (
            # Terraform's provider replaces the app when the URL changes: Graph takes it at create only.
            Field("app_store_url", "appStoreUrl", _StoreUrl(versions is IOS_VERSIONS), create_only=True),
            Field("minimum_supported_operating_system", "minimumSupportedOperatingSystem", versions),
            *fields,
        ),
        required=("app_store_url", "publisher", *required),
        defaults={"minimumSupportedOperatingSystem": lowest, **defaults},
    )


_BOTH_DEVICES = {"iPad": True, "iPhoneAndIPod": True}
_APPLE = (
    Field("bundle_id", "bundleId", BundleId()),
    Field("applicable_device_types", "applicableDeviceType", DEVICE_TYPES),
)
_STORE_APPS = (
    _store_app(
        "iosStoreApp",
        "iOS store app",
        IOS_VERSIONS,
        *_APPLE,
        Field("apple_device_app_delivery_protocol_type", "appleDeviceAppDeliveryProtocolType", DELIVERY_PROTOCOLS),
        applicableDeviceType=_BOTH_DEVICES,
    ),
    _store_app("androidStoreApp", "Android store app", ANDROID_VERSIONS),
    _store_app(
        "managedIOSStoreApp",
        "managed iOS store app",
        IOS_VERSIONS,
        *_APPLE,
        required=("bundle_id",),
        applicableDeviceType=_BOTH_DEVICES,
    ),
    _store_app(
        "managedAndroidStoreApp",
        "managed Android store app",
        ANDROID_VERSIONS,
        Field("package_id", "packageId", PackageName(), create_only=True),
        required=("package_id",),
    ),
)
# Google Play names and describes these; what Intune would take is overwritten by the next sync.
_FROM_GOOGLE = ("name", "description", "publisher")
PLAY_APP = ObjectType("androidManagedStoreApp", "managed Google Play app", fixed=_FROM_GOOGLE)
PLAY_WEB_APP = ObjectType(
    "androidManagedStoreWebApp",
    "managed Google Play web app",
    fixed=_FROM_GOOGLE,
    creatable=False,
    origin="create it in managed Google Play",
)
OF_GOOGLE = (PLAY_APP, PLAY_WEB_APP)


def _link(graph_type: str, title: str, *fields: Field) -> ObjectType:
    # A PATCH of appUrl is answered by 400 [https://github.com/microsoft/Intune-PowerShell-SDK/issues/68].
    url = Field("app_url", "appUrl", Url(), create_only=True)
    return ObjectType(graph_type, title, (url, *fields), required=("app_url", "publisher"))


_CLIP = named(SWITCH, "fullScreenEnabled", "preComposedIconEnabled")
_BROWSER = named(SWITCH, "useManagedBrowser")
_LINKS = (
    _link("webApp", "web link", *_BROWSER),
    _link(
        "iosiPadOSWebClip",
        "iOS and iPadOS web clip",
        *_CLIP,
        *named(SWITCH, "ignoreManifestScope"),
        *_BROWSER,
        *named(BundleId(), "targetApplicationBundleIdentifier"),
    ),
    _link("macOSWebClip", "macOS web clip", *_CLIP),
    _link("windowsWebApp", "Windows web link"),
)
_WIN_GET_APP = ObjectType(
    "winGetApp",
    "Microsoft Store app",
    (
        Field("package_identifier", "packageIdentifier", NO_BLANKS, create_only=True),
        Field(
            "install_experience",
            "installExperience",
            Complex(Field("run_as_account", "runAsAccount", Enum("system", "user"), required=True)),
            create_only=True,
        ),
        Field("manifest_hash", "manifestHash", create_only=True),
    ),
    required=("package_identifier", "install_experience", "publisher"),
)
_OFFICE_APPS = Flags(
    *("access", "bing", "excel", "groove", "infoPath", "lync", "oneDrive", "oneNote", "outlook", "powerPoint"),
    *("publisher", "sharePointDesigner", "teams", "visio", "word"),
)
OFFICE = ObjectType(
    "officeSuiteApp",
    "Microsoft 365 for Windows",
    (
        Field(
            "product_ids",
            "productIds",
            EnumSet("o365ProPlusRetail", "o365BusinessRetail", "visioProRetail", "projectProRetail"),
        ),
        Field(
            "office_platform_architecture",
            "officePlatformArchitecture",
            EnumFlags("none", "x86", "x64", "arm", "neutral", "arm64"),
            create_only=True,
        ),
        Field(
            "update_channel",
            "updateChannel",
            Enum(*("none", "current", "deferred", "firstReleaseCurrent", "firstReleaseDeferred", "monthlyEnterprise")),
        ),
        Field(
            "office_suite_app_default_file_format",
            "officeSuiteAppDefaultFileFormat",
            Enum("notConfigured", "officeOpenXMLFormat", "officeOpenDocumentFormat"),
        ),
        Field("excluded_apps", "excludedApps", _OFFICE_APPS),
        Field("locales_to_install", "localesToInstall", StringSet()),
        Field("install_progress_display_level", "installProgressDisplayLevel", Enum("none", "full", default="none")),
        Field("office_configuration_xml", "officeConfigurationXml", Encoded(parse_xml)),
        *named(PLAIN, "targetVersion", "updateVersion"),
        *named(SWITCH, "autoAcceptEula", "shouldUninstallOlderVersionsOfOffice", "useSharedComputerActivation"),
    ),
    section="office_suite",
    defaults=dict.fromkeys(("developer", "owner", "publisher"), "Microsoft"),
    fixed=("developer", "owner", "publisher"),
)
OFFICE_NEEDED = (
    "product_ids",
    "office_platform_architecture",
    "update_channel",
    "office_suite_app_default_file_format",
)
# Types that this module finds, assigns and changes, and does not create, with the place where they come from.
_ADOPTED = tuple(
    ObjectType(graph_type, title, creatable=False, origin=origin)
    for origin, types in {
        "upload its file in the Intune admin center": {
            "iosLobApp": "iOS line-of-business app",
            "managedIOSLobApp": "managed iOS line-of-business app",
            "androidLobApp": "Android line-of-business app",
            "managedAndroidLobApp": "managed Android line-of-business app",
            "macOSLobApp": "macOS line-of-business app",
            "macOSDmgApp": "macOS disk image app",
            "macOSPkgApp": "macOS package app",
            "win32LobApp": "Win32 app",
            "windowsAppX": "Windows AppX app",
            "windowsUniversalAppX": "Windows universal AppX app",
            "windowsMobileMSI": "Windows MSI app",
        },
        "it comes with the next sync of its volume purchase program": {
            "iosVppApp": "iOS volume purchase app",
            "macOsVppApp": "macOS volume purchase app",
            "microsoftStoreForBusinessApp": "Microsoft Store for Business app",
        },
        "add it in the Intune admin center": {
            "androidAospReferencedApp": "Android AOSP app",
            "macOSOfficeSuiteApp": "Microsoft 365 for macOS",
            "macOSMicrosoftDefenderApp": "Microsoft Defender for macOS",
            "macOSMicrosoftEdgeApp": "Microsoft Edge for macOS",
            "windowsMicrosoftEdgeApp": "Microsoft Edge for Windows",
            "win32CatalogApp": "Windows catalog app",
            "windowsAutoUpdateCatalogApp": "Windows catalog app with automatic updates",
        },
        "Intune does not take new apps of this type": {
            "androidForWorkApp": "Android for Work app",
            "windowsStoreApp": "Windows Store app",
            "windowsPhone81AppX": "Windows Phone 8.1 AppX app",
            "windowsPhone81AppXBundle": "Windows Phone 8.1 AppX bundle",
            "windowsPhone81StoreApp": "Windows Phone 8.1 store app",
            "windowsPhoneXAP": "Windows Phone XAP app",
        },
    }.items()
    for graph_type, title in types.items()
)

IOS_STORE_APP = _STORE_APPS[0]
IOS_VPP_APP = next(each for each in _ADOPTED if each.graph_type == "iosVppApp")
TYPES = (*_STORE_APPS, *OF_GOOGLE, *_LINKS, _WIN_GET_APP, OFFICE, *_ADOPTED)


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

    def argument(self) -> dict[str, Any]:
        return {"type": "path"}

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
        return None  # a path shows nothing about what Graph holds

    @staticmethod
    def _content(value: Any) -> bytes:
        text = (value or {}).get("value") or ""
        try:
            return base64.b64decode(text)
        except ValueError:
            return str(text).encode()


_IMAGES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def read_icon(path: str) -> tuple[bytes, str]:
    """Return an image file's content and type. Raises InvalidOptions when it is no PNG or JPEG."""
    content = files.content("icon", path) if path.strip() else b""
    image_type = next((image for start, image in _IMAGES.items() if content.startswith(start)), None)
    if image_type is None:
        raise InvalidOptions(f"icon '{path}' is neither a PNG nor a JPEG image. This task wrote nothing.")
    return content, image_type
