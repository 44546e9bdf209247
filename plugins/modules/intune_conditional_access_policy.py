#!/usr/bin/python

# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: intune_conditional_access_policy
short_description: Manage Conditional Access policies in Microsoft Entra
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates, changes and deletes Conditional Access policies, with which an unsafe phone loses access. A policy can
    require a compliant device or a protected app, on chosen platforms, for chosen users, groups, roles and
    applications.
  - A new policy only reports, unless you declare otherwise.
  - The module refuses to enforce a policy for all users without an exclusion, and for the login that runs it.
  - The module uses Microsoft Graph v1.0. Policies with features of the preview, which only the beta version shows, are
    found, read and written there.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.attributes
  - mobilesec.intune.attributes.action_group
options:
  state:
    description:
      - Whether the policy exists. Whether it is enforced is O(policy_state).
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - Name of the policy (C(displayName)). This or O(id) is needed; if both are declared, the policy is renamed.
      - Names need not be unique in a tenant. If several policies have the name, the task fails and lists their IDs.
    type: str
  id:
    description:
      - ID of an existing policy.
    type: str
  unset:
    description:
      - Names of options, such as V(conditions.platforms), whose values are removed.
    type: list
    elements: str
  purge_exclusions:
    description:
      - Make O(conditions.users.exclude_users), O(conditions.users.exclude_groups) and O(conditions.users.exclude_roles)
        exact, as far as they are declared. By default, a user, group or role that somebody else excluded stays
        excluded, because the exclusion may protect emergency accounts. One that is declared as included does not stay
        excluded.
    type: bool
    default: false
    version_added: 1.1.0
  policy_state:
    description:
      - Whether the policy is enforced (C(state)).
      - "A new policy gets V(enabled_for_reporting_but_not_enforced): the sign-in logs show what it would do, and
        nobody loses access."
      - V(enabled) is refused for all users without an excluded user or group, and for the login that runs the task.
    type: str
    choices: [enabled, disabled, enabled_for_reporting_but_not_enforced]
  conditions:
    description:
      - To which sign-ins the policy applies (C(conditions)). Needed to create a policy, with
        O(conditions.applications) and O(conditions.users).
      - Only declared parts are compared; the others keep what they have.
    type: dict
    suboptions:
      users:
        description:
          - Whom the policy is for (C(users)).
        type: dict
        suboptions:
          include_users:
            description:
              - The users that the policy is for, each as user principal name or object ID, or one of V(All), V(None)
                and V(GuestsOrExternalUsers) (C(includeUsers)).
            type: list
            elements: str
          exclude_users:
            description:
              - The users that the policy is not for, written alike (C(excludeUsers)).
            type: list
            elements: str
          include_groups:
            description:
              - Names or object IDs of the groups whose members the policy is for (C(includeGroups)).
            type: list
            elements: str
          exclude_groups:
            description:
              - Names or object IDs of the groups whose members the policy is not for, such as that of emergency
                accounts (C(excludeGroups)).
            type: list
            elements: str
          include_roles:
            description:
              - Names or template IDs of built-in roles that the policy is for (C(includeRoles)).
            type: list
            elements: str
          exclude_roles:
            description:
              - Names or template IDs of built-in roles that the policy is not for (C(excludeRoles)).
            type: list
            elements: str
          include_guests_or_external_users:
            description:
              - The guests and external users that the policy is for (C(includeGuestsOrExternalUsers)).
            type: dict
            suboptions: &guests
              guest_or_external_user_types:
                description:
                  - The types of guests and external users (C(guestOrExternalUserTypes)).
                type: list
                elements: str
                choices:
                  - none
                  - internal_guest
                  - b2b_collaboration_guest
                  - b2b_collaboration_member
                  - b2b_direct_connect_user
                  - other_external_user
                  - service_provider
              external_tenants:
                description:
                  - The tenants that they come from (C(externalTenants)).
                type: dict
                suboptions:
                  membership_kind:
                    description:
                      - All tenants, or those of
                        O(conditions.users.include_guests_or_external_users.external_tenants.members)
                        (C(membershipKind)).
                    type: str
                    choices: [all, enumerated]
                  members:
                    description:
                      - IDs of the tenants (C(members)).
                    type: list
                    elements: str
          exclude_guests_or_external_users:
            description:
              - The guests and external users that the policy is not for (C(excludeGuestsOrExternalUsers)).
            type: dict
            suboptions: *guests
      applications:
        description:
          - The applications that the policy protects (C(applications)).
        type: dict
        suboptions:
          include_applications:
            description:
              - Names or application IDs (client IDs) of the applications that the policy is for, or one of V(All),
                V(None), V(Office365), V(MicrosoftAdminPortals) and V(AllAgentIdResources) (C(includeApplications)).
              - A name is that of the application's service principal. An ID is taken as it is, since a policy can be
                for applications that the tenant does not have.
            type: list
            elements: str
          exclude_applications:
            description:
              - Applications that the policy is not for, written alike (C(excludeApplications)).
            type: list
            elements: str
          include_user_actions:
            description:
              - Actions that the policy is for, V(urn:user:registersecurityinfo) and V(urn:user:registerdevice)
                (C(includeUserActions)).
            type: list
            elements: str
          include_authentication_context_class_references:
            description:
              - Authentication contexts that the policy is for, V(c1) to V(c25)
                (C(includeAuthenticationContextClassReferences)).
            type: list
            elements: str
          application_filter:
            description:
              - A filter of applications (C(applicationFilter)).
            type: dict
            suboptions: &filter
              mode:
                description:
                  - Whether the filter includes or excludes (C(mode)).
                type: str
                required: true
                choices: [include, exclude]
              rule:
                description:
                  - The rule of the filter (C(rule)).
                type: str
                required: true
      platforms:
        description:
          - The platforms of devices (C(platforms)). Without it, the policy is for all.
        type: dict
        suboptions:
          include_platforms:
            description:
              - The platforms that the policy is for (C(includePlatforms)).
            type: list
            elements: str
            choices: [android, ios, windows, windows_phone, macos, all, linux]
          exclude_platforms:
            description:
              - The platforms that the policy is not for (C(excludePlatforms)).
            type: list
            elements: str
            choices: [android, ios, windows, windows_phone, macos, all, linux]
      locations:
        description:
          - Where a sign-in comes from (C(locations)). Without it, the policy is for all places.
        type: dict
        suboptions:
          include_locations:
            description:
              - Names or IDs of named locations, V(All), or V(AllTrusted) (C(includeLocations)).
            type: list
            elements: str
          exclude_locations:
            description:
              - Named locations that the policy is not for, written alike (C(excludeLocations)).
            type: list
            elements: str
      client_app_types:
        description:
          - How users sign in (C(clientAppTypes)). A new policy gets V(all).
        type: list
        elements: str
        choices: [all, browser, mobile_apps_and_desktop_clients, exchange_active_sync, eas_supported, other]
      devices:
        description:
          - Which devices the policy is for (C(devices)).
        type: dict
        suboptions:
          device_filter:
            description:
              - A filter of devices (C(deviceFilter)).
            type: dict
            suboptions: *filter
      client_applications:
        description:
          - Which applications with an identity of their own the policy is for, instead of users
            (C(clientApplications)).
        type: dict
        suboptions:
          include_service_principals:
            description:
              - Object IDs of service principals, or V(ServicePrincipalsInMyTenant) (C(includeServicePrincipals)).
            type: list
            elements: str
          exclude_service_principals:
            description:
              - Object IDs of service principals that the policy is not for (C(excludeServicePrincipals)).
            type: list
            elements: str
          service_principal_filter:
            description:
              - A filter of service principals (C(servicePrincipalFilter)).
            type: dict
            suboptions: *filter
      authentication_flows:
        description:
          - Ways to log in on behalf of another device (C(authenticationFlows)). A policy can only block them.
        type: dict
        suboptions:
          transfer_methods:
            description:
              - The ways (C(transferMethods)).
            type: list
            elements: str
            choices: [none, device_code_flow, authentication_transfer]
      sign_in_risk_levels:
        description:
          - Risk levels of the sign-in (C(signInRiskLevels)). Needs Microsoft Entra ID P2.
        type: list
        elements: str
        choices: [low, medium, high, hidden, none]
      user_risk_levels:
        description:
          - Risk levels of the user (C(userRiskLevels)). Needs Microsoft Entra ID P2.
        type: list
        elements: str
        choices: [low, medium, high, hidden, none]
      service_principal_risk_levels:
        description:
          - Risk levels of service principals (C(servicePrincipalRiskLevels)).
        type: list
        elements: str
        choices: [low, medium, high, hidden, none]
      insider_risk_levels:
        description:
          - Insider risk levels of the user (C(insiderRiskLevels)).
        type: list
        elements: str
        choices: [minor, moderate, elevated]
  grant_controls:
    description:
      - What is required (C(grantControls)). This or O(session_controls) is needed to create a policy.
    type: dict
    suboptions:
      operator:
        description:
          - Whether all controls are required (V(and)) or one of them (V(or)) (C(operator)). A new policy gets V(or).
        type: str
        choices: [and, or]
      built_in_controls:
        description:
          - The controls (C(builtInControls)). V(compliant_device) requires a device that complies with a policy of
            M(mobilesec.intune.intune_compliance_policy), V(compliant_application) an app with a policy of
            M(mobilesec.intune.intune_app_protection_policy). V(block) cannot be combined with others.
        type: list
        elements: str
        choices:
          - block
          - mfa
          - compliant_device
          - domain_joined_device
          - approved_application
          - compliant_application
          - password_change
          - risk_remediation
      custom_authentication_factors:
        description:
          - IDs of custom controls (C(customAuthenticationFactors)).
        type: list
        elements: str
      terms_of_use:
        description:
          - IDs of terms of use (C(termsOfUse)).
        type: list
        elements: str
      authentication_strength:
        description:
          - Name or ID of an authentication strength, such as V(Phishing-resistant MFA) (C(authenticationStrength)).
        type: str
  session_controls:
    description:
      - What is done with the session after the sign-in (C(sessionControls)). Controls that do nothing are removed.
    type: dict
    suboptions:
      application_enforced_restrictions:
        description:
          - Restrictions that Exchange Online and SharePoint Online enforce (C(applicationEnforcedRestrictions)).
        type: dict
        suboptions: &switch
          is_enabled: &is_enabled
            description:
              - Whether the control is on (C(isEnabled)). A new control is on unless this is V(false).
            type: bool
      secure_sign_in_session:
        description:
          - Whether the session is bound to the device (C(secureSignInSession)).
        type: dict
        suboptions: *switch
      cloud_app_security:
        description:
          - Control by Microsoft Defender for Cloud Apps (C(cloudAppSecurity)).
        type: dict
        suboptions:
          is_enabled: *is_enabled
          cloud_app_security_type:
            description:
              - The control (C(cloudAppSecurityType)).
            type: str
            choices: [mcas_configured, monitor_only, block_downloads]
      persistent_browser:
        description:
          - Whether a session survives the browser (C(persistentBrowser)).
        type: dict
        suboptions:
          is_enabled: *is_enabled
          mode:
            description:
              - Whether sessions persist (C(mode)).
            type: str
            choices: [always, never]
      sign_in_frequency:
        description:
          - How often users sign in (C(signInFrequency)).
        type: dict
        suboptions:
          is_enabled: *is_enabled
          authentication_type:
            description:
              - Which authentication is repeated (C(authenticationType)).
            type: str
            choices: [primary_and_secondary_authentication, secondary_authentication]
          frequency_interval:
            description:
              - Whether users sign in after a time or every time (C(frequencyInterval)).
            type: str
            choices: [time_based, every_time]
          type:
            description:
              - Unit of C(value) (C(type)). Not with V(every_time).
            type: str
            choices: [days, hours]
          value:
            description:
              - The number of days or hours (C(value)). Not with V(every_time).
            type: int
      continuous_access_evaluation:
        description:
          - How continuous access evaluation works (C(continuousAccessEvaluation)).
        type: dict
        version_added: 1.2.0
        suboptions:
          mode:
            description:
              - Whether it is off, or also checks the location strictly (C(mode)).
            type: str
            choices: [strict_enforcement, disabled, strict_location]
      disable_resilience_defaults:
        description:
          - Whether sessions are not extended during an outage of Microsoft Entra (C(disableResilienceDefaults)).
            V(true) or nothing.
        type: bool
