//! A shop becomes a trust merchant: it applies over several sittings, a reviewer looks at it and
//! approves, and what the public sees goes live.

use chrono::Duration;
use surety::accounts::actor::Role;

use crate::chromium::{DESK, PHONE, Profile};
use crate::person::Person;
use crate::site::Sites;
use crate::support::{self, PASSWORD, World};

const NAME: &str = "Anna Weber";
const EMAIL: &str = "anna@lantern.test";
const DOMAIN: &str = "lantern.test";

/// The applicant and the reviewer, each with a browser of one kind.
struct Journey {
    world: World,
    sites: Sites,
    /// How pictures of this journey are told apart.
    at: &'static str,
    profile: Profile,
    anna: Person,
    reviewer: Person,
    staff: support::Person,
}

impl Journey {
    async fn new(at: &'static str, profile: Profile) -> Self {
        let (world, sites) = Sites::world().await;
        let anna = Person::with(&world, profile).await;
        let reviewer = Person::with(&world, profile).await;
        let staff = world.staff(Role::Reviewer).await;
        Self { world, sites, at, profile, anna, reviewer, staff }
    }

    async fn picture(&self, person: &Person, name: &str) {
        person.screenshot(&format!("{name}-{}", self.at)).await;
    }

    /// Somebody new opens an account and confirms the address.
    async fn registers(&self) {
        let anna = &self.anna;
        anna.goto("/merchant/application").await.is_at("/login?*").await.check_both().await;
        anna.goto("/register").await.check_both().await;
        anna.press("Create account").await.sees("Please check these points").await.check().await;
        anna.fill("Your name", NAME).await.fill("Email address", EMAIL).await;
        anna.fill("Password", PASSWORD).await.press("Create account").await;
        anna.sees("Look into your mail").await.check_both().await;
        let mail = self.world.mail_to(EMAIL).await;
        anna.goto(mail.href()).await.check_both().await;
        anna.fill("Password", PASSWORD).await.press("Confirm and sign in").await;
        anna.sees("Your address is confirmed. You are signed in.").await.check_both().await;
    }

    /// The first sitting: a shop, and half of the business details.
    async fn begins(&self) {
        let anna = &self.anna;
        anna.goto("/merchant").await.sees("Open your shop").await.check_both().await;
        anna.press("Open the shop").await.sees("Please check these points").await.check().await;
        anna.fill("Name of the shop", "Lantern Bikes").await;
        anna.fill("Industry", "Second-hand goods").await;
        anna.press("Open the shop").await.sees("Your shop can trade.").await.check_both().await;
        self.picture(anna, "apply-shop").await;
        anna.press("See what the badge asks for").await;
        anna.sees("Become a trust merchant.").await.check_both().await;
        anna.press("Begin an application").await;
        anna.sees("Who answers for the shop?").await.check_both().await;
        anna.fill("Registered name", "Lantern Bikes (Shanghai) Ltd").await;
        anna.fill("Registration number", "91310000MA1K").await.press("Save").await;
        anna.sees("0 of 4 steps are done.").await.sees("2 of 5 business details given").await;
        anna.check_both().await;
        self.picture(anna, "apply-draft").await;
    }

    /// The second sitting, the next day: the rest, the domain, the agreement.
    async fn completes(&self) {
        self.world.advance(Duration::hours(20)).await;
        let anna = &self.anna;
        anna.sign_in_with(EMAIL, PASSWORD).await;
        anna.goto("/merchant").await.press("Go on with the application").await;
        anna.press("Say who you are").await.sees("2 of four business details are missing.").await;
        anna.fill("Address", "1 Canal Street, Shanghai").await;
        anna.fill("Responsible person", NAME).await;
        anna.fill("What you sell", "Bicycles, used and repaired.").await.check_both().await;
        anna.press("Save").await.sees("1 of 4 steps are done.").await;
        self.sends_papers().await;
        anna.press("Verify a domain").await;
        anna.sees("Add the site that will carry your badge.").await.check_both().await;
        anna.fill("Domain", DOMAIN).await.press("Add domain").await;
        anna.sees("Prove that the site is yours.").await.check_both().await;
        self.picture(anna, "apply-domain").await;
        anna.press("Check lantern.test now").await.sees("There is no such file").await;
        anna.check_both().await;
        self.puts_the_proof().await;
        anna.press("Check lantern.test now").await.sees("The domain is verified.").await;
        anna.check_both().await;
        anna.goto("/merchant/application").await.press("Sign the alliance agreement").await;
        anna.sees("Read the alliance agreement and sign it").await.check_both().await;
        anna.press("Sign the agreement").await.sees("Please check these points").await;
        anna.check().await;
        anna.fill("Your full name", NAME).await.choose("I have read the agreement").await;
        anna.press("Sign the agreement").await.sees("The agreement is signed.").await;
        anna.sees("Your application is complete. Send it from")
            .await
            .sees("It can be met on")
            .await;
        anna.check_both().await;
        self.picture(anna, "apply-complete").await;
        anna.goto("/merchant/agreement").await.sees("Signed by Anna Weber").await;
        anna.check_both().await;
    }

