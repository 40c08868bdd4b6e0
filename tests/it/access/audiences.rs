//! Whom each route is for, written down a second time and by hand: a row of `routes.rs` that is
//! opened to more people by mistake differs from this list. A new route is entered here by whoever
//! has thought about who may use it.

use std::collections::BTreeSet;

use surety::accounts::actor::Audience::{
    self, AnyStaff, Development, Merchant, OwnProof, Owner, Public, SignedIn, Staff,
};
use surety::accounts::actor::Role::{Administrator, Reviewer, Treasurer};
use surety::routes::ROUTES;

const MAY: &[(Audience, &[&str])] = &[
    (
        Public,
        &[
            "GET /static/{hash}/{name}",
            "GET /healthz",
            "GET /readyz",
            "GET /register",
            "POST /register",
            "GET /register/sent",
            "POST /register/sent",
            "GET /confirm-email",
            "POST /confirm-email",
            "GET /login",
            "POST /login",
            "GET /login/second-factor",
            "POST /login/second-factor",
            "POST /login/second-factor/passkey",
            "POST /logout",
            "POST /language",
            "GET /password/forgot",
            "POST /password/forgot",
            "GET /password/sent",
            "GET /password/reset",
            "POST /password/reset",
            "GET /orders/{id}/pay",
            "POST /orders/{id}/pay",
            "GET /orders/{id}/paid",
            "GET /orders/{id}/address",
            "POST /orders/{id}/address",
            "GET /",
            "GET /directory",
            "GET /rules",
            "GET /report",
            "POST /report",
            "GET /verify",
            "GET /verify/{code}.json",
            "GET /verify/{code}",
            "GET /badge/{code}.svg",
            "GET /verify/{code}/qr.svg",
            "GET /merchant/invitation",
        ],
    ),
    (OwnProof("a signature"), &["POST /payments/sandbox/notice"]),
    (
        Development,
        &[
            "GET /sandbox/checkout/{reference}",
            "POST /sandbox/checkout/{reference}",
            "GET /.well-known/surety-challenge",
            "GET /dev",
            "GET /dev/codes",
            "GET /dev/components",
            "GET /dev/mail",
            "GET /dev/mail/{id}",
        ],
    ),
    (
        SignedIn,
        &[
            "GET /account",
            "POST /account",
            "GET /account/confirm-email",
            "POST /account/confirm-email",
            "GET /account/security",
            "POST /account/security",
            "GET /account/security/confirm",
            "POST /account/security/confirm",
            "POST /account/security/confirm/passkey",
            "GET /account/security/passkeys",
            "POST /account/security/passkeys",
            "POST /account/security/passkeys/add",
            "POST /account/security/passkeys/{id}/remove",
            "GET /account/security/second-factor",
            "GET /account/security/second-factor/enrol",
            "POST /account/security/second-factor/enrol",
            "POST /account/security/second-factor/remove",
            "GET /account/security/recovery-codes",
            "POST /account/security/recovery-codes",
            "POST /account/security/sessions/end-others",
            "POST /account/security/sessions/{id}/end",
            "GET /notifications",
            "POST /notifications/read",
            "GET /notifications/{id}",
            "GET /orders",
            "GET /orders/{id}",
            "GET /orders/{id}/claim",
            "POST /orders/{id}/claim",
            "GET /orders/{id}/confirm",
            "POST /orders/{id}/confirm",
            "POST /orders/{id}/cancel",
            "POST /orders/{id}/extension",
            "GET /orders/{id}/refund",
            "POST /orders/{id}/refund",
            "POST /orders/{id}/refund/withdraw",
            "GET /orders/{id}/refund/account",
            "POST /orders/{id}/refund/account",
            "GET /merchant",
            "POST /merchant",
            "POST /merchant/invitation",
        ],
    ),
    (
        Merchant,
        &[
            "POST /orders/{id}/refund/agree",
            "POST /orders/{id}/refund/decline",
            "GET /merchant/orders",
            "GET /merchant/orders/new",
            "POST /merchant/orders/new",
            "GET /merchant/orders/{id}",
            "POST /merchant/orders/{id}/deliver",
            "POST /merchant/orders/{id}/extend",
            "POST /merchant/orders/{id}/cancel",
            "GET /merchant/balance",
            "GET /merchant/balance.csv",
            "GET /merchant/badge",
            "GET /merchant/agreement",
            "POST /merchant/agreement",
            "GET /merchant/members",
            "POST /merchant/members/leave",
            "GET /merchant/domains",
            "POST /merchant/domains",
            "POST /merchant/domains/{id}/check",
            "POST /merchant/domains/{id}/remove",
            "GET /merchant/application",
            "POST /merchant/application",
            "GET /merchant/application/details",
            "POST /merchant/application/details",
            "POST /merchant/application/submit",
            "POST /merchant/application/withdraw",
            "GET /merchant/application/documents",
            "POST /merchant/application/documents",
            "GET /merchant/application/documents/{id}",
            "POST /merchant/application/documents/{id}/remove",
        ],
    ),
    (
        Owner,
        &[
            "POST /merchant/balance/payout",
            "POST /merchant/balance/account",
            "POST /merchant/members/invite",
            "POST /merchant/members/{id}/role",
            "POST /merchant/members/{id}/remove",
            "POST /merchant/members/invitations/{id}/withdraw",
        ],
    ),
    (AnyStaff, &["GET /admin"]),
    (
        Staff(Reviewer),
        &[
            "GET /admin/applications",
            "GET /admin/applications/{id}",
            "POST /admin/applications/{id}/claim",
            "POST /admin/applications/{id}/release",
            "POST /admin/applications/{id}/judge",
            "POST /admin/applications/{id}/decide",
            "POST /admin/applications/{id}/record-date",
            "GET /admin/impostors",
            "GET /admin/impostors/{reference}",
            "POST /admin/impostors/{reference}/take",
            "POST /admin/impostors/{reference}/close",
            "GET /admin/applications/{id}/documents/{document}",
        ],
    ),
    (Staff(Treasurer), &["GET /admin/treasury"]),
    (
        Staff(Administrator),
        &[
            "GET /admin/audit",
            "GET /admin/staff",
            "GET /admin/staff/invite",
            "POST /admin/staff/invite",
            "GET /admin/staff/recover",
            "POST /admin/staff/recover",
            "GET /admin/staff/{id}",
            "GET /admin/staff/{id}/roles",
            "POST /admin/staff/{id}/roles",
            "GET /admin/staff/{id}/second-factor",
            "POST /admin/staff/{id}/second-factor",
            "GET /admin/staff/{id}/sessions",
            "POST /admin/staff/{id}/sessions",
        ],
    ),
];

#[test]
fn each_route_is_for_whom_it_was_meant() {
    let meant: BTreeSet<String> = MAY
        .iter()
        .flat_map(|(audience, routes)| routes.iter().map(move |r| format!("{r}: {audience:?}")))
        .collect();
    let there: BTreeSet<String> =
        ROUTES.iter().map(|r| format!("{} {}: {:?}", r.method, r.path, r.audience)).collect();
    let missing: Vec<_> = there.difference(&meant).collect();
    let gone: Vec<_> = meant.difference(&there).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "routes.rs has {missing:#?}, but tests/it/access/audiences.rs has {gone:#?}"
    );
}
