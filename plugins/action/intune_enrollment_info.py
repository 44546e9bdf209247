# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.mobilesec.intune.plugins.modules.intune_enrollment_info import MODULE
from ansible_collections.mobilesec.intune.plugins.plugin_utils._action import InProcess


class ActionModule(InProcess):
    module = MODULE