    /// A licence as a PDF and a photograph; one thing too many goes again.
    async fn sends_papers(&self) {
        let anna = &self.anna;
        let folder = self.world.config.data_dir.join("papers");
        std::fs::create_dir_all(&folder).expect("a folder");
        let put = |name: &str, content: &[u8]| {
            let path = folder.join(name);
            std::fs::write(&path, content).expect("a paper");
            path.display().to_string()
        };
        let licence = put("licence.pdf", PDF);
        let photograph = put("IMG_0042.jpg", &photograph());
        let page = put("page.pdf", b"<html>not a licence</html>");
        anna.press("Add your licence document").await;
        anna.sees("The licence shows that you are who you say.").await.check_both().await;
        anna.fill("File", &page).await.press("Add the document").await;
        anna.sees("This is no PDF, JPEG, PNG or WebP").await.check_both().await;
        anna.fill("File", &licence).await.press("Add the document").await;
        anna.sees("The document is added.").await.check_both().await;
        for label in ["Our shop front", "The wrong one"] {
            anna.fill("Label", label).await.fill("File", &photograph).await;
            anna.press("Add the document").await.sees(label).await;
        }
        anna.press("Remove The wrong one").await.sees("The document is removed.").await;
        anna.sees("2 documents support your application.").await.check_both().await;
        self.picture(anna, "apply-documents").await;
        anna.press("Go on with the application").await.sees("2 of 4 steps are done.").await;
        std::fs::remove_dir_all(&folder).ok();
    }

    /// The owner of the site puts up what the page says, as it says it.
    async fn puts_the_proof(&self) {
        let token = self.anna.text("pre[id^=token-]").await;
        self.sites.put(DOMAIN, &token);
    }

    /// Three months later, when the record is long enough: proved anew, and sent.
    async fn sends(&self) {
        self.world.advance(Duration::days(93)).await;
        let anna = &self.anna;
        anna.sign_in_with(EMAIL, PASSWORD).await.goto("/merchant/domains").await;
        anna.press("Check lantern.test now").await.sees("The domain is verified.").await;
        anna.goto("/merchant/application").await.sees("4 of six met").await;
        anna.sees("2 for a reviewer to judge").await.check_both().await;
        anna.press("Send the application").await;
        anna.sees("Your application waits for a reviewer.").await.check_both().await;
        self.picture(anna, "apply-sent").await;
        anna.goto("/merchant").await.sees("We decide by").await.check_both().await;
    }

    /// The reviewer takes it from the queue and looks at all there is.
    async fn is_looked_at(&self) {
        let reviewer = &self.reviewer;
        reviewer.sign_in(&self.staff).await.goto("/admin").await.check_both().await;
        reviewer.press("Go to the queue").await.sees("One application waits.").await;
        reviewer.check_both().await;
        self.picture(reviewer, "review-queue").await;
        reviewer.follow("Lantern Bikes").await.sees("2 are yours to judge.").await;
        for words in ["91310000MA1K", "1 Canal Street, Shanghai", "Bicycles, used and repaired."] {
            reviewer.sees(words).await;
        }
        reviewer.sees("Our shop front").await.sees("licence.pdf").await;
        // It is loaded once it is looked at; it was 400 wide and lay on its side.
        let width = "const i = document.querySelector('.thumb img'); i.scrollIntoView();\
            return i.complete ? i.naturalWidth : 0";
        let mut seen = 0;
        for _ in 0..500 {
            seen = reviewer.run(width, vec![]).await.as_u64().unwrap_or_default();
            if seen > 0 {
                break;
            }
        }
        assert_eq!(seen, 300, "the photograph stands upright");
        reviewer.sees(DOMAIN).await.sees("Nobody reviews this").await.check_both().await;
        reviewer.press("Take this application").await;
        reviewer.sees("Nobody else can decide while you review.").await.check_both().await;
        self.picture(reviewer, "review-claimed").await;
    }

    /// After some time over the papers: the password again, the judgements, the decision.
    async fn is_approved(&self) {
        let reviewer = &self.reviewer;
        self.world.advance(Duration::minutes(16)).await;
        reviewer.reload().await.sees("Before you review").await.check_both().await;
        self.picture(reviewer, "review-step-up").await;
        reviewer.press("Enter your password again").await;
        let code = reviewer.code_of(&self.staff.email).await;
        reviewer.fill("Password", PASSWORD).await.fill("Code from your app", &code).await;
        reviewer.check_both().await.press("Go on").await;
        reviewer.sees("Record this decision").await;
        for (key, name) in
            [("identity", "Is who it says it is"), ("reputation", "Has a good reputation")]
        {
            // The two forms have the same words in them.
            reviewer.run(CHOOSE, vec![format!("{key}_verdict").into(), "good".into()]).await;
            let field = format!("[name={key}_reason]");
            let type_in = "document.querySelector(arguments[0]).value = arguments[1];";
            reviewer.run(type_in, vec![field.into(), "The register knows it.".into()]).await;
            reviewer.press(&format!("Record the judgement: {name}")).await;
            reviewer.sees("The judgement is recorded.").await.check_both().await;
        }
        reviewer.press("Record this decision").await.sees("Please check these points").await;
        reviewer.check().await;
        reviewer.choose("Approve").await;
        reviewer.run(DECIDE, vec!["All papers are in order.".into()]).await;
        reviewer.press("Record this decision").await;
        reviewer.sees("Approved. The badge is active.").await.check_both().await;
        self.picture(reviewer, "review-approved").await;
        reviewer.goto("/admin/applications").await.sees("No application waits.").await;
        reviewer.check_both().await;
    }

