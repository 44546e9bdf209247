# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IntuneCD's backup, and its update in report mode, of profiles and policies: drift_subject.py backup|report FOLDER.

Its update does not compare apps. Where Graph is stands in INTUNE_GRAPH_URL, REQUESTS_CA_BUNDLE and INTUNE_ACCESS_TOKEN.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from types import SimpleNamespace
from typing import Any

GRAPH = "https://graph.microsoft.com"
# Its names of what the tenant of the scenario does not have.
LEFT_OUT = [
    *("ScopeTags", "Filters", "AppConfigurations", "AppProtection", "NotificationTemplate", "ReusablePolicySettings"),
    *("ComplianceScripts", "DeviceCategories", "GPOConfigurations", "AppleEnrollmentProfile", "EnrollmentStatusPage"),
    *("WindowsEnrollmentProfile", "EnrollmentConfigurations", "Intents", "ProactiveRemediation", "PowershellScripts"),
    *("ShellScripts", "CustomAttribute", "CustomAttributes", "ConfigurationPolicies", "ConditionalAccess", "Roles"),
    *("WindowsDriverUpdateProfiles", "windowsFeatureUpdates", "windowsQualityUpdates", "DeviceManagementSettings"),
    *("APNs", "Applications", "CompliancePartner", "Autopilot", "VPP", "ManagedGooglePlay", "ActivationLock"),
    "RemoteAssistancePartner",
]


def main() -> None:
    from IntuneCD.backup_intune import backup_intune
    from IntuneCD.update_intune import update_intune

    library = importlib.import_module("IntuneCD.intunecdlib.BaseGraphModule")

    class Requests:
        """Sends to the emulated tenant what the client means for Graph."""

        exceptions = library.requests.exceptions

        @staticmethod
        def request(url: str, data: Any, requests: Any = library.requests, **options: Any) -> Any:
            if url.endswith("$batch"):
                # It numbers the parts of a batch; the emulated tenant takes text only, as Graph documents it.
                parts = json.loads(data)["requests"]
                data = json.dumps({"requests": [{**part, "id": str(part["id"])} for part in parts]})
            return requests.request(url=url.replace(GRAPH, os.environ["INTUNE_GRAPH_URL"]), data=data, **options)

    library.requests = Requests  # type: ignore[attr-defined]
    work, folder = sys.argv[1:]
    token = {"access_token": os.environ["INTUNE_ACCESS_TOKEN"]}
    args = SimpleNamespace(
        audit=False, ignore_omasettings=False, interactiveauth=False, autopilot=None, activationlock=False
    )
    if work == "backup":
        backup_intune([], folder, "json", LEFT_OUT, token, "", False, args, 10, None)
        return
    # Here this is its name of the other kind of policies, which the tenant does not have.
    left_out = [*LEFT_OUT, "DeviceCompliancePolicies"]
    found: list[Any] = []
    update_intune(found, folder, token, False, True, False, False, left_out, args, 10)
    print("DIFFERENCES", sum(item["count"] for part in found for item in part))


if __name__ == "__main__":
    main()