notes:
  - Conditional Access needs Microsoft Entra ID P1. While security defaults are on, Microsoft Graph refuses to enforce a
    policy.
  - Microsoft Entra keeps a deleted policy for 30 days.
  - "Application permissions: C(Policy.Read.All); C(Policy.ReadWrite.ConditionalAccess) to change something;
    C(Application.Read.All) to change something and with names of applications; C(User.ReadBasic.All) with names of
    users; C(GroupMember.Read.All) with groups; C(RoleManagement.Read.Directory) with names of roles."
seealso:
  - module: mobilesec.intune.intune_conditional_access_policy_info
  - module: mobilesec.intune.intune_compliance_policy
  - module: mobilesec.intune.intune_app_protection_policy
"""

EXAMPLES = r"""
- name: Report which phones would lose access without a compliant device or a protected app
  mobilesec.intune.intune_conditional_access_policy:
    name: Phones need Harmony Mobile
    conditions:
      users:
        include_users: [All]
        exclude_groups: [Emergency accounts]
      applications:
        include_applications: [Office365]
      platforms:
        include_platforms: [android, ios]
    grant_controls:
      operator: or
      built_in_controls: [compliant_device, compliant_application]

- name: Ask for a strong sign-in to one application from outside the offices
  mobilesec.intune.intune_conditional_access_policy:
    name: Strong sign-in to the portal
    conditions:
      users:
        include_groups: [Help desk]
      applications:
        include_applications: [Microsoft Graph]
      locations:
        include_locations: [All]
        exclude_locations: [Headquarters]
    grant_controls:
      authentication_strength: Phishing-resistant MFA

