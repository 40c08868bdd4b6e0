//! Reading and signing the alliance agreement.

use surety::kernel::signing;
use surety::trust::agreement::PUBLISHED;

use crate::support::World;

#[tokio::test]
async fn what_is_shown_is_what_is_signed() {
    let world = World::new().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    let page = owner.get("/merchant/agreement").await;
    page.ok().sees("The badge is lent, not sold.").sees("for Lantern Bikes");
    let fields = [("Your full name", "Anna Weber"), ("agreed", "yes")];
    let signed = owner.submit_on(&page, "Sign the agreement", &fields).await;
    signed.sends_to("/merchant/application?done=agreement-signed");
    let english = hex::encode(signing::sha256(PUBLISHED[0].1.as_bytes()));
    let sql = "SELECT version || ' ' || typed_name || ' ' || locale || ' ' || \
               encode(text_sha256, 'hex') || ' ' || user_id FROM agreement_signatures";
    let expected = format!("1 Anna Weber en {english} {}", merchant.owner.id);
    assert_eq!(world.value(sql).await, expected);
    let page = owner.get("/merchant/agreement").await;
    page.ok().sees("The alliance agreement is signed for Lantern Bikes.").sees(&english);
    assert_eq!(page.count("form[action='/merchant/agreement']"), 0);
    // A page from before changes nothing.
    let token = owner.csrf_token("/merchant").await;
    let other = [("typed_name", "Somebody Else"), ("agreed", "yes"), ("version", "1")];
    let mut fields = other.to_vec();
    fields.push(("csrf_token", &token));
    owner.post("/merchant/agreement", &fields).await.expect(303);
    assert_eq!(world.value(sql).await, expected);
}

#[tokio::test]
async fn the_chinese_text_is_signed_as_such() {
    let world = World::new().await;
    let merchant = world.merchant("云途票务").await;
    let sql = format!("UPDATE users SET locale = 'zh-Hans' WHERE id = {}", merchant.owner.id);
    world.owner_sql(&sql).await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    let page = owner.get("/merchant/agreement").await;
    page.ok().sees("标识是借用的，不是买来的。");
    let fields = [("您的姓名全称", "王小明"), ("agreed", "yes")];
    owner.submit_on(&page, "签署协议", &fields).await.expect(303);
    let chinese = hex::encode(signing::sha256(PUBLISHED[0].2.as_bytes()));
    let sql = "SELECT locale || ' ' || encode(text_sha256, 'hex') FROM agreement_signatures";
    assert_eq!(world.value(sql).await, format!("zh-Hans {chinese}"));
}

#[tokio::test]
async fn nobody_signs_by_mistake() {
    let world = World::new().await;
    let merchant = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    for (name, agreed, wrong_name, wrong_agreed) in [
        ("", "yes", "Type your full name.", ""),
        ("Anna Weber", "", "", "Confirm that you have read"),
        ("Anna Weber", "no", "", "Confirm that you have read"),
        ("7", "yes", "full name", ""),
        ("A", "yes", "full name", ""),
    ] {
        let fields = [("typed_name", name), ("agreed", agreed)];
        let page = owner.forge("/merchant/agreement", "/merchant/agreement", &fields).await;
        page.expect(422);
        assert!(page.error("typed_name").contains(wrong_name), "{name}");
        assert!(page.error("agreed").contains(wrong_agreed), "{agreed}");
        assert_eq!(page.field("typed_name"), name);
    }
    assert_eq!(world.value("SELECT count(*) FROM agreement_signatures").await, "0");
    // A newer version comes out while somebody reads.
    let page = owner.get("/merchant/agreement").await;
    world
        .owner_sql("INSERT INTO agreements VALUES (2, 'NEW\n\n1. More', '新\n\n一', surety_now())")
        .await;
    let fields = [("typed_name", "Anna Weber"), ("agreed", "yes")];
    let late = owner.submit_on(&page, "Sign the agreement", &fields).await;
    late.expect(409).sees("A newer version of the agreement was published");
    assert_eq!(world.value("SELECT count(*) FROM agreement_signatures").await, "0");
    owner.get("/merchant/agreement").await.ok().sees("More");
}
