# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the onboarding: the tasks of the role harmony_onboarding do what this filter returns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._onboarding.plan import Plan
from ..plugin_utils._onboarding.variables import Run, Variables

DOCUMENTATION = r"""
name: harmony_onboarding_plan
short_description: Plan the onboarding of Harmony Mobile
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Turns the variables of the role P(mobilesec.intune.harmony_onboarding#role) into the options of the modules that its
    tasks call, checks them against each other, and reports what was done.
  - It reads and changes nothing. The same variables and results give the same plan.
positional: defaults
options:
  _input:
    description: The variables of the role by their names.
    type: dict
    required: true
  defaults:
    description: The defaults of the role by their names. A variable that is not among them is refused.
    type: dict
    required: true
  part:
    description: What to return. V(objects) are the options of the modules. V(problems) lists what is wrong with the
      variables, V(needs) the permissions and objects that the steps need, V(preflight) the findings about login and
      tenant, and V(result) what was done.
    type: str
    choices: [objects, problems, needs, preflight, result]
    default: objects
  results:
    description: What the tasks returned so far, each by the name that RV(_value) has for its objects. V(permissions),
      V(tenant) and V(enrollment) are the results of the preflight, and V(certificate) is that of looking for the
      certificate file.
    type: dict
    default: {}
  check_mode:
    description: Whether the playbook runs in check mode.
    type: bool
    default: false
  tags:
    description: The tags that the playbook runs with.
    type: list
    elements: str
    default: [all]
  skip_tags:
    description: The tags that the playbook skips.
    type: list
    elements: str
    default: []
  is_own_play:
    description: Whether all tags are this role's, so that any other is refused.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show what the onboarding declares
  vars:
    role_variables:
      harmony_onboarding_platforms: [ios]
    defaults: "{{ lookup('ansible.builtin.file', 'roles/harmony_onboarding/defaults/main.yml') | from_yaml }}"
  ansible.builtin.debug:
    msg: "{{ role_variables | mobilesec.intune.harmony_onboarding_plan(defaults) }}"
"""

RETURN = r"""
_value:
  description:
    - With O(part=objects), a dictionary with the keys V(groups), V(assignment_filters), V(certificate_profiles),
      V(vpn_profiles), V(apps), V(companion_apps), V(app_configs), V(mtd_connectors), V(notification_templates),
      V(compliance_policies), V(app_protection_policies), V(conditional_access_policies) and V(device_facts). Each holds
      the options of a module's task by the name of the object.
    - With O(part=problems), a list of sentences. With any other part, a dictionary.
  type: raw
"""

# What only one part needs is imported for it, since Ansible loads this file in each task that uses any filter.


def _problems(plan: Plan) -> list[str]:
    from ..plugin_utils._onboarding import checks

    variables, run = plan.variables, plan.run
    return checks.of_forms(variables, run) or checks.of_objects(variables, plan.objects(), run)


def _needs(plan: Plan) -> Any:
    from ..plugin_utils._onboarding.needs import Needs

    return Needs(plan).result()


def _preflight(plan: Plan) -> Any:
    from ..plugin_utils._onboarding.preflight import Preflight

    return Preflight(plan).result()


def _result(plan: Plan) -> Any:
    from ..plugin_utils._onboarding.outcome import Outcome

    return Outcome(plan).result()


_PARTS: dict[str, Callable[[Plan], Any]] = {
    "problems": _problems,
    "objects": Plan.objects,
    "needs": _needs,
    "preflight": _preflight,
    "result": _result,
}


def harmony_onboarding_plan(
    role_variables: Mapping[str, Any],
    defaults: Mapping[str, Any],
    part: str = "objects",
    results: Mapping[str, Any] | None = None,
    **run_options: Any,
) -> Any:
    """Return a part of the plan. run_options are the other options of the documentation."""
    if not isinstance(role_variables, Mapping) or not isinstance(defaults, Mapping):
        raise AnsibleFilterError("harmony_onboarding_plan needs two dictionaries: the variables and their defaults.")
    if part not in _PARTS:
        raise AnsibleFilterError(f"harmony_onboarding_plan: part is '{part}', but must be one of {', '.join(_PARTS)}.")
    if part == "problems":
        # In plain form, as modules get their options: Ansible's own containers are slow to copy.
        role_variables = json.loads(json.dumps(role_variables, default=str))
    return _PARTS[part](Plan(Variables(role_variables, defaults), Run(results=results or {}, **run_options)))


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"harmony_onboarding_plan": harmony_onboarding_plan}
