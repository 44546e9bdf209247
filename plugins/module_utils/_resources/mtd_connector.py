# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mobile threat defense connectors (beta /deviceManagement/mobileThreatDefenseConnectors)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, ClassVar

from .._engine import wait
from .._engine.errors import InvalidOptions
from .._engine.fields import SWITCH, Enum, Field, Number, arguments
from .._engine.names import snake_case
from .._engine.options import Spec, removal_options, state_option
from .._engine.references import ResolvedNames
from .._engine.removal import Use, used_by
from .._engine.resource import ObjectType, Params, Raw, Resource
from .._engine.times import moment
from .._graph import odata
from .._graph.errors import BadRequest, Conflict, IntuneError
from .._graph.session import GraphSession
from .._graph.shapes import Shape

# Graph does not return partners' names. As published with Microsoft365DSC (IntuneMobileThreatDefenseConnector);
# its value for Trellix is malformed and therefore left out.
PARTNERS = {
    "BETTER Mobile Security": "860d3ab4-8fd1-45f5-89cd-ecf51e4f92e5",
    "Check Point Harmony Mobile": "d3ddeae8-441f-4681-b80f-aef644f7195a",
    "CrowdStrike Falcon for Mobile": "29ee2d98-e795-475f-a0f8-0802dc3384a9",
    "CylancePROTECT Mobile": "a447eca6-a986-4d3f-9838-5862bf50776c",
    "Jamf Trust": "1f58d6d2-02cc-4c80-b008-1bfe7396a10a",
    "Lookout for Work": "2c7790de-8b02-4814-85cf-e0c59380dee8",
    "Microsoft Defender for Endpoint": "fc780465-2017-40d4-a0c5-307022471b92",
    "Pradeo": "8d0ed095-8191-4bd3-8a41-953b22d51ff7",
    "SentinelOne": "bb13fe25-ce1f-45aa-b278-cabbc6b9072e",
    "Sophos": "870b252b-0ef0-4707-8847-50fc571472b3",
    "Symantec Endpoint Protection": "28fd67fd-b179-4629-a8b0-dad420b697c7",
    "Trend Micro": "4928f0f6-2660-4f69-b4c5-5170ec921f7b",
    "Windows Security Center": "e6f777f8-e4c2-4a5b-be01-50b5c124bc7f",
    "Zimperium": "08a8455c-48dd-45ff-ad82-7211355354f3",
}

PARTNER_STATES = Enum("unavailable", "available", "enabled", "unresponsive", "notSetUp", "error", "neverConfigured")

WAIT_STATES = [state for state in PARTNER_STATES.choices if state != "never_configured"]

WRITABLE = (
    "androidEnabled",
    "androidDeviceBlockedOnMissingPartnerData",
    "androidMobileApplicationManagementEnabled",
    "iosEnabled",
    "iosDeviceBlockedOnMissingPartnerData",
    "iosMobileApplicationManagementEnabled",
    "macEnabled",
    "macDeviceBlockedOnMissingPartnerData",
    "windowsEnabled",
    "windowsDeviceBlockedOnMissingPartnerData",
    "windowsMobileApplicationManagementEnabled",
    "allowPartnerToCollectIOSApplicationMetadata",
    "allowPartnerToCollectIOSPersonalApplicationMetadata",
    "allowPartnerToCollectIosCertificateMetadata",
    "allowPartnerToCollectIosPersonalCertificateMetadata",
    "grantMobileThreatDefensePartnerRole",
    "launchMobileThreatDefensePartnerOnSetupEnabled",
    "microsoftDefenderForEndpointAttachEnabled",
    "partnerUnsupportedOsVersionBlocked",
    "partnerUnresponsivenessThresholdInDays",
)

# What demands a threat level, in the JSON text of a policy in lower case.
_LEVEL = re.compile('"devicethreatprotectionenabled": true|"maximumalloweddevicethreatlevel": "(?!notconfigured")')


