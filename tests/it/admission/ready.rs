//! Applications that are ready to be reviewed, made by the commands that the pages use.

use std::io::Write as _;

use chrono_tz::Tz;
use surety::accounts::actor::Role;
use surety::admission::application::{Application, BusinessDetails, Category};
use surety::admission::commands::{self, AdmissionError, NewDocument, act_as_applicant};
use surety::admission::state::Act;
use surety::files::Files;
use surety::kernel::locale::Locale;
use surety::trust::commands::{current_agreement, sign_agreement};

use uuid::Uuid;

use crate::support::{Merchant, Person, Reply, Visitor, World};

/// The least that is a PDF.
pub const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n";

/// A merchant that has submitted.
pub struct Applicant {
    pub merchant: Merchant,
    pub application: Application,
}

impl Applicant {
    /// Its page for reviewers.
    pub fn path(&self) -> String {
        format!("/admin/applications/{}", self.application.public_id)
    }
}

/// BusinessDetails, complete.
pub fn business_details(name: &str) -> BusinessDetails {
    BusinessDetails {
        registered_name: format!("{name} Ltd"),
        registration_number: "91310000MA1K".to_owned(),
        address: "1 Canal Street, Shanghai".to_owned(),
        responsible_person: "Anna Weber".to_owned(),
        about: "Bicycles, used and repaired.".to_owned(),
    }
}

impl World {
    /// A merchant that has proved a domain, has signed long enough ago, and has submitted.
    pub async fn applicant(&self, name: &str) -> Applicant {
        self.applicant_stating(name, &business_details(name)).await
    }

    /// The same, with these business_details.
    pub async fn applicant_stating(&self, name: &str, stated: &BusinessDetails) -> Applicant {
        let merchant = self.merchant(name).await;
        let (db, user_id) = (&self.db, merchant.owner.id);
        let version = current_agreement(db).await.unwrap().version;
        sign_agreement(db, merchant.id, user_id, "Anna Weber", version, Locale::En).await.unwrap();
        // Signed a hundred days ago, and the domain proved yesterday.
        self.owner_sql(&format!(
            "UPDATE agreement_signatures SET signed_at = signed_at - interval '100 days' \
               WHERE merchant_id = {id}; \
             INSERT INTO domains (merchant_id, name, token, token_expires_at, verified_at, \
               last_checked_at, created_at) \
             VALUES ({id}, 'shop{id}.test', 't', surety_now(), surety_now() - interval '1 day', \
               surety_now(), surety_now())",
            id = merchant.id
        ))
        .await;
        let application = self.submitted_stating(&merchant, stated).await;
        Applicant { merchant, application }
    }

    /// Begins, fills in and submits an application.
    pub async fn submitted(&self, merchant: &Merchant) -> Application {
        self.submitted_stating(merchant, &business_details(&merchant.name)).await
    }

    async fn submitted_stating(
        &self,
        merchant: &Merchant,
        stated: &BusinessDetails,
    ) -> Application {
        let (db, id, user_id) = (&self.db, merchant.id, merchant.owner.id);
        let draft = commands::start(db, id, user_id, Tz::UTC).await.unwrap();
        self.act(merchant, &Act::Save(stated.clone())).await;
        // One that applied before has its licence still.
        if draft.licences == 0 {
            self.add_licence(merchant).await;
        }
        self.act(merchant, &Act::Submit { note: String::new() }).await
    }

    /// What the owner of a merchant does with its application as it is.
    pub async fn act(&self, merchant: &Merchant, act: &Act) -> Application {
        let (db, id, user_id) = (&self.db, merchant.id, merchant.owner.id);
        let version = commands::last_of(db, id).await.unwrap().expect("an application").version;
        act_as_applicant(db, id, user_id, version, act, Tz::UTC).await.unwrap()
    }

    /// Adds a licence document to the open application of a merchant.
    pub async fn add_licence(&self, merchant: &Merchant) {
        self.add_document(merchant, Category::Licence, "licence.pdf", PDF).await.unwrap();
    }

    /// Adds a document to the open application of a merchant.
    pub async fn add_document(
        &self,
        merchant: &Merchant,
        category: Category,
        name: &str,
        content: &[u8],
    ) -> Result<(), AdmissionError> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        let (label, idempotency_key) = (String::new(), Uuid::new_v4());
        let document =
            NewDocument { category, label, idempotency_key, name: name.to_owned(), content: file };
        let files = Files::new(&self.config.files).unwrap();
        let owner = merchant.owner.id;
        commands::add_document(&self.db, &files, merchant.id, owner, document, Tz::UTC).await
    }

    /// A reviewer and their browser.
    pub async fn reviewer(&self) -> (Person, Visitor) {
        let person = self.staff(Role::Reviewer).await;
        let visitor = self.visitor_as(&person).await;
        (person, visitor)
    }

    /// Where an application stands.
    pub async fn status_of(&self, applicant: &Applicant) -> String {
        let id = applicant.application.id;
        self.value(&format!("SELECT status FROM applications WHERE id = {id}")).await
    }
}

/// An application that a reviewer has taken, its page, and the reviewer's browser.
pub async fn taken() -> (World, Applicant, String, Visitor) {
    let world = World::new().await;
    let applicant = world.applicant("Lantern Bikes").await;
    let path = applicant.path();
    let (_, mut reviewer) = world.reviewer().await;
    take(&mut reviewer, &path).await;
    (world, applicant, path, reviewer)
}

/// Takes an application; gives the page.
pub async fn take(reviewer: &mut Visitor, path: &str) -> Reply {
    let taken = reviewer.submit(path, "Take this application", &[]).await;
    taken.sends_to(&format!("{path}?done=review-claimed"));
    reviewer.follow(taken).await
}

/// Judges identity and reputation.
pub async fn judge(reviewer: &mut Visitor, path: &str, identity: &str, reputation: &str) {
    let judgements = [
        ("identity", "Is who it says it is", identity),
        ("reputation", "Has a good reputation", reputation),
    ];
    for (key, name, verdict) in judgements {
        let (verdict_field, reason) = (format!("{key}_verdict"), format!("{key}_reason"));
        let fields = [(verdict_field.as_str(), verdict), (reason.as_str(), "Looked at.")];
        let button = format!("Record the judgement: {name}");
        let judged = reviewer.submit(path, &button, &fields).await;
        judged.sends_to(&format!("{path}?done=review-judged"));
    }
}

/// Records a decision.
pub async fn decide(reviewer: &mut Visitor, path: &str, decision: &str, reason: &str) -> Reply {
    let fields = [("decision", decision), ("reason", reason)];
    reviewer.submit(path, "Record this decision", &fields).await
}
