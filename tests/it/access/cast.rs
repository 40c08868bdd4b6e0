//! Who tries the routes, and what there is to be reached.

use actix_web::dev::ServerHandle;
use surety::accounts::actor::Role;
use surety::admission::application::Category;
use surety::config::Mode;
use surety::kernel::signing;
use surety::trust::commands;

use crate::admission::PDF;
use crate::orders::Trade;
use crate::support::{Merchant, Person, Served, Visitor, World, serve};

/// A kind of reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Signed out.
    Visitor,
    /// A person with an order.
    Buyer,
    /// A person without anything.
    OtherBuyer,
    /// An owner of the order's merchant.
    Seller,
    /// A plain member of it.
    Clerk,
    /// Who was invited to it.
    Invitee,
    /// An owner of another merchant.
    OtherSeller,
    /// Staff with one role.
    Staff(Role),
    /// Staff with every role who has yet to set a second factor.
    StaffWithoutFactor,
    /// Staff with every role who gave the password and has yet to show the second factor.
    PendingSecondFactor,
}

impl Actor {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Visitor,
        Self::PendingSecondFactor,
        Self::StaffWithoutFactor,
        Self::OtherBuyer,
        Self::Invitee,
        Self::OtherSeller,
        Self::Staff(Role::Reviewer),
        Self::Staff(Role::Mediator),
        Self::Staff(Role::Treasurer),
        Self::Staff(Role::Administrator),
        Self::Buyer,
        Self::Clerk,
        Self::Seller,
    ];
}

/// Everybody and everything.
pub struct Cast {
    pub world: World,
    pub merchant: Merchant,
    pub buyer: Person,
    other_buyer: Person,
    other_merchant: Merchant,
    clerk: Person,
    invitee: Person,
    staff: Vec<(Role, Person)>,
    without_factor: Person,
    half: Person,
    /// An order between buyer and merchant that is delivered: its id in addresses.
    pub order: String,
    /// An order that awaits payment, and the key of its link.
    pub unpaid: String,
    pub link_key: String,
    /// The attempt to pay, as the bank knows it.
    pub bank_reference: String,
    /// A domain that the merchant has yet to prove.
    pub domain: String,
    /// An application that waits for a reviewer, of a third merchant; and its document.
    pub application: String,
    /// A member of the merchant's, and an invitation: their ids in addresses.
    pub member: String,
    pub invitation: String,
    /// A report of an impostor, by its number.
    pub report: String,
    pub reviewed_document: String,
    /// A document of the merchant's own draft.
    pub document: String,
    /// A member of the staff, as administrators see one.
    pub colleague: String,
    /// A passkey of the buyer's.
    pub passkey: String,
    /// A session of the buyer's beside the one in use.
    pub session: String,
    /// A notification of the buyer's.
    pub notification: String,
    /// A mail to the buyer.
    pub mail: String,
}

impl Cast {
    /// Sets the scene, by journeys over HTTP where they are at hand.
    pub async fn new() -> Self {
        let mut trade = Trade::new().await;
        let order = trade.delivered("100.00").await;
        let unpaid = trade.order("50.00").await;
        let link = trade.link(&unpaid).await;
        let link_key = link.split_once("key=").map(|(_, key)| key.to_owned()).expect("a key");
        trade.world.work().await;
        let Trade { world, merchant, person, .. } = trade;
        let other_buyer = world.person("Oma Other").await;
        let other_merchant = world.trust_merchant("Harbour Books").await;
        let (clerk, invitee) = (world.person("Cleo Clerk").await, world.person("Ines").await);
        let (staff, without_factor, half) = staff_of(&world).await;
        let id = person.id;
        let one = async |sql: &str| world.value(sql).await;
        let bank_reference = one("SELECT reference FROM sandbox_payments LIMIT 1").await;
        let notifications =
            format!("SELECT public_id FROM notifications WHERE user_id = {id} LIMIT 1");
        let notification = one(&notifications).await;
        let applicant = world.merchant("Paper Cranes").await;
        let domain = one("SELECT gen_random_uuid()").await;
        let application = one(&application_sql(applicant.id, "draft")).await;
        let newest = "SELECT public_id FROM files ORDER BY id DESC LIMIT 1";
        world.add_licence(&applicant).await;
        let reviewed_document = one(newest).await;
        world.owner_sql("UPDATE applications SET status = 'submitted'").await;
        one(&application_sql(merchant.id, "draft")).await;
        world.add_document(&merchant, Category::Other, "a.pdf", PDF).await.expect("a document");
        let document = one(newest).await;
        let invitation = format!(
            "INSERT INTO merchant_invitations (merchant_id, email, role, invited_by, created_at, \
             expires_at) VALUES ({}, '{}', 'member', {}, surety_now(), \
             surety_now() + interval '7 days') RETURNING id",
            merchant.id, invitee.email, merchant.owner.id
        );
        let invitation = one(&invitation).await;
        let report = one(REPORT).await;
        let mail = one("SELECT public_id FROM mails LIMIT 1").await;
        let mut cast = Self {
            merchant,
            buyer: person,
            other_buyer,
            other_merchant,
            clerk,
            invitee,
            staff,
            without_factor,
            colleague: half.public_id.clone(),
            half,
            order,
            unpaid,
            link_key,
            bank_reference,
            domain,
            application,
            member: String::new(),
            invitation,
            report,
            reviewed_document,
            document,
            passkey: String::new(),
            session: String::new(),
            notification,
            mail,
            world,
        };
        cast.renew().await;
        cast
    }

