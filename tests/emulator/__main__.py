# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start an emulated tenant: ``python -m tests.emulator`` or ``python tests/emulator``."""

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

if not __package__:
    # Run by path: Python put this directory on the path; as a package it is found from its parent.
    sys.path[0] = str(HERE.parent)

sys.exit(importlib.import_module(f"{__package__ or HERE.name}.cli").main())