class MtdConnector(Resource):
    singular = "mtd_connector"
    plural = "mtd_connectors"
    title = "mobile threat defense connector"
    path = "deviceManagement/mobileThreatDefenseConnectors"
    polymorphic = False
    name_property = "id"
    ownership_property = None
    id_is_given = True
    may_be_doubled = False
    used_in = (
        "deviceManagement/deviceCompliancePolicies",
        *(f"deviceAppManagement/{platform}ManagedAppProtections" for platform in ("ios", "android", "windows")),
    )
    labels = ("partner", "id")
    types = (ObjectType("mobileThreatDefenseConnector", "mobile threat defense connector"),)
    common_fields = tuple(
        Field(snake_case(name), name, Number(minimum=0) if name.endswith("InDays") else SWITCH) for name in WRITABLE
    )
    further_shapes: Mapping[str, Shape] = dict.fromkeys(("partnerState", "lastHeartbeatDateTime"), str)
    reported = ("partnerState", "lastHeartbeatDateTime", "partnerDisplayName")

    argument_spec: ClassVar[Spec] = {
        **state_option(),
        "partner": {"type": "str"},
        "id": {"type": "str"},
        **removal_options(),
        "wait_for": {"type": "str", "choices": WAIT_STATES},
        "wait_timeout": {"type": "int", "default": 300},
        "wait_poll": {"type": "int", "default": 10},
        "heartbeat_max_age": {"type": "int", "default": 24},
        **arguments(common_fields),
    }
    selected_by = ("partner", "id")
    constraints: ClassVar[Spec] = {"required_one_of": [("partner", "id")], "mutually_exclusive": [("partner", "id")]}

    always_set = ("partner_unresponsiveness_threshold_in_days",)

    def validate(self, params: Params) -> None:
        if params.get("wait_poll") is not None and params["wait_poll"] < 1:
            raise InvalidOptions(
                f"wait_poll must be at least 1 second, not {params['wait_poll']}. This task wrote nothing."
            )

    def prepare(self, params: Params) -> Params:
        """The id of a connector is its partner's: every tenant has it under the same one."""
        partner = params.get("partner")
        if not partner:
            return params
        partner_ids = {name.lower(): partner_id for name, partner_id in PARTNERS.items()}
        if partner.lower() not in partner_ids:
            listed = ", ".join(sorted(PARTNERS))
            raise InvalidOptions(
                f"partner '{partner}' is unknown. Use one of: {listed}. For another partner declare its "
                "connector id as id."
            )
        return {**params, "id": partner_ids[partner.lower()]}

    def matches(self, raw: Raw, params: Params) -> bool:
        # The catalogue lists partners that the tenant never set up [graph facts: MTD connectors].
        return str(raw.get("partnerState")).lower() != "neverconfigured"

    def read(
        self, session: GraphSession, object_id: str, answer: dict[str, Any] | None = None
    ) -> dict[str, Any] | None:
        raw = super().read(session, object_id, answer)
        return raw if raw and self.matches(raw, {}) else None

    def other_uses(self, session: GraphSession, current: Raw, params: Params, warnings: list[str]) -> list[Use]:
        """Platforms that the task does not declare, the partner itself, and policies that demand a threat level."""
        platforms = ("android", "ios", "mac", "windows")
        others = [name for name in platforms if current.get(f"{name}Enabled") and not params.get(f"{name}_enabled")]
        uses = [Use("platforms", tuple(others))] if others else []
        state = _state(current)
        heartbeat = str(current.get("lastHeartbeatDateTime") or "0001")
        if state in ("enabled", "unresponsive", "error") or not heartbeat.startswith("0001"):
            uses.append(Use("partner", (f"state {state}",)))
        # A policy that stays is not left without the connector that its level comes from, whoever created it.
        released = {"released_by": params.get("released_by")}
        return uses + used_by(
            session, self.used_in, released, lambda text: bool(_LEVEL.search(text)), "policies", warnings
        )

    def await_state(self, session: GraphSession, raw: Raw, params: Params) -> Raw:
        """Wait for the partner: only its consent and heartbeat bring a connector to the state enabled."""
        desired_state = params.get("wait_for")
        if not desired_state:
            return raw
        timeout = float(params.get("wait_timeout") or 0)
        pause = float(params.get("wait_poll") or 10)
        for _attempt in wait.attempts(timeout, first=pause, longest=pause):
            if _state(raw) == desired_state:
                return raw
            raw = self.read(session, str(raw["id"])) or raw
        raise IntuneError(
            f"{self.describe(params)} is {_state(raw)}, not {desired_state}, after {timeout:.0f} s (wait_timeout). "
            "The partner has to consent and to send its heartbeat: finish the setup in the partner's "
            "console, then run again."
        )

    def derived(self, raw: Raw, params: Params) -> dict[str, Any]:
        age = datetime.now(timezone.utc) - moment("last_heartbeat_date_time", raw.get("lastHeartbeatDateTime"))
        limit = timedelta(hours=float(params.get("heartbeat_max_age") or 24))
        state = _state(raw)
        return {"partner_state": state, "healthy": state == "enabled" and age <= limit}

    def check_creatable(self, object_type: ObjectType | None, params: Params) -> ObjectType:
        return self.types[0]

    def create_body(
        self, object_type: ObjectType, params: Params, desired: Mapping[str, Any], ids: ResolvedNames
    ) -> dict[str, Any]:
        # The caller gives the id, unlike everywhere else in Graph [graph facts: MTD connectors].
        return {"@odata.type": object_type.odata_type, "id": params["id"], **desired}

    def create(self, session: GraphSession, body: dict[str, Any], params: Params) -> tuple[dict[str, Any], bool]:
        try:
            return super().create(session, body, params)
        except (Conflict, BadRequest) as error:
            # The partner, a catalogue entry or another run created it first: then the entry is updated.
            path = f"{self.path}/{odata.segment(params['id'])}"
            within = wait.VISIBLE_WITHIN if isinstance(error, Conflict) else 0.0
            if wait.until(partial(super().read, session, params["id"]), within) is None:
                raise
            changes = {key: value for key, value in body.items() if key != "id"}
            patched = session.patch(path, changes, version=self.version)
            return patched or session.get(path, version=self.version), True


def _state(raw: Raw) -> str | None:
    return PARTNER_STATES.show(raw.get("partnerState"), ResolvedNames())
