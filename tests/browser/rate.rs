//! A completed order is rated and answered; both are published; the merchant looks at its record.

use chrono::Duration;

use crate::person::Person;
use crate::support::{Merchant, World};

/// A completed order between a shop and a buyer, each with a browser.
struct Done {
    world: World,
    shop: Merchant,
    seller: Person,
    buyer: Person,
    path: String,
}

impl Done {
    async fn new(world: World, seller: Person, buyer: Person) -> Self {
        let shop = world.trust_merchant("Lantern Bikes").await;
        let somebody = world.person("Mei Lin").await;
        seller.sign_in(&shop.owner).await;
        buyer.sign_in(&somebody).await;
        seller.goto("/merchant/orders/new").await;
        seller.fill("What do you sell?", "City bicycle").await;
        seller.fill("Description", "Seven gears.").await;
        seller.fill("Price", "1280").await;
        seller
            .press("Check the order")
            .await
            .press("Make the order")
            .await
            .sees("not paid yet")
            .await;
        let link = seller.text("#payment-link").await;
        buyer.goto(&link).await.fill("Your e-mail address", &somebody.email).await;
        buyer.press("Pay ¥1,280.00 into escrow").await.press("Go on").await;
        buyer.sees("is held safely").await;
        let path = buyer.path().await.split('?').next().unwrap_or_default().to_owned();
        seller.goto(&format!("/merchant{path}")).await.fill("Carrier", "SF Express").await;
        seller.fill("Tracking number", "SF1").await.press("It is delivered").await;
        seller.sees("The buyer has to confirm").await;
        buyer.goto(&format!("{path}/confirm")).await;
        buyer.press("Confirm receipt and release ¥1,280.00").await;
        buyer.sees("You confirmed receipt.").await.check_both().await;
        Self { world, shop, seller, buyer, path }
    }
}

/// Chooses the best mark of each of the three.
async fn choose_marks(buyer: &Person) {
    let click = "for (const id of ['goods', 'service', 'delivery']) \
                 document.getElementById(id).click();";
    buyer.run(click, Vec::new()).await;
}

async fn rated_and_answered(done: &Done, name: &str) {
    let Done { world, shop, seller, buyer, path } = done;
    buyer.goto(path).await.follow("Rate this order, or see its rating").await;
    buyer.sees("How was it with Lantern Bikes?").await.check_both().await;
    buyer.press("Give this rating").await.sees("Choose a mark for the goods").await;
    buyer.check_both().await;
    choose_marks(buyer).await;
    buyer.fill("In your words (optional)", "Rides well.").await;
    buyer.screenshot(&format!("rating-{name}")).await;
    buyer.press("Give this rating").await.sees("Your rating is kept as you gave it").await;
    buyer.check_both().await;
    // The shop answers unread: both are there for everybody.
    seller.goto("/merchant/record").await.sees("One rating waits for you").await;
    seller.check_both().await.follow("City bicycle").await;
    seller.sees("You have not read this rating yet").await.sees_not("Rides well").await;
    seller.check_both().await.fill("Your answer", "Thank you, ride safely.").await;
    seller.press("Answer unread, and publish both").await.sees("Rides well.").await;
    seller.check_both().await;
    buyer.reload().await.sees("Thank you, ride safely.").await.check_both().await;
    // The night computes the record.
    world.advance(Duration::days(1)).await;
    world.work().await;
    seller.sign_in(&shop.owner).await;
    seller.goto("/merchant/record").await.sees("You are Trusted").await.sees("5.00").await;
    seller.check_both().await.screenshot(&format!("record-{name}")).await;
    seller.run("document.querySelector('main details > summary').click();", Vec::new()).await;
    seller.check_both().await;
    buyer.goto(&format!("/verify/{}", shop.code)).await.sees("5.00 of 5").await;
    buyer.sees("Thank you, ride safely.").await.check_both().await;
    buyer.screenshot(&format!("verify-rated-{name}")).await;
}

#[tokio::test]
async fn an_order_is_rated_and_answered_at_desks() {
    let world = World::new().await;
    let (seller, buyer) = (Person::desk(&world).await, Person::desk(&world).await);
    rated_and_answered(&Done::new(world, seller, buyer).await, "desk").await;
}

#[tokio::test]
async fn an_order_is_rated_and_answered_on_phones() {
    let world = World::new().await;
    let (seller, buyer) = (Person::phone(&world).await, Person::phone(&world).await);
    rated_and_answered(&Done::new(world, seller, buyer).await, "phone").await;
}
