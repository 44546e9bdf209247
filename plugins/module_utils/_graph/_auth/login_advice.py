# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do when a login is refused, by the code of the refusal."""

from __future__ import annotations

# What an AADSTS code asks the user to do: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
ADVICE = {
    7000215: "client_secret is wrong: give the secret's value, not its id.",
    70002: "client_secret is wrong: give the secret's value, not its id.",
    7000222: "client_secret has expired: create a new one in the application's registration, or use a certificate.",
    7000218: "the request had no credential: set client_secret, certificate_path or federated_token_file.",
    700016: (
        "the application is not known in this tenant: check client_id, tenant_id and cloud, and that an "
        "admin has consented to it."
    ),
    700011: "the application is not known in this tenant: check client_id, tenant_id and cloud.",
    7000229: (
        "the application has no service principal in this tenant: an admin of the tenant must consent to it first."
    ),
    7000112: "the application is disabled: enable it under the tenant's enterprise applications.",
    70001: "the application is disabled or not known in this tenant: check client_id.",
    90002: "the tenant does not exist: check tenant_id and cloud.",
    900023: "the tenant does not exist: check tenant_id and cloud.",
    90038: "the tenant is in another national cloud: set cloud accordingly.",
    900382: "the tenant is in another national cloud: set cloud accordingly.",
    900432: "the tenant is in another national cloud: set cloud accordingly.",
    700027: (
        "the certificate is not registered with the application, or has expired: upload it to the "
        "application's registration."
    ),
    700030: "the certificate's subject name is not authorized for the application.",
    50012: "the certificate is not valid for the application: check that it is registered there and has not expired.",
    700024: (
        "the assertion is not within its time of validity: check this machine's clock, and that "
        "federated_token_file is kept fresh."
    ),
    70021: (
        "no federated credential of the application matches the token in federated_token_file: compare "
        "issuer, subject and audience."
    ),
    700211: "no federated credential of the application has the issuer of the token in federated_token_file.",
    700212: "no federated credential of the application has the audience of the token in federated_token_file.",
    700213: "no federated credential of the application has the subject of the token in federated_token_file.",
    500011: "Microsoft Graph is not known to this tenant under this address: check cloud and graph_url.",
    70011: "the scope is not valid: check cloud and graph_url.",
    53003: "a Conditional Access policy of the tenant blocks the login: see its workload identity policies.",
    530032: "a security policy of the tenant blocks the login.",
    50002: "the network's tenant restriction forbids this tenant.",
    500021: "the network's tenant restriction forbids this tenant.",
    500022: "the network's tenant restriction forbids this tenant.",
    50001: "Microsoft Graph is disabled in this tenant, or not known under this address: check cloud and graph_url.",
    50013: "the token in federated_token_file is not valid: check that it is fresh and meant for this login.",
    50027: "the token in federated_token_file is not valid: check that it is fresh and meant for this login.",
    700025: "the application is a public client, which takes no secret and no certificate: use another registration.",
    7000216: "the request had no credential: set client_secret, certificate_path or federated_token_file.",
    1002016: "this machine offers an outdated version of TLS: update Python's OpenSSL, or the proxy in between.",
    **dict.fromkeys(
        (50059, 50128, 50194, 9001023, 90013, 9002313),
        "tenant_id or client_id cannot be used: give the tenant's id or domain (not common or organizations), and the "
        "application's id.",
    ),
    **dict.fromkeys(
        (50049, 90051), "the login service does not know this cloud: check cloud and authority_host, or leave both out."
    ),
    **dict.fromkeys(
        (50196, 90055), "there were too many logins in a short time: keep token_cache at auto, and run the task later."
    ),
    **dict.fromkeys(
        (50000, 50033, 90006, 90012, 90024, 90033, 90090),
        "Microsoft Entra has a temporary fault. Run the task again.",
    ),
    # Besides users, Conditional Access judges workload identities:
    # https://learn.microsoft.com/entra/identity/conditional-access/workload-identity
    **dict.fromkeys(
        (50131, 53011, 530031, 530033, 530034),
        "a Conditional Access policy of the tenant, or its risk detection, blocks this login: see the sign-in logs.",
    ),
}
# The same for the login of a user: by AADSTS code, or by OAuth's word for it (RFC 8628, section 3.5).
USER_ADVICE: dict[int | str, str] = {
    7000218: (
        "the application allows no login of users: set 'Allow public client flows' under Authentication of its "
        "registration."
    ),
    65001: "nobody has consented to the application's delegated permissions: grant them with admin consent.",
    65004: "the user did not consent to the application's permissions.",
    90094: "the application's permissions need the consent of an administrator.",
    65002: "this application of Microsoft's has no permission for Intune: use an application of your own.",
    90095: "the application's permissions need the consent of an administrator.",
    50105: "the user is not assigned to the application.",
    **dict.fromkeys(
        (16000, 50014, 50020, 50034, 90072),
        "the user does not exist in this tenant: check tenant_id, and log in with an account of the tenant.",
    ),
    **dict.fromkeys((50055, 50144), "the user's password has expired: change it, and log in again."),
    **dict.fromkeys((50056, 50064, 50126), "the user name or the password is wrong."),
    50053: "the user is locked after too many logins: wait, or have an administrator unblock the user.",
    50057: "the user is disabled: an administrator can enable the account.",
    **dict.fromkeys(
        (50072, 50074, 50076, 50078, 50079, 50158),
        "the tenant requires multifactor authentication, which was not completed. Run the task again, and complete it "
        "in the browser; an application's login needs none.",
    ),
    **dict.fromkeys(
        (50097, 50129, 50187, 53000, 53001, 53002),
        "a Conditional Access policy of the tenant requires a managed device or an approved app, which a login by code "
        "cannot prove: log in as an application.",
    ),
    **dict.fromkeys(
        (50089, 50132, 50133, 50173, 70008, 70043, 700082),
        "the login has expired or was revoked. Run the task again, and log in anew.",
    ),
    **dict.fromkeys((500212, 500213), "a cross-tenant access policy forbids this user to log in to this tenant."),
    **dict.fromkeys(
        (650056, 650057),
        "the application's registration does not name the permission: add it as delegated permission, with admin "
        "consent.",
    ),
    "authorization_declined": "the user declined the login.",
    "authorization_pending": "nobody entered the code in time. Run the task again.",
    "expired_token": "nobody entered the code in time. Run the task again.",
    "code_expired": "nobody entered the code in time. Run the task again.",
}
