# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates of the report, filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jinja2


def filled(template: str, report: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """Return the text. All values are escaped as HTML, unless the template calls one safe.

    Ansible's own templating evaluates to native types and ignores autoescape, so names from the network would become
    markup.
    """
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    text = environment.from_string(template).render(report=json.loads(json.dumps(report)), words=words)
    # Half of a surrogate pair is no character, but JSON can hold it.
    return text.encode("utf-8", "backslashreplace").decode()
