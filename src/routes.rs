//! All routes with their audiences. A test tries every one as every kind of reader.

use std::cmp::Reverse;

use actix_web::dev::ServiceRequest;
use actix_web::guard;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, ServiceConfig};

use crate::accounts::actor::{self, Audience, Role};
use crate::cases::pages as refund;
use crate::demo::{code_pages, site_pages};
use crate::notifications::{dev_pages as mail_pages, pages as notification_pages};
use crate::orders::pages::{self as orders, balance, buyer, checkout, claim, paid, treasury};
use crate::payments::sandbox_pages;
use crate::web::headers;
use crate::{accounts, admission, backoffice, badges, health, reputation, trust, web as kit};

#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// GET also answers HEAD.
    pub method: &'static str,
    /// With `{…}` for parameters.
    pub path: &'static str,
    pub audience: Audience,
}

/// Generates the table that tests read and the registrations for actix from the same rows.
macro_rules! routes {
    ($($method:ident $path:literal $audience:expr => $handler:path;)*) => {
        pub const ROUTES: &[Route] = &[
            $(Route { method: stringify!($method), path: $path, audience: $audience },)*
        ];

        const REGISTER: &[(&str, fn(&str, &mut ServiceConfig))] = &[
            $(($path, |path, config| {
                config.service(
                    web::resource(path)
                        .guard(routes!(@guard $method))
                        .wrap(from_fn(|request: ServiceRequest, next: Next<_>| {
                            headers::note_pattern(&request, $path);
                            actor::guard($audience, request, next)
                        }))
                        .route(web::route().to($handler)),
                );
            }),)*
        ];
    };
    (@guard GET) => { guard::Any(guard::Get()).or(guard::Head()) };
    (@guard POST) => { guard::Post() };
}

use Audience::{
    AnyStaff, Confirmed, Development, Merchant, OwnProof, Owner, Public, SignedIn, Staff,
};
use Role::{Administrator, Reviewer, Treasurer};

