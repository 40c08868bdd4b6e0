//! Trust merchants are looked for in the directory, and how a badge stands is read: in English at
//! a desk with scripts off, and in Chinese on a phone.

use crate::chromium::{DESK, PHONE};
use crate::person::Person;
use crate::support::{Merchant, World};

/// Shops of two industries, and one whose badge is suspended.
async fn shops(world: &World) -> [Merchant; 3] {
    let bikes = world.trust_merchant("明灯单车行").await;
    let tickets = world.trust_merchant("云途票务").await;
    let stopped = world.trust_merchant("海港书店").await;
    let sql = format!(
        "UPDATE merchants SET industry = 'air_tickets' WHERE id = {}; \
         UPDATE badges SET state = 'suspended' WHERE merchant_id = {}",
        tickets.id, stopped.id
    );
    world.owner_sql(&sql).await;
    [bikes, tickets, stopped]
}

#[tokio::test]
async fn a_shop_is_found_by_its_industry_at_a_desk() {
    let world = World::new().await;
    let [_, tickets, _] = shops(&world).await;
    let buyer = Person::without_scripts(&world, DESK).await;
    buyer.goto("/directory").await.sees("明灯单车行").await.sees_not("海港书店").await;
    let label = "Name, domain, merchant code or industry";
    buyer.fill(label, "air tickets").await.press("Show").await;
    buyer.sees("云途票务").await.sees_not("明灯单车行").await;
    buyer.fill(label, &tickets.code).await.press("Show").await.sees("云途票务").await;
    buyer
        .fill(label, "海港")
        .await
        .press("Show")
        .await
        .sees("No trust merchant matches “海港”.")
        .await;
    buyer.follow("Check “海港”").await.sees("No trust merchant is called “海港” now.").await;
    buyer.sees("Suspended").await.follow("海港书店").await.sees("海港书店 is suspended.").await;
}

#[tokio::test]
async fn a_shop_is_found_in_chinese_on_a_phone() {
    let world = World::new().await;
    shops(&world).await;
    let buyer = Person::chinese(&world, PHONE).await;
    buyer.goto("/directory").await.heads("这里列出的每一家，今天都是信用商家。").await;
    buyer.check_both().await.screenshot("directory-chinese").await;
    buyer.fill("名称、域名、商家编号或行业", "机票").await.press("查询").await;
    buyer.sees("云途票务").await.sees_not("明灯单车行").await.check().await;
    buyer.fill("名称、域名、商家编号或行业", "海港").await.press("查询").await;
    buyer.sees("没有与“海港”相符的信用商家。").await.check_both().await;
    buyer.screenshot("directory-none-chinese").await;
    buyer.follow("查验“海港”").await.heads("目前没有名为“海港”的信用商家。").await;
    buyer.sees("已暂停").await.check_both().await;
    buyer.goto("/rules").await.check().await;
}
