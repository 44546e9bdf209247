# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of what reads the fleet: which devices, which of their properties, and how."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  fields:
    description:
      - Properties of each device, in snake_case. V(all) stands for all that Microsoft Graph fills in lists.
      - By default, these are V(id), V(device_name), V(serial_number), V(azure_ad_device_id), V(user_principal_name),
        V(user_display_name), V(operating_system), V(os_version), V(manufacturer), V(model),
        V(managed_device_owner_type), V(compliance_state), V(partner_reported_threat_state), V(enrolled_date_time), and
        V(last_sync_date_time).
      - Microsoft Graph leaves some properties empty unless a device is read by itself. They are not part of V(all) and
        have to be named. They cost one request for each device, in C($batch) of 20. They are
        C(activationLockBypassCode), C(bootstrapTokenEscrowed), C(chromeOSDeviceInfo), C(ethernetMacAddress),
        C(hardwareInformation), C(iccid), C(notes), C(physicalMemoryInBytes), C(remoteAssistanceSessionUrl), C(udid),
        C(windowsActiveMalwareCount), and C(windowsRemediatedMalwareCount).
    type: list
    elements: str
  filters:
    description:
      - Return the devices that fit all of these. A device fits a list if it has one of its values; letter case does not
        matter.
      - Single values go to Microsoft Graph where it has a filter for them, which makes the answer small. The rest is
        filtered here. The result is the same.
    type: dict
    suboptions:
      operating_system:
        description: Operating systems (C(operatingSystem)), such as V(iOS) and V(Android).
        type: list
        elements: str
      compliance_state:
        description: Compliance states (C(complianceState)).
        type: list
        elements: str
        choices: [unknown, compliant, noncompliant, conflict, error, in_grace_period, config_manager]
      user_principal_name:
        description: User principal names of the devices' users (C(userPrincipalName)).
        type: list
        elements: str
      device_name:
        description: Names of devices (C(deviceName)).
        type: list
        elements: str
      serial_number:
        description: Serial numbers (C(serialNumber)).
        type: list
        elements: str
      manufacturer:
        description: Manufacturers (C(manufacturer)).
        type: list
        elements: str
      model:
        description: Models (C(model)).
        type: list
        elements: str
      azure_ad_device_id:
        description: Device IDs of Microsoft Entra (C(azureADDeviceId)).
        type: list
        elements: str
      device_category_display_name:
        description: Device categories (C(deviceCategoryDisplayName)).
        type: list
        elements: str
      jail_broken:
        description: Whether devices are jailbroken or rooted, in the words of Microsoft Graph, such as V(True),
          V(False), and V(Unknown) (C(jailBroken)).
        type: list
        elements: str
      email_address:
        description: Email addresses of the devices' users (C(emailAddress)).
        type: list
        elements: str
      partner_reported_threat_state:
        description: Threat states that a mobile threat defense partner reported (C(partnerReportedThreatState)).
        type: list
        elements: str
        choices:
          - unknown
          - activated
          - deactivated
          - secured
          - low_severity
          - medium_severity
          - high_severity
          - unresponsive
          - compromised
          - misconfigured
      managed_device_owner_type:
        description: Types of ownership (C(managedDeviceOwnerType)).
        type: list
        elements: str
        choices: [unknown, company, personal]
      is_encrypted:
        description: Whether the storage is encrypted (C(isEncrypted)).
        type: bool
      is_supervised:
        description: Whether the device is supervised (C(isSupervised)).
        type: bool
      last_sync_before:
        description: Last synchronized before this time (C(lastSyncDateTime)), in ISO 8601 form such as V(2026-01-31) or
          V(2026-01-31T12:00:00Z). Without an offset it is UTC.
        type: str
      last_sync_after:
        description: Last synchronized after this time (C(lastSyncDateTime)), in the same form.
        type: str
      enrolled_before:
        description: Enrolled before this time (C(enrolledDateTime)), in the same form.
        type: str
      enrolled_after:
        description: Enrolled after this time (C(enrolledDateTime)), in the same form.
        type: str
  id:
    description:
      - Only the device with this ID (C(id)).
      - O(id), O(azure_ad_device_id), O(serial_number), O(device_name), O(user), and groups exclude each other. Without
        any of them, all devices are read.
    type: str
  azure_ad_device_id:
    description: Only the device with this device ID of Microsoft Entra (C(azureADDeviceId)).
    type: str
  serial_number:
    description: Only devices with this serial number (C(serialNumber)). Serial numbers need not be unique.
    type: str
  device_name:
    description: Only devices of this name (C(deviceName)). Names are not unique; all devices of the name are returned.
    type: str
  user:
    description: User principal name or ID of a user. Only this user's devices are read.
    type: str
  parallel_pages:
    description: How many requests for pages may be under way at once, from 1 to 32. With V(1) pages are read one after
      the other.
    type: int
    default: 8
"""

    # Apart, since an inventory plugin has another option of this name.
    GROUPS = r"""
options:
  groups:
    description: Names or IDs of Microsoft Entra groups. Only devices of their members are read. These are the devices
      of users, and devices that are members themselves, such as dedicated devices without a user. Members of groups in
      these groups count too.
    type: list
    elements: str
"""
