# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of the role says is what its files have."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

SPECS = Path(__file__).parents[3] / "roles/harmony_onboarding/meta/argument_specs.yml"


def test_the_description_of_the_role_has_every_variable_under_its_step() -> None:
    main = yaml.safe_load(SPECS.read_text(encoding="utf-8"))["argument_specs"]["main"]
    listed = re.findall(r"O\((\w+)\)", "\n".join(main["description"]))
    assert listed == list(main["options"])
