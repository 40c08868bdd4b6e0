//! Whole trades in the browser: paid, delivered, confirmed and drawn; refunds agreed and declined;
//! and the clock, when nobody acts.

use chrono::Duration;

use crate::chromium::DESK;
use crate::person::Person;
use crate::support::{self, Merchant, World};

/// A shop and a buyer, each with a browser.
struct Two {
    world: World,
    shop: Merchant,
    seller: Person,
    somebody: support::Person,
    buyer: Person,
}

impl Two {
    async fn new(world: World, seller: Person, buyer: Person) -> Self {
        let shop = world.trust_merchant("Lantern Bikes").await;
        let somebody = world.person("Mei Lin").await;
        seller.sign_in(&shop.owner).await;
        buyer.sign_in(&somebody).await;
        Self { world, shop, seller, somebody, buyer }
    }

    /// The seller makes an order; returns its payment link.
    async fn order(&self) -> String {
        let seller = &self.seller;
        seller.goto("/merchant/orders").await.check_both().await;
        seller.follow("New order").await.check_both().await;
        seller.press("Check the order").await.sees("Please check these points").await;
        seller.check().await;
        seller.fill("What do you sell?", "City bicycle, 52 cm").await;
        seller.fill("Description", "Seven gears, lights, new chain.").await;
        seller.fill("Price", "1280").await;
        let sums = "The buyer pays ¥1,280.00. You receive ¥1,267.20 (fee ¥12.80).";
        seller.press("Check the order").await.sees(sums).await;
        seller.check_both().await;
        seller.press("Make the order").await.sees("not paid yet. Do not deliver.").await;
        seller.check_both().await;
        seller.text("#payment-link").await
    }

    /// The buyer pays through the sandbox bank.
    async fn pay(&self, link: &str) {
        let buyer = &self.buyer;
        buyer.goto(link).await.sees("We hold it until you have what you bought.").await;
        buyer.check_both().await;
        buyer.fill("Your e-mail address", &self.somebody.email).await;
        buyer.press("Pay ¥1,280.00 into escrow").await.sees("This is a pretend bank").await;
        buyer.check_both().await;
        buyer.press("Go on").await.sees("Your ¥1,280.00 is held safely.").await;
        buyer.check_both().await;
    }

    /// The seller delivers the order that waits.
    async fn deliver(&self) {
        let seller = &self.seller;
        seller.goto("/merchant/orders").await.follow("City bicycle, 52 cm").await;
        seller.sees("¥1,280.00 is held for you. Deliver now.").await.check_both().await;
        seller.fill("Carrier", "SF Express").await;
        seller.fill("Tracking number", "SF1029384756").await;
        seller.press("It is delivered").await.sees("The buyer has to confirm.").await;
        seller.check_both().await;
    }

    async fn delivered(&self) {
        let link = self.order().await;
        self.pay(&link).await;
        self.deliver().await;
        self.buyer.goto("/orders").await.check_both().await;
        self.buyer.follow("City bicycle, 52 cm").await;
        self.buyer.sees("Lantern Bikes says that it is delivered").await.check_both().await;
    }

    async fn ask_refund(&self, amount: &str) {
        let buyer = &self.buyer;
        buyer.follow("Ask for a refund").await.check_both().await;
        buyer.fill("How much?", amount).await;
        buyer.fill("Why?", "The frame is bent.").await;
        buyer.press("Ask for a refund").await.sees("You asked for").await.check_both().await;
        let seller = &self.seller;
        seller.goto("/merchant/orders").await.follow("City bicycle, 52 cm").await;
        seller.sees("The buyer asks for").await.check_both().await;
        seller.follow("See the refund request").await.sees("The frame is bent.").await;
        seller.check_both().await;
    }
}

#[tokio::test]
async fn paid_delivered_confirmed_and_drawn_at_desks() {
    let world = World::new().await;
    let (seller, buyer) = (Person::desk(&world).await, Person::desk(&world).await);
    let two = Two::new(world, seller, buyer).await;
    two.delivered().await;
    two.buyer.screenshot("order-held").await;
    confirmed_and_drawn(&two).await;
}

#[tokio::test]
async fn paid_delivered_confirmed_and_drawn_on_phones() {
    let world = World::new().await;
    let (seller, buyer) = (Person::phone(&world).await, Person::phone(&world).await);
    let two = Two::new(world, seller, buyer).await;
    two.delivered().await;
    confirmed_and_drawn(&two).await;
}