    /// Puts back what somebody may have ended: the buyer's other session, who belongs to the
    /// merchant, the invitation, the domain, the document.
    pub async fn renew(&mut self) {
        let back = format!(
            "UPDATE merchant_invitations SET ended_at = NULL; \
             DELETE FROM merchant_members WHERE user_id = {}; \
             INSERT INTO merchant_members (user_id, merchant_id, role, since) \
             VALUES ({}, {merchant}, 'member', surety_now()) ON CONFLICT DO NOTHING; \
             INSERT INTO domains (public_id, merchant_id, name, token, token_expires_at, \
               created_at) \
             VALUES ('{}', {merchant}, 'lantern-bikes.example', 'x', \
               surety_now() + interval '1 day', surety_now()) ON CONFLICT DO NOTHING; \
             WITH file AS (INSERT INTO files (public_id, sha256, kind, bytes, name, uploaded_by, \
                 uploaded_at) \
               SELECT '{}', sha256, 'pdf', bytes, '', {}, surety_now() FROM stored_objects \
               ON CONFLICT DO NOTHING RETURNING id) \
             INSERT INTO application_documents (application_id, file_id, category, \
                 idempotency_key) \
               SELECT a.id, file.id, 'other', gen_random_uuid() FROM file, applications a \
               WHERE merchant_id = {merchant} AND status = 'draft'; \
             UPDATE stored_objects SET names = 9; \
             UPDATE applications SET documents = 1 WHERE documents = 0",
            self.invitee.id,
            self.clerk.id,
            self.domain,
            self.document,
            self.merchant.owner.id,
            merchant = self.merchant.id
        );
        self.world.owner_sql(&back).await;
        let clerk = self.clerk.id;
        let member = format!("SELECT public_id FROM merchant_members WHERE user_id = {clerk}");
        self.member = self.world.value(&member).await;
        self.world.visitor_as(&self.buyer).await;
        let id = self.buyer.id;
        let newest = format!(
            "SELECT public_id FROM sessions WHERE user_id = {id} ORDER BY origin_id DESC LIMIT 1"
        );
        self.session = self.world.value(&newest).await;
        let passkey = format!(
            "INSERT INTO passkeys (user_id, name, credential_id, transports, static_state, \
             dynamic_state, created_at) VALUES ({id}, 'Phone', \
             decode(md5(random()::text), 'hex'), 0, '', '\\x00000000000000', surety_now()) \
             RETURNING public_id"
        );
        self.passkey = self.world.value(&passkey).await;
    }

    /// Somebody's browser, signed in just now.
    pub async fn visitor(&self, actor: Actor) -> Visitor {
        let person = match actor {
            Actor::Visitor => return self.world.visitor(),
            Actor::Buyer => &self.buyer,
            Actor::OtherBuyer => &self.other_buyer,
            Actor::Seller => &self.merchant.owner,
            Actor::Clerk => &self.clerk,
            Actor::Invitee => &self.invitee,
            Actor::OtherSeller => &self.other_merchant.owner,
            Actor::StaffWithoutFactor => &self.without_factor,
            Actor::PendingSecondFactor => return self.half_signed_in().await,
            Actor::Staff(role) => {
                &self.staff.iter().find(|(r, _)| *r == role).expect("every role").1
            }
        };
        self.world.visitor_as(person).await
    }

    /// The token of the invitee's mail.
    pub fn invitation_token(&self) -> String {
        let id = self.invitation.replace('-', "");
        signing::mailed_token(self.world.config.key_bytes(), commands::INVITATION, &id)
    }

    /// In front of the page that asks for the second factor, after the right password.
    async fn half_signed_in(&self) -> Visitor {
        let visitor = self.world.visitor_as(&self.half).await;
        let half = "UPDATE sessions SET awaits_second_factor = true, second_factor_at = NULL \
            WHERE user_id =";
        self.world.owner_sql(&format!("{half} {}", self.half.id)).await;
        visitor
    }

    /// The program over the same database as production would have it, and somebody in front.
    pub async fn in_production(&self) -> (ServerHandle, Visitor) {
        let mut config = (*self.world.config).clone();
        config.mode = Mode::Production;
        let Served { server, config, url, .. } = serve(&config).await;
        (server, Visitor::at(&url, &config.http.origin()))
    }
}

/// Somebody with each role, one who has yet to set a second factor, and one who has yet to show it.
async fn staff_of(world: &World) -> (Vec<(Role, Person)>, Person, Person) {
    let mut staff = Vec::new();
    for role in Role::ALL {
        staff.push((role, world.staff(role).await));
    }
    let without_factor = world.staff_without_factor(&Role::ALL).await;
    let half = world.staff_without_factor(&Role::ALL).await;
    world.give_factor(&half).await;
    (staff, without_factor, half)
}

/// Makes a report of an impostor; its number.
const REPORT: &str = "INSERT INTO impostor_reports (reference, origin, words, created_at) VALUES \
    ('IR-0000-0001', 'https://evil.top', 'It asks for my PIN', surety_now()) RETURNING reference";

/// Makes an application in a state; its id in addresses.
fn application_sql(merchant: i64, status: &str) -> String {
    format!(
        "INSERT INTO applications (merchant_id, kind, status, created_at, status_since, \
         submitted_at) VALUES ({merchant}, 'first', '{status}', surety_now(), surety_now(), \
         surety_now()) RETURNING public_id"
    )
}
