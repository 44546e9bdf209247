# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules can do."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description:
      - Predicts the change that the next run makes, and writes nothing.
      - An object that would be created gets a placeholder ID, which other modules of this collection accept in check
        mode.
  diff_mode:
    support: full
    description: Shows what changes in the module's own option names, with secrets masked.
  idempotent:
    support: full
    description: A second run with the same options changes nothing.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Reads only, so check mode does the same.
  diff_mode:
    support: N/A
    description: Nothing is changed.
  idempotent:
    support: full
    description: Reading changes nothing.
"""

    ACTION_GROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/mobilesec.intune.intune) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - mobilesec.intune.intune
notes:
  - Modules talk to Microsoft Graph from the host they run on, usually the controller, so use them with
    C(connection=local) or C(delegate_to=localhost).
  - "The options for the login can be set once for a play with C(module_defaults), for the action group
    C(mobilesec.intune.intune)."
"""

    HARMONY_INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Reads in any case. The file O(dest) is not written.
  diff_mode:
    support: full
    description: Shows how the file O(dest) changes, without the rows in it.
  idempotent:
    support: full
    description: Reading changes nothing.
  action_group:
    description: Use C(group/mobilesec.intune.harmony) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - mobilesec.intune.harmony
notes:
  - Modules talk to Harmony Mobile from the host they run on, usually the controller, so use them with
    C(connection=local) or C(delegate_to=localhost).
  - The API is documented by public clients only. C(docs/harmony_facts.md) in the repository says what is relied on.
    Nothing is written to Harmony Mobile.
"""