routes! {
    GET "/static/{hash}/{name}" Public => kit::assets::serve;
    GET "/healthz" Public => health::alive;
    GET "/readyz" Public => health::ready;
    // Accounts.
    GET "/register" Public => accounts::register_pages::register;
    POST "/register" Public => accounts::register_pages::register_post;
    GET "/register/sent" Public => accounts::register_pages::sent;
    POST "/register/sent" Public => accounts::register_pages::sent_post;
    GET "/confirm-email" Public => accounts::register_pages::confirm;
    POST "/confirm-email" Public => accounts::register_pages::confirm_post;
    GET "/login" Public => accounts::sign_in_pages::sign_in;
    POST "/login" Public => accounts::sign_in_pages::sign_in_post;
    GET "/login/second-factor" Public => accounts::second_step_pages::second_step;
    POST "/login/second-factor" Public => accounts::second_step_pages::second_step_post;
    POST "/login/second-factor/passkey" Public => accounts::passkey_pages::second_step;
    POST "/logout" Public => accounts::sign_in_pages::sign_out;
    POST "/language" Public => accounts::account_pages::language;
    GET "/password/forgot" Public => accounts::password_pages::forgot;
    POST "/password/forgot" Public => accounts::password_pages::forgot_post;
    GET "/password/sent" Public => accounts::password_pages::forgot_sent;
    GET "/password/reset" Public => accounts::password_pages::reset;
    POST "/password/reset" Public => accounts::password_pages::reset_post;
    GET "/account" SignedIn => accounts::account_pages::account;
    POST "/account" SignedIn => accounts::account_pages::account_post;
    GET "/account/confirm-email" SignedIn => accounts::register_pages::unconfirmed;
    POST "/account/confirm-email" SignedIn => accounts::register_pages::resend;
    GET "/account/security" SignedIn => accounts::security_pages::security;
    POST "/account/security" SignedIn => accounts::security_pages::change_password;
    GET "/account/security/confirm" SignedIn => accounts::sign_in_pages::step_up;
    POST "/account/security/confirm" SignedIn => accounts::sign_in_pages::step_up_post;
    POST "/account/security/confirm/passkey" SignedIn => accounts::passkey_pages::confirm;
    GET "/account/security/passkeys" Confirmed => accounts::passkey_pages::add;
    POST "/account/security/passkeys" Confirmed => accounts::passkey_pages::begin;
    POST "/account/security/passkeys/add" Confirmed => accounts::passkey_pages::finish;
    POST "/account/security/passkeys/{id}/remove" SignedIn => accounts::passkey_pages::remove;
    GET "/account/security/second-factor" SignedIn => accounts::second_factor_pages::overview;
    GET "/account/security/second-factor/enrol" Confirmed => accounts::second_factor_pages::enrol;
    POST "/account/security/second-factor/enrol" Confirmed
        => accounts::second_factor_pages::enrol_post;
    POST "/account/security/second-factor/remove" SignedIn => accounts::second_factor_pages::remove;
    GET "/account/security/recovery-codes" Confirmed
        => accounts::second_factor_pages::recovery_codes;
    POST "/account/security/recovery-codes" Confirmed
        => accounts::second_factor_pages::renew_recovery_codes;
    POST "/account/security/sessions/end-others" SignedIn => accounts::security_pages::end_others;
    POST "/account/security/sessions/{id}/end" SignedIn => accounts::security_pages::end_session;
    // Notifications.
    GET "/notifications" SignedIn => notification_pages::list;
    POST "/notifications/read" SignedIn => notification_pages::read_all;
    GET "/notifications/{id}" SignedIn => notification_pages::follow;
    // Orders, as the buyer sees them.
    GET "/orders" SignedIn => buyer::list;
    GET "/orders/{id}" SignedIn => buyer::show;
    GET "/orders/{id}/pay" Public => checkout::checkout;
    POST "/orders/{id}/pay" Public => checkout::start;
    GET "/orders/{id}/paid" Public => paid::show;
    GET "/orders/{id}/address" Public => orders::address::show;
    POST "/orders/{id}/address" Public => orders::address::correct;
    GET "/orders/{id}/claim" SignedIn => claim::show;
    POST "/orders/{id}/claim" SignedIn => claim::claim;
    GET "/orders/{id}/confirm" SignedIn => buyer::confirm_page;
    POST "/orders/{id}/confirm" SignedIn => buyer::confirm;
    POST "/orders/{id}/cancel" SignedIn => buyer::cancel;
    POST "/orders/{id}/extension" SignedIn => buyer::ask_extension;
    // Refund requests, for both parties.
    GET "/orders/{id}/refund" SignedIn => refund::show;
    POST "/orders/{id}/refund" SignedIn => refund::ask;
    POST "/orders/{id}/refund/withdraw" SignedIn => refund::withdraw;
    POST "/orders/{id}/refund/agree" Merchant => refund::agree;
    POST "/orders/{id}/refund/decline" Merchant => refund::decline;
    GET "/orders/{id}/refund/account" SignedIn => orders::refund_account::show;
    POST "/orders/{id}/refund/account" SignedIn => orders::refund_account::give;
    // Ratings, for both parties, and the merchant's record.
    GET "/orders/{id}/rating" SignedIn => reputation::rating_pages::show;
    POST "/orders/{id}/rating" SignedIn => reputation::rating_pages::rate;
    POST "/orders/{id}/rating/reply" Merchant => reputation::rating_pages::reply;
    GET "/merchant/record" Merchant => reputation::record_pages::show;
    // Orders and money, as the merchant sees them.
    GET "/merchant/orders" Merchant => orders::merchant::list;
    GET "/merchant/orders/new" Merchant => orders::merchant::new_form;
    POST "/merchant/orders/new" Merchant => orders::merchant::create;
    GET "/merchant/orders/{id}" Merchant => orders::merchant::show;
    POST "/merchant/orders/{id}/deliver" Merchant => orders::merchant::deliver;
    POST "/merchant/orders/{id}/extend" Merchant => orders::merchant::extend;
    POST "/merchant/orders/{id}/cancel" Merchant => orders::merchant::cancel;
    GET "/merchant/balance" Merchant => balance::show;
    GET "/merchant/balance.csv" Merchant => balance::csv;
    POST "/merchant/balance/payout" Owner => balance::payout;
    POST "/merchant/balance/account" Owner => balance::change_account;
    GET "/admin/treasury" Staff(Treasurer) => treasury::show;
    // Payments.
    POST "/payments/sandbox/notice" OwnProof("a signature") => checkout::sandbox_notice;
    GET "/sandbox/checkout/{reference}" Development => sandbox_pages::checkout;
    POST "/sandbox/checkout/{reference}" Development => sandbox_pages::play;
    // Development.
    GET "/.well-known/surety-challenge" Development => site_pages::challenge;
    GET "/dev" Development => kit::dev_pages::index;
    GET "/dev/codes" Development => code_pages::show;
    GET "/dev/components" Development => kit::components_pages::show;
    GET "/dev/mail" Development => mail_pages::mails;
    GET "/dev/mail/{id}" Development => mail_pages::mail;
    // Badges.
    GET "/" Public => badges::home_pages::home;
    GET "/directory" Public => badges::directory_pages::list;
    GET "/rules" Public => badges::rules_pages::rules;
    GET "/report" Public => badges::report_pages::form;
    POST "/report" Public => badges::report_pages::send;
    GET "/merchant/badge" Merchant => badges::snippet_pages::snippet;
    GET "/verify" Public => badges::search_pages::search;
    GET "/verify/{code}.json" Public => badges::facts_pages::facts;
    GET "/verify/{code}" Public => badges::authentication_pages::authentication;
    GET "/badge/{code}.svg" Public => badges::picture_pages::badge;
    GET "/verify/{code}/qr.svg" Public => badges::picture_pages::qr;
    // The trust programme: the merchant's side.
    GET "/merchant" SignedIn => admission::home_pages::show;
    POST "/merchant" SignedIn => admission::home_pages::open;
    GET "/merchant/agreement" Merchant => trust::agreement_pages::show;
    POST "/merchant/agreement" Merchant => trust::agreement_pages::sign;
    GET "/merchant/agreement/{version}.txt" Merchant => trust::agreement_pages::copy;
    GET "/merchant/members" Merchant => trust::member_pages::list;
    POST "/merchant/members/invite" Owner => trust::member_pages::invite;
    POST "/merchant/members/leave" Merchant => trust::member_pages::leave;
    POST "/merchant/members/{id}/role" Owner => trust::member_pages::role;
    POST "/merchant/members/{id}/remove" Owner => trust::member_pages::remove;
    POST "/merchant/members/invitations/{id}/withdraw" Owner => trust::member_pages::withdraw;
    GET "/merchant/invitation" Public => trust::invitation_pages::show;
    POST "/merchant/invitation" SignedIn => trust::invitation_pages::accept;
    GET "/merchant/domains" Merchant => trust::domain_pages::list;
    POST "/merchant/domains" Merchant => trust::domain_pages::add;
    POST "/merchant/domains/{id}/check" Merchant => trust::domain_pages::check;
    POST "/merchant/domains/{id}/remove" Merchant => trust::domain_pages::remove;
    GET "/merchant/application" Merchant => admission::application_pages::show;
    POST "/merchant/application" Merchant => admission::application_pages::start;
    GET "/merchant/application/details" Merchant => admission::application_pages::details;
    POST "/merchant/application/details" Merchant => admission::application_pages::save_details;
    POST "/merchant/application/submit" Merchant => admission::application_pages::submit;
    POST "/merchant/application/withdraw" Merchant => admission::application_pages::withdraw;
    GET "/merchant/application/documents" Merchant => admission::documents_pages::list;
    POST "/merchant/application/documents" Merchant => admission::documents_pages::add;
    GET "/merchant/application/documents/{id}" Merchant => admission::documents_pages::own_file;
    POST "/merchant/application/documents/{id}/remove" Merchant
        => admission::documents_pages::remove;
    // The trust programme: the reviewers' side.
    GET "/admin" AnyStaff => backoffice::overview_pages::overview;
    GET "/admin/applications" Staff(Reviewer) => admission::queue_pages::list;
    GET "/admin/applications/{id}" Staff(Reviewer) => admission::review_pages::show;
    POST "/admin/applications/{id}/claim" Staff(Reviewer) => admission::review_pages::claim;
    POST "/admin/applications/{id}/release" Staff(Reviewer) => admission::review_pages::release;
    POST "/admin/applications/{id}/judge" Staff(Reviewer) => admission::review_pages::judge;
    POST "/admin/applications/{id}/decide" Staff(Reviewer) => admission::review_pages::decide;
    POST "/admin/applications/{id}/record-date" Staff(Reviewer)
        => admission::review_pages::record_date;
    GET "/admin/impostors" Staff(Reviewer) => badges::impostor_pages::list;
    GET "/admin/impostors/{reference}" Staff(Reviewer) => badges::impostor_pages::show;
    POST "/admin/impostors/{reference}/take" Staff(Reviewer)
        => badges::impostor_pages::take_reports;
    POST "/admin/impostors/{reference}/close" Staff(Reviewer)
        => badges::impostor_pages::close_reports;
    GET "/admin/applications/{id}/domain-checks" Staff(Reviewer)
        => admission::domain_checks_pages::list;
    GET "/admin/applications/{id}/documents/{document}" Staff(Reviewer)
        => admission::documents_pages::reviewed_file;
    // The staff itself.
    GET "/admin/staff" Staff(Administrator) => accounts::staff_pages::list;
    GET "/admin/staff/invite" Staff(Administrator) => accounts::staff_pages::invite;
    POST "/admin/staff/invite" Staff(Administrator) => accounts::staff_pages::invite_post;
    GET "/admin/staff/recover" Staff(Administrator) => accounts::staff_pages::recover;
    POST "/admin/staff/recover" Staff(Administrator) => accounts::staff_pages::recover_post;
    GET "/admin/staff/{id}" Staff(Administrator) => accounts::staff_pages::show;
    GET "/admin/staff/{id}/roles" Staff(Administrator) => accounts::staff_pages::roles;
    POST "/admin/staff/{id}/roles" Staff(Administrator) => accounts::staff_pages::roles_post;
    GET "/admin/staff/{id}/second-factor" Staff(Administrator) => accounts::staff_pages::reset;
    POST "/admin/staff/{id}/second-factor" Staff(Administrator)
        => accounts::staff_pages::reset_post;
    GET "/admin/staff/{id}/sessions" Staff(Administrator) => accounts::staff_pages::sessions;
    POST "/admin/staff/{id}/sessions" Staff(Administrator)
        => accounts::staff_pages::sessions_post;
    // The trust programme: merchants and policies.
    GET "/admin/merchants" Staff(Reviewer) => backoffice::merchant_pages::list;
    GET "/admin/merchants/{code}" Staff(Reviewer) => backoffice::merchant_pages::show;
    POST "/admin/merchants/{code}/suspend" Staff(Reviewer) => backoffice::merchant_pages::suspend;
    POST "/admin/merchants/{code}/reinstate" Staff(Reviewer)
        => backoffice::merchant_pages::reinstate;
    POST "/admin/merchants/{code}/revoke" Staff(Reviewer) => backoffice::merchant_pages::revoke;
    GET "/admin/policies" Staff(Administrator) => trust::policy_pages::index;
    GET "/admin/policies/agreement" Staff(Administrator) => trust::policy_pages::draft;
    POST "/admin/policies/agreement" Staff(Administrator) => trust::policy_pages::save;
    GET "/admin/policies/agreement/preview" Staff(Administrator) => trust::policy_pages::preview;
    POST "/admin/policies/agreement/publish" Staff(Administrator) => trust::policy_pages::publish;
    GET "/admin/policies/thresholds" Staff(Administrator) => backoffice::threshold_pages::next;
    POST "/admin/policies/thresholds" Staff(Administrator) => backoffice::threshold_pages::look;
    POST "/admin/policies/thresholds/publish" Staff(Administrator)
        => backoffice::threshold_pages::publish;
    GET "/admin/audit" Staff(Administrator) => backoffice::audit_pages::list;
    POST "/admin/audit/export" Staff(Administrator) => backoffice::audit_export_pages::export;
}

