# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom profiles: a vendor's configuration for Apple's devices or Android (beta .../deviceConfigurations)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar

from .._engine import files
from .._engine.fields import Enum, Field, arguments, named
from .._engine.options import Spec, one_section, profile_options, section_options, update_secrets_option
from .._engine.references import ResolvedNames
from .._engine.resource import ObjectType, Params
from .._engine.text_fields import FILE_NAME, Name
from .custom_payloads import MobileConfig, OmaSettings
from .device_configuration import APPLICABILITY, DeviceConfiguration

_PROFILE = (
    Field("payload", "payload", MobileConfig(), always_set=True),
    Field("payload_name", "payloadName", Name(), always_set=True),
    Field("payload_file_name", "payloadFileName", FILE_NAME),
)
_CHANNEL = named(Enum("deviceChannel", "userChannel", default="deviceChannel"), "deploymentChannel")
_SETTINGS = (Field("oma_settings", "omaSettings", OmaSettings()),)
_IOS = ObjectType("iosCustomConfiguration", "iOS custom profile", _PROFILE, "ios", required=("payload",))
_MACOS = ObjectType(
    "macOSCustomConfiguration", "macOS custom profile", (*_PROFILE, *_CHANNEL), "macos", required=("payload",)
)
_TYPES = (
    _IOS,
    _MACOS,
    ObjectType("androidWorkProfileCustomConfiguration", "Android custom profile", _SETTINGS, "android_work_profile"),
    ObjectType("androidForWorkCustomConfiguration", "Android for Work custom profile", _SETTINGS, "android_for_work"),
    ObjectType("androidCustomConfiguration", "Android device administrator custom profile", _SETTINGS, "android"),
)
_OF_APPLE = (_IOS, _MACOS)
# The ways to declare a payload beside the option that is a field.
_SOURCES = ("payload", "payload_path", "secret_payload")


def _sections() -> Spec:
    sections = section_options(*_TYPES)
    for object_type in _OF_APPLE:
        section = sections[str(object_type.section)]
        section["options"] |= {
            "payload_path": {"type": "path"},
            "secret_payload": {"type": "str", "no_log": True},
        }
        section["mutually_exclusive"] = [_SOURCES]
    return sections


class CustomProfile(DeviceConfiguration):
    singular = "custom_profile"
    plural = "custom_profiles"
    title = "custom profile"
    types = _TYPES

    argument_spec: ClassVar[Spec] = {
        **profile_options(),
        **update_secrets_option(),
        **arguments(APPLICABILITY),
        **_sections(),
    }
    constraints: ClassVar[Spec] = one_section(_TYPES)

    def prepare(self, params: Params) -> Params:
        """Read a payload from where it is declared."""
        sections = [str(each.section) for each in _OF_APPLE if params.get(str(each.section)) is not None]
        is_absent = params.get("state") == "absent"
        return {**params, **{section: _with_payload(section, params[section], is_absent) for section in sections}}

    def create_body(
        self, object_type: ObjectType, params: Params, desired: Mapping[str, Any], ids: ResolvedNames
    ) -> dict[str, Any]:
        body = super().create_body(object_type, params, desired, ids)
        if object_type in _OF_APPLE:
            path = object_type.options(params).get("payload_path") or "profile.mobileconfig"
            body.setdefault("payloadName", params.get("name"))
            body.setdefault("payloadFileName", os.path.basename(path))
        return body


def _with_payload(section: str, options: Mapping[str, Any], is_absent: bool) -> dict[str, Any]:
    """Return the options with the payload as bytes or text. Raises InvalidOptions."""
    if is_absent:
        return {**options, "payload": None}
    if options.get("secret_payload") is not None:
        return {**options, "payload": options["secret_payload"]}
    if options.get("payload_path") is None:
        return dict(options)
    return {**options, "payload": files.content(f"{section}.payload_path", str(options["payload_path"]))}
