//! What stands in the path of a route, and whose it is. One row a path; add yours.

use super::cast::{Actor, Cast};

/// A thing that a route is about.
pub struct Subject {
    /// The path with the thing's ids filled in.
    pub path: String,
    /// Who may reach it, of those that the audience lets pass; all others get 404.
    parties: Parties,
    /// What a form has to carry to be about this thing at all.
    fields: Vec<(&'static str, String)>,
}

enum Parties {
    /// Everybody whom the audience lets pass.
    All,
    /// These alone.
    Only(&'static [Actor]),
}

impl Subject {
    /// Whether a reader is a party to the thing.
    pub fn is_of(&self, actor: Actor) -> bool {
        match self.parties {
            Parties::All => true,
            Parties::Only(list) => list.contains(&actor),
        }
    }

    /// The fields that a form has to carry.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

const BUYER: Parties = Parties::Only(&[Actor::Buyer]);
const SELLER: Parties = Parties::Only(&[Actor::Seller, Actor::Clerk]);
const BOTH: Parties = Parties::Only(&[Actor::Buyer, Actor::Seller, Actor::Clerk]);
const INVITEE: Parties = Parties::Only(&[Actor::Invitee]);
/// A key has to be shown that nobody here has.
const NOBODY: Parties = Parties::Only(&[]);

/// The thing that a route is about; none when it is not in the table.
pub fn subject(method: &str, pattern: &str, cast: &Cast) -> Option<Subject> {
    let all = || Parties::All;
    let (part, parties): (&str, Parties) = match (method, pattern) {
        ("GET", "/static/{hash}/{name}") => {
            let path = surety::web::assets::address("surety.css").to_owned();
            return Some(Subject { path, parties: all(), fields: Vec::new() });
        }
        (_, "/orders/{id}/pay") => {
            let path = format!("/orders/{}/pay?key={}", cast.unpaid, cast.link_key);
            let fields = vec![("key", cast.link_key.clone()), ("email", cast.buyer.email.clone())];
            return Some(Subject { path, parties: all(), fields });
        }
        (_, "/merchant/invitation") => {
            let token = cast.invitation_token();
            let path = format!("/merchant/invitation?token={token}");
            let parties = if method == "GET" { all() } else { INVITEE };
            return Some(Subject { path, parties, fields: vec![("token", token)] });
        }
        ("POST", "/merchant/members/{id}/role") => {
            let path = format!("/merchant/members/{}/role", cast.member);
            let fields = vec![("role", "member".to_owned())];
            return Some(Subject { path, parties: SELLER, fields });
        }
        ("POST", "/merchant/members/{id}/remove") => (&cast.member, SELLER),
        ("POST", "/merchant/members/invitations/{id}/withdraw") => (&cast.invitation, SELLER),
        (_, "/account/security/sessions/{id}/end") => (&cast.session, BUYER),
        (_, "/account/security/passkeys/{id}/remove") => (&cast.passkey, BUYER),
        (_, "/notifications/{id}") => (&cast.notification, BUYER),
        ("GET", "/orders/{id}") => (&cast.order, BOTH),
        ("GET", "/orders/{id}/paid" | "/orders/{id}/claim") => (&cast.order, BUYER),
        ("POST", "/orders/{id}/claim") => (&cast.order, NOBODY),
        // For the browser that paid, and none of these did.
        (_, "/orders/{id}/address") => (&cast.order, NOBODY),
        ("GET", "/orders/{id}/refund" | "/orders/{id}/rating") => (&cast.order, BOTH),
        ("POST", "/orders/{id}/rating/reply") => (&cast.order, SELLER),
        ("POST", "/orders/{id}/refund" | "/orders/{id}/rating") => (&cast.order, BUYER),
        (_, "/orders/{id}/refund/agree" | "/orders/{id}/refund/decline") => (&cast.order, SELLER),
        (_, "/orders/{id}/refund/account") => (&cast.order, BUYER),
        (_, "/orders/{id}/confirm" | "/orders/{id}/cancel") => (&cast.order, BUYER),
        (_, "/orders/{id}/extension" | "/orders/{id}/refund/withdraw") => (&cast.order, BUYER),
        (_, path) if path.starts_with("/merchant/orders/{id}") => (&cast.order, SELLER),
        ("POST", "/merchant/domains/{id}/check" | "/merchant/domains/{id}/remove") => {
            (&cast.domain, SELLER)
        }
        // It asks for a site's name, and none of these readers comes by one.
        ("GET", "/.well-known/surety-challenge") => ("", NOBODY),
        (_, path) if path.starts_with("/merchant/application/documents/{id}") => {
            (&cast.document, SELLER)
        }
        ("GET", "/admin/applications/{id}/documents/{document}") => {
            let (application, document) = (&cast.application, &cast.reviewed_document);
            let path = format!("/admin/applications/{application}/documents/{document}");
            return Some(Subject { path, parties: all(), fields: Vec::new() });
        }
        (_, path) if path.starts_with("/admin/applications/{id}") => (&cast.application, all()),
        (_, path) if path.starts_with("/admin/impostors/{reference}") => (&cast.report, all()),
        (_, path) if path.starts_with("/admin/staff/{id}") => (&cast.colleague, all()),
        // Nobody here has signed anything.
        ("GET", "/merchant/agreement/{version}.txt") => ("1", NOBODY),
        (_, "/sandbox/checkout/{reference}") => (&cast.bank_reference, all()),
        ("GET", "/dev/mail/{id}") => (&cast.mail, all()),
        // A merchant: what is public of it, and its desk of the staff.
        (_, path) if path.contains("/{code}") => (&cast.merchant.code, all()),
        _ => return None,
    };
    let path = match pattern.split_once('{').zip(pattern.split_once('}')) {
        Some(((before, _), (_, after))) => format!("{before}{part}{after}"),
        None => pattern.to_owned(),
    };
    Some(Subject { path, parties, fields: Vec::new() })
}