- name: Enforce it for a pilot group
  mobilesec.intune.intune_conditional_access_policy:
    name: Phones need Harmony Mobile
    policy_state: enabled
    conditions:
      users:
        include_users: []
        include_groups: [Harmony Mobile pilot]
      applications:
        include_applications: [Office365]
      platforms:
        include_platforms: [android, ios]
    grant_controls:
      operator: or
      built_in_controls: [compliant_device, compliant_application]
"""

RETURN = r"""
conditional_access_policy:
  description: The policy, in the form of the module's options. After deletion, the policy as it was.
  returned: success, unless it does not exist
  type: dict
  sample:
    id: 2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17
    name: Phones need Harmony Mobile
    policy_state: enabled_for_reporting_but_not_enforced
    conditions:
      users:
        include_users: [All]
        exclude_groups: [Emergency accounts]
      applications:
        include_applications: [Office365]
    grant_controls:
      operator: or
      built_in_controls: [compliant_device]
id:
  description: ID of the policy; in check mode a placeholder for one that would be created.
  returned: success
  type: str
  sample: 2c8f1c62-6d6b-4a43-9d3b-4c8e0b6f5a17
graph_requests:
  description: Number of requests that were sent to Microsoft Graph; a C($batch) counts as one.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.mobilesec.intune.plugins.module_utils._interface import resource_module
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.conditional_access_policy import (
    ConditionalAccessPolicy,
)

MODULE = resource_module(ConditionalAccessPolicy)


def main() -> None:
    MODULE.run()


if __name__ == "__main__":
    main()
