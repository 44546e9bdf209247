# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What antsibull-nox.toml chooses of the community's checks: `pip install antsibull-nox ansible-core && nox`."""

import antsibull_nox

antsibull_nox.load_antsibull_nox_toml()