/// Registers every route. Actix tries rows one by one, so rows with the same first segment share a
/// scope: a request then tries a dozen rows instead of hundreds.
pub fn configure(config: &mut ServiceConfig) {
    let mut parts: Vec<&str> = REGISTER.iter().map(|(path, _)| first_part(path)).collect();
    // Badges come first, because other sites request them. The empty segment of the front page
    // comes last, because it matches every request.
    parts.sort_unstable_by_key(|part| (*part != "/badge", Reverse(*part)));
    parts.dedup();
    for part in parts {
        let rows = REGISTER.iter().filter(move |(path, _)| first_part(path) == part);
        config.service(web::scope(part).configure(|config| {
            for (path, register) in rows {
                register(&path[part.len()..], config);
            }
        }));
    }
}

/// `/orders` for `/orders/{id}`; empty for `/`.
fn first_part(path: &str) -> &str {
    let end = path.get(1..).and_then(|rest| rest.find('/')).map_or(path.len(), |at| at + 1);
    if path == "/" { "" } else { &path[..end] }
}

/// Whether GET is allowed on a path.
pub fn is_readable(path: &str) -> bool {
    ROUTES.iter().any(|route| route.method == "GET" && fits(route.path, path))
}

/// The pattern that a path matches, for any method.
pub fn pattern_of(path: &str) -> Option<&'static str> {
    ROUTES.iter().map(|route| route.path).find(|pattern| fits(pattern, path))
}

fn fits(pattern: &str, path: &str) -> bool {
    let part_fits = |(pattern, part): (&str, &str)| match pattern
        .strip_prefix('{')
        .and_then(|rest| rest.split_once('}'))
    {
        Some((_, end)) => part.len() > end.len() && part.ends_with(end),
        None => pattern == part,
    };
    pattern.split('/').count() == path.split('/').count()
        && pattern.split('/').zip(path.split('/')).all(part_fits)
}

#[cfg(test)]
mod tests {
    use super::pattern_of;

    #[test]
    fn a_path_has_the_pattern_of_the_route_that_answers_it() {
        for (path, pattern) in [
            ("/verify/TM-0000-0000", Some("/verify/{code}")),
            ("/verify/TM-0000-0000.json", Some("/verify/{code}.json")),
            ("/badge/TM-0000-0000.svg", Some("/badge/{code}.svg")),
            ("/badge/TM-0000-0000", None),
            ("/orders/1/pay", Some("/orders/{id}/pay")),
            ("/no/such/page", None),
        ] {
            assert_eq!(pattern_of(path), pattern, "{path}");
        }
    }
}