async fn confirmed_and_drawn(two: &Two) {
    two.buyer.follow("Confirm receipt and release ¥1,280.00").await.check_both().await;
    two.buyer.press("Confirm receipt and release ¥1,280.00").await;
    two.buyer.sees("You confirmed receipt.").await.check_both().await;

    let seller = &two.seller;
    seller.goto("/merchant/balance").await.sees("¥1,267.20 is yours to draw.").await;
    seller.check_both().await;
    seller.fill("Account holder", "Lantern Bikes Ltd").await;
    seller.fill("Account number", "DE02120300000000202051").await;
    seller.press("Save the account").await.sees("Payouts are held until").await;
    seller.check_both().await;
    two.world.advance(Duration::hours(25)).await;
    seller.sign_in(&two.shop.owner).await;
    seller.goto("/merchant/balance").await.press("Draw this amount").await;
    seller.sees("The payout is booked").await;
    two.world.work().await;
    seller.goto("/merchant/balance").await.sees("paid out").await.check_both().await;
}

#[tokio::test]
async fn a_refund_is_agreed_on_phones() {
    let world = World::new().await;
    let (seller, buyer) = (Person::phone(&world).await, Person::phone(&world).await);
    let two = Two::new(world, seller, buyer).await;
    two.delivered().await;
    two.buyer.screenshot("order-held-phone").await;
    refund_agreed(&two).await;
}

#[tokio::test]
async fn a_refund_is_agreed_at_desks() {
    let world = World::new().await;
    let (seller, buyer) = (Person::desk(&world).await, Person::desk(&world).await);
    let two = Two::new(world, seller, buyer).await;
    two.delivered().await;
    refund_agreed(&two).await;
}

async fn refund_agreed(two: &Two) {
    two.ask_refund("400").await;
    two.seller.press("Agree and return ¥400.00").await.sees("You agreed.").await.check_both().await;
    two.buyer.goto("/orders").await.follow("City bicycle, 52 cm").await;
    two.buyer.sees("¥400.00 goes back to you").await.check_both().await;
}

#[tokio::test]
async fn a_refund_is_declined_without_scripts() {
    let world = World::new().await;
    let seller = Person::without_scripts(&world, DESK).await;
    let buyer = Person::without_scripts(&world, DESK).await;
    let two = Two::new(world, seller, buyer).await;
    two.delivered().await;
    refund_declined(&two).await;
}

#[tokio::test]
async fn a_refund_is_declined_on_phones() {
    let world = World::new().await;
    let (seller, buyer) = (Person::phone(&world).await, Person::phone(&world).await);
    let two = Two::new(world, seller, buyer).await;
    two.delivered().await;
    refund_declined(&two).await;
}

async fn refund_declined(two: &Two) {
    two.ask_refund("1280").await;
    two.seller.fill("Why do you decline?", "It was straight when it left.").await;
    two.seller.press("Decline the request").await.sees("The buyer was told").await;
    two.seller.check_both().await;
    two.buyer.goto("/orders").await.follow("City bicycle, 52 cm").await;
    two.buyer.follow("See the refund request").await.sees("It was straight when it left.").await;
    two.buyer.check_both().await;
    two.buyer.press("Withdraw the request").await.sees("The request is withdrawn.").await;
    two.buyer.sees("You have until").await.check_both().await;
}

#[tokio::test]
async fn nobody_acts_and_the_clock_confirms_at_desks() {
    let world = World::new().await;
    let (seller, buyer) = (Person::desk(&world).await, Person::desk(&world).await);
    nobody_acts(&Two::new(world, seller, buyer).await).await;
}

#[tokio::test]
async fn nobody_acts_and_the_clock_confirms_on_phones() {
    let world = World::new().await;
    let (seller, buyer) = (Person::phone(&world).await, Person::phone(&world).await);
    nobody_acts(&Two::new(world, seller, buyer).await).await;
}

async fn nobody_acts(two: &Two) {
    two.delivered().await;
    let (world, buyer, seller) = (&two.world, &two.buyer, &two.seller);
    let seen = async |person: &Person, account, list, status| {
        person.sign_in(account).await.goto(list).await.follow("City bicycle, 52 cm").await;
        person.sees(status).await.check_both().await;
    };
    // A minute before the ten days are over it is still the buyer's to say.
    world.advance(Duration::days(10) - Duration::minutes(1)).await;
    world.work().await;
    seen(buyer, &two.somebody, "/orders", "Your ¥1,280.00 is held safely.").await;
    let reminded = world.mail_to(&two.somebody.email).await;
    assert_eq!(reminded.message, "remind-confirm");
    world.advance(Duration::minutes(2)).await;
    world.work().await;
    buyer.reload().await.sees("The time to confirm was over").await.check_both().await;
    buyer.sees_not("Confirm receipt").await.screenshot("order-completed").await;
    let paid = "Done. ¥1,267.20 is in your balance.";
    seen(seller, &two.shop.owner, "/merchant/orders", paid).await;
    seller.goto("/merchant/balance").await.sees("¥1,267.20 is yours to draw.").await;
}
