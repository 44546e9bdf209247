# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options for Harmony Mobile's API."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  harmony_region:
    description: Region of the Infinity Portal account. V(eu) is Europe, V(us) the USA, V(au) Australia, V(in) India,
      and V(ca) Canada. For any other, set O(harmony_url).
    type: str
    choices: [eu, us, au, in, ca]
    default: eu
  harmony_url:
    description:
      - Address of the gateway, if it is not that of O(harmony_region). Only C(https) is accepted.
      - The authentication URL that the Infinity Portal shows with a new API key can be given as it is.
      - The access key and the token are sent to this host and to no other.
      - If not set, E(HARMONY_URL) is used.
    type: str
  harmony_client_id:
    description:
      - Client ID of an API key for the service Harmony Mobile. Create one in the Infinity Portal, under Global Settings
        > API Keys, with the role Read-Only.
      - If not set, E(HARMONY_CLIENT_ID) is used.
    type: str
  harmony_access_key:
    description:
      - Secret key of the API key.
      - If not set, E(HARMONY_ACCESS_KEY) is used.
    type: str
  harmony_page_size:
    description: Devices or alerts to ask for at once, from V(10) to V(1000). Harmony Mobile may send fewer.
    type: int
    default: 200
"""

    # Where Ansible reads the options of plugins from, like harmony_options() for modules.
    PLUGINS = r"""
options:
  harmony_url:
    env:
      - name: HARMONY_URL
  harmony_client_id:
    env:
      - name: HARMONY_CLIENT_ID
  harmony_access_key:
    env:
      - name: HARMONY_ACCESS_KEY
"""

    OUTPUT = r"""
options:
  gather:
    description:
      - V(rows) returns the rows, or writes them to O(dest).
      - V(summary) only counts them.
    type: str
    choices: [rows, summary]
    default: rows
  dest:
    description:
      - File to write the rows to, instead of returning them. The memory needed does not grow with their number, but for
        an ID each.
      - The file is replaced when all rows have been read and its lines differ from before. The order of the lines is
        not fixed and does not count as a change.
      - The mode of the file is C(0600). A symbolic link is refused. See also O(shared_directory).
    type: path
  format:
    description:
      - Format of the file O(dest). V(json_lines) is one JSON object a line. V(csv) has the names of the fields in its
        first line, an empty cell for a field without a value, and JSON for lists and objects.
      - The default is V(csv) for a file whose name ends in C(.csv), and V(json_lines) for any other.
    type: str
    choices: [json_lines, csv]
  shared_directory:
    description: Whether O(dest) may be in a directory that other users can write to, such as C(/tmp).
    type: bool
    default: false
"""
