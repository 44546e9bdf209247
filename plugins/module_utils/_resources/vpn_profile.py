# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPN profiles: the VPN of each platform, and an Android app as the always-on VPN."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from .._engine.fields import arguments
from .._engine.options import Spec, one_section, profile_options, update_secrets_option
from .._engine.removal import ASSIGNED
from .._engine.resource import ObjectType, Params, Raw
from . import vpn_rules
from .app_settings import check_secret_options, sections_with_secrets, with_secrets
from .device_configuration import APPLICABILITY, DeviceConfiguration
from .vpn_types import (
    ANDROID,
    DEVICE_OWNER,
    DEVICE_OWNER_ALWAYS_ON,
    FOR_WORK,
    IOS,
    IOS_IKEV2,
    MACOS,
    WINDOWS10,
    WORK_PROFILE,
    WORK_PROFILE_ALWAYS_ON,
)

# Values of the apps' vendors, among them activation tokens: each option has one for secret values beside it.
_MAY_HOLD_SECRETS = ("custom_data", "custom_key_value_data")


class VpnProfile(DeviceConfiguration):
    singular = "vpn_profile"
    plural = "vpn_profiles"
    title = "VPN profile"
    # The traffic of an app may go through it.
    used_in = ASSIGNED[:1]
    deciding = vpn_rules.DECIDING
    types = (
        IOS,
        IOS_IKEV2,
        WORK_PROFILE,
        DEVICE_OWNER,
        WORK_PROFILE_ALWAYS_ON,
        DEVICE_OWNER_ALWAYS_ON,
        MACOS,
        WINDOWS10,
        FOR_WORK,
        ANDROID,
    )

    always_set = ("connection_type",)
    argument_spec: ClassVar[Spec] = {
        **profile_options(),
        **update_secrets_option(),
        **arguments(APPLICABILITY),
        **sections_with_secrets(types, _MAY_HOLD_SECRETS),
    }
    constraints: ClassVar[Spec] = one_section(types)

    def validate(self, params: Params) -> None:
        for object_type in self.types:
            check_secret_options(str(object_type.section), object_type.options(params), _MAY_HOLD_SECRETS)

    def prepare(self, params: Params) -> Params:
        sections = [str(each.section) for each in self.types if params.get(str(each.section))]
        return {**params, **{section: with_secrets(params[section], _MAY_HOLD_SECRETS) for section in sections}}

    def contradictions(self, object_type: ObjectType, options: Params) -> Iterable[str]:
        section = str(object_type.section)
        return [f"{section}: {problem}" for problem in vpn_rules.problems(section, options)]

    def matches(self, raw: Raw, params: Params) -> bool:
        if not super().matches(raw, params):
            return False
        # A restrictions profile that sets no always-on VPN is none of ours: it is not listed, and not deleted as one.
        is_restrictions = self.type_of(raw) in (WORK_PROFILE_ALWAYS_ON, DEVICE_OWNER_ALWAYS_ON)
        return not is_restrictions or params.get("state") == "present" or bool(raw.get("vpnAlwaysOnPackageIdentifier"))

    def check_creatable(self, object_type: ObjectType | None, params: Params) -> ObjectType:
        checked = super().check_creatable(object_type, params)
        section = str(checked.section)
        missing = vpn_rules.missing(section, checked.options(params))
        self.check_missing(params, [f"{section}.{option}" for option in missing])
        return checked
