//! A merchant and a buyer with their browsers, and what they do all the time.

use surety::kernel::time::Timestamp;

use crate::support::{Merchant, Person, Reply, Visitor, World};

/// Where merchants make orders.
pub const NEW: &str = "/merchant/orders/new";

/// Makes an order as a merchant does: fills the form, looks at what it comes to, and sends it.
pub async fn make_order(seller: &mut Visitor, fields: &[(&str, &str)]) -> Reply {
    let checked = seller.submit(NEW, NEW, fields).await;
    assert_eq!(checked.ok().count("input[name=seen]"), 1, "it says what the order comes to");
    seller.submit_on(&checked, NEW, &[]).await
}

/// Two parties and a world between them.
pub struct Trade {
    /// The world.
    pub world: World,
    /// The shop.
    pub merchant: Merchant,
    /// A member's browser.
    pub seller: Visitor,
    /// The buyer.
    pub person: Person,
    /// The buyer's browser.
    pub buyer: Visitor,
}

impl Trade {
    /// A trust merchant and a buyer, both signed in.
    pub async fn new() -> Self {
        let world = World::new().await;
        let merchant = world.trust_merchant("Lantern Bikes").await;
        let seller = world.visitor_as(&merchant.owner).await;
        let person = world.person("Mei Lin").await;
        let buyer = world.visitor_as(&person).await;
        Self { world, merchant, seller, person, buyer }
    }

    /// Lets time pass; both sign in again, since sessions end.
    pub async fn later(&mut self, by: chrono::Duration) {
        self.world.advance(by).await;
        self.world.work().await;
        self.seller = self.world.visitor_as(&self.merchant.owner).await;
        self.buyer = self.world.visitor_as(&self.person).await;
    }

    /// Makes an order over a price; returns its id.
    pub async fn order(&mut self, price: &str) -> String {
        let email = self.person.email.clone();
        let fields = [
            ("title", "City bicycle"),
            ("description", "52 cm, with lights"),
            ("condition", "used"),
            ("delivery", "express"),
            ("currency", "CNY"),
            ("price", price),
            ("buyer_email", &email),
        ];
        let made = make_order(&mut self.seller, &fields).await;
        let to = made.location().to_owned();
        let id = to.trim_start_matches("/merchant/orders/").split('?').next().unwrap_or_default();
        id.to_owned()
    }

    /// The path of an order's payment link, as the merchant's page shows it.
    pub async fn link(&mut self, id: &str) -> String {
        let page = self.seller.get(&format!("/merchant/orders/{id}")).await;
        let link = page.text_of("#payment-link");
        link.split_once("/orders/").map(|(_, rest)| format!("/orders/{rest}")).expect("a link")
    }

    /// Pays through the bank, which does what `play` says; returns where it sends the payer.
    pub async fn pay_as(&mut self, id: &str, play: &str) -> String {
        let link = self.link(id).await;
        let email = self.person.email.clone();
        let action = format!("/orders/{id}/pay");
        let to_bank = self.buyer.submit(&link, &action, &[("email", &email)]).await;
        let bank = to_bank.location().to_owned();
        let back = self.buyer.submit(&bank, &bank, &[("play", play)]).await;
        back.expect(303);
        let way_back = back.location().split_once("/orders/").expect("back to the order").1;
        format!("/orders/{way_back}")
    }

    /// Makes an order and pays it.
    pub async fn paid(&mut self, price: &str) -> String {
        let id = self.order(price).await;
        self.pay_as(&id, "success").await;
        id
    }

    /// Delivers by express.
    pub async fn deliver(&mut self, id: &str) {
        let fields = [("carrier", "SF Express"), ("tracking", "SF1029384756")];
        self.seller
            .submit(
                &format!("/merchant/orders/{id}"),
                &format!("/merchant/orders/{id}/deliver"),
                &fields,
            )
            .await
            .expect(303);
    }

    /// An order that is paid and delivered.
    pub async fn delivered(&mut self, price: &str) -> String {
        let id = self.paid(price).await;
        self.deliver(&id).await;
        id
    }

    /// A column of an order.
    pub async fn of(&self, id: &str, column: &str) -> String {
        self.world
            .value(&format!("SELECT {column}::text FROM orders WHERE public_id = '{id}'"))
            .await
    }

    /// A time of an order.
    pub async fn time_of(&self, id: &str, column: &str) -> Timestamp {
        let text =
            format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
        self.of(id, &text).await.parse().expect("a time")
    }

    /// The balance of an account of the ledger.
    pub async fn balance(&self, kind: &str) -> String {
        let owner = if kind == "merchant" { self.merchant.id } else { 0 };
        self.world
            .value(&format!("SELECT trim_scale(account_balance('{kind}', {owner}, 'CNY'))::text"))
            .await
    }

    /// Proves the books.
    pub async fn audited(&self) {
        let differences = self.world.audit().await;
        assert!(differences.is_empty(), "{differences:?}");
    }
}