    /// What the merchant and the public see of it.
    async fn is_live(&self) {
        let anna = &self.anna;
        let mail = self.world.mail_to(EMAIL).await;
        assert_eq!(mail.message, "application-approved");
        anna.goto("/merchant").await.sees("You are a trust merchant.").await.check_both().await;
        self.picture(anna, "approved-shop").await;
        anna.goto("/merchant/application").await.sees("All papers are in order.").await;
        anna.check_both().await;
        anna.goto(mail.href()).await.sees("Your badge is active. Put it on your site.").await;
        anna.check_both().await;
        let code = self.world.value("SELECT code FROM merchants").await;
        anna.sees(&format!("/badge/{code}.svg")).await;
        let width = anna.run("return document.querySelector('main img').naturalWidth", vec![]);
        assert_eq!(width.await, 144, "the badge is drawn");
        self.picture(anna, "approved-badge").await;

        let buyer = Person::with(&self.world, self.profile).await;
        buyer.goto(&format!("/badge/{code}.svg")).await;
        let drawn = buyer.run("return document.documentElement.textContent", vec![]).await;
        let drawn = drawn.as_str().unwrap_or_default().to_owned();
        assert!(drawn.contains("Trust merchant") && drawn.contains(&code), "{drawn}");
        buyer.goto("/directory").await.sees("Lantern Bikes").await.check_both().await;
        self.picture(&buyer, "approved-directory").await;
        buyer.follow("Lantern Bikes").await.is_at(&format!("/verify/{code}")).await;
        buyer.sees("Lantern Bikes is a trust merchant.").await;
        buyer.sees("Lantern Bikes (Shanghai) Ltd").await.sees("Marked for cover").await;
        buyer.check_both().await;
        self.picture(&buyer, "approved-verify").await;
        buyer.goto("/verify").await.fill("Shop’s address, name or merchant code", DOMAIN).await;
        buyer.press("Check this shop").await.sees("lantern.test belongs to this merchant.").await;
        buyer.check_both().await;
    }
}

/// Chooses the button of this name and value by its label.
const CHOOSE: &str = "document.querySelector(\
    `input[name=${arguments[0]}][value=${arguments[1]}]`).labels[0].click();";
/// Types the reason of the decision; other forms of the page ask for a reason, too.
const DECIDE: &str = "document.querySelector('[name=reason]').value = arguments[0];";

/// The least that is a PDF.
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n";

/// A phone's photograph, 400 wide and 300 high, taken with the phone held upright.
fn photograph() -> Vec<u8> {
    let pixel = |x: u32, y: u32| image::Rgb([(x % 256) as u8, (y % 256) as u8, 120]);
    let mut jpeg = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(400, 300, pixel)
        .write_to(&mut jpeg, image::ImageFormat::Jpeg)
        .expect("a picture");
    let turned =
        b"\xFF\xE1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let jpeg = jpeg.into_inner();
    [&jpeg[..2], turned, &jpeg[2..]].concat()
}

async fn applies_and_is_approved(at: &'static str, profile: Profile) {
    let journey = Journey::new(at, profile).await;
    journey.registers().await;
    journey.begins().await;
    journey.completes().await;
    journey.sends().await;
    journey.is_looked_at().await;
    journey.is_approved().await;
    journey.is_live().await;
}

#[tokio::test]
async fn a_shop_applies_is_approved_and_carries_the_badge_at_desks() {
    applies_and_is_approved("desk", DESK).await;
}

#[tokio::test]
async fn papers_are_added_and_removed_with_scripts_off() {
    let world = World::new().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let anna = Person::without_scripts(&world, DESK).await;
    anna.sign_in(&merchant.owner).await.goto("/merchant/application").await;
    anna.press("Begin an application").await.goto("/merchant/application/documents").await;
    let paper = world.config.data_dir.join("licence.pdf");
    std::fs::write(&paper, PDF).expect("a paper");
    anna.press("Add the document").await.sees("Choose a file.").await.check().await;
    anna.fill("Label", "Licence").await.fill("File", &paper.display().to_string()).await;
    anna.press("Add the document").await.sees("The document is added.").await.check().await;
    anna.press("Remove Licence").await.sees("The document is removed.").await.check().await;
}

#[tokio::test]
async fn a_shop_applies_is_approved_and_carries_the_badge_on_phones() {
    applies_and_is_approved("phone", PHONE).await;
}
