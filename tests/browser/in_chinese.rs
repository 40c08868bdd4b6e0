//! A trade in Chinese from its first page to its last: a shop is opened and sells, a guest pays,
//! opens an account and confirms. No page and no mail has a sentence of English in it.

use crate::chromium::{DESK, PHONE};
use crate::person::Person;
use crate::prose::{english_of, is_chinese};
use crate::support::{PASSWORD, World};

const SHOP: &str = "明灯单车行";
const BICYCLE: &str = "城市自行车，车架 52 厘米";
const SELLER: &str = "seller@mingdeng.test";
const BUYER: &str = "buyer@mingdeng.test";

/// Opens an account with the form that is on the screen, and confirms it as its mail says.
async fn registers(world: &World, person: &Person, name: &str, email: &str) {
    person.heads("注册").await.press("注册账户").await.sees("请检查以下各项").await.check().await;
    person.fill("姓名", name).await.fill("电子邮箱", email).await.fill("密码", PASSWORD).await;
    person.fill("时区", "北京、上海（UTC+8）").await;
    person.press("注册账户").await.heads("请查收邮件").await.check_both().await;
    let link = mail(world, email, "请确认您的邮箱").await;
    person.goto(&link).await.heads("确认邮箱").await.check_both().await;
    person.fill("密码", "不是这个密码").await.press("确认并登录").await;
    person.sees("这不是该账户的密码").await.check().await;
    person.fill("密码", PASSWORD).await.press("确认并登录").await;
}

/// The newest mail to somebody, read through; where its button leads.
async fn mail(world: &World, email: &str, subject: &str) -> String {
    let mails = world.mails_to(email).await;
    for mail in &mails {
        for text in [&mail.subject, &mail.text] {
            assert!(is_chinese(text), "{text}");
            assert_eq!(english_of(text), [""; 0], "{text}");
        }
    }
    let newest = mails.last().expect("a mail");
    assert!(newest.subject.contains(subject), "{} is not about {subject}", newest.subject);
    newest.href().to_owned()
}

#[tokio::test]
async fn a_trade_is_chinese_from_its_first_page_to_its_last() {
    let world = World::new().await;
    let seller = Person::chinese(&world, DESK).await;
    opens_a_shop(&world, &seller).await;
    let link = makes_an_order(&seller).await;
    let buyer = Person::chinese(&world, PHONE).await;
    pays_as_a_guest(&buyer, &link).await;
    follows_the_order(&world, &buyer).await;
    delivers(&world, &seller).await;
    confirms(&world, &buyer).await;
    is_paid(&world, &seller).await;
    assert_eq!(world.value("SELECT outcome FROM orders").await, "released");
}

async fn opens_a_shop(world: &World, seller: &Person) {
    seller.goto("/").await.check_both().await;
    seller.press("登录").await.heads("登录").await.check_both().await;
    seller.fill("电子邮箱", SELLER).await.fill("密码", "不是这个密码").await;
    seller.press_in("main form", "登录").await.sees("邮箱或密码不正确").await.check().await;
    seller.follow("注册").await;
    registers(world, seller, "王明", SELLER).await;
    seller.sees("邮箱已确认，您已登录。").await.heads("我的订单").await.check_both().await;
    seller.goto("/merchant").await.heads("开设店铺").await.check_both().await;
    seller.press("开设店铺").await.sees("请检查以下各项").await.check().await;
    seller.fill("店铺名称", SHOP).await.fill("行业", "二手商品").await.press("开设店铺").await;
    seller
        .sees("店铺已开设。")
        .await
        .heads("您的店铺可以交易。有了信用标识，订单会标记为受保障。")
        .await
        .check_both()
        .await;
}

async fn makes_an_order(seller: &Person) -> String {
    seller.goto("/merchant/orders").await.heads("没有待发货的订单。").await.check_both().await;
    seller.follow("新建订单").await.heads("新建订单").await.check_both().await;
    seller.press("核对订单").await.sees("请检查以下各项").await.check().await;
    seller.fill("您卖什么？", BICYCLE).await.fill("价格", "1280").await;
    seller.fill("描述", "七速，带车灯，新换链条。").await.press("核对订单").await;
    seller.heads("请核对订单").await.check_both().await.press("创建订单").await;
    seller.sees("订单已创建").await.heads("¥1,280.00 尚未付款，请勿发货。").await;
    seller.check_both().await;
    seller.text("#payment-link").await
}

async fn pays_as_a_guest(buyer: &Person, link: &str) {
    buyer.goto(link).await.heads("付款 ¥1,280.00，由平台保管，直到您收到货。").await;
    buyer.check_both().await;
    buyer.press("付款 ¥1,280.00，由平台保管").await.sees("请检查以下各项").await.check().await;
    buyer.fill("您的电子邮箱", BUYER).await.press("付款 ¥1,280.00，由平台保管").await;
    buyer
        .sees("这是模拟银行")
        .await
        .check_both()
        .await
        .choose("拒绝付款")
        .await
        .press("继续")
        .await;
    buyer.heads("银行拒绝了这笔付款，没有扣款。").await.check_both().await;
    buyer.follow("返回付款页").await.fill("您的电子邮箱", BUYER).await;
    buyer.press("付款 ¥1,280.00，由平台保管").await.press("继续").await;
    buyer.heads("您的 ¥1,280.00 已安全保管，并已通知明灯单车行发货。").await;
    buyer.check_both().await;
}

/// The guest opens an account from the page that the bank led back to.
async fn follows_the_order(world: &World, buyer: &Person) {
    mail(world, BUYER, "您的 ¥1,280.00 已安全保管").await;
    buyer.follow("在我的账户中查看订单").await.heads("登录").await.check_both().await;
    buyer.follow("注册").await;
    registers(world, buyer, "林梅", BUYER).await;
    buyer.heads("“城市自行车，车架 52 厘米”是您买的吗？").await.check_both().await;
    buyer.press("是我买的，归入我的账户").await.sees("订单已归入您的账户。").await;
    buyer.heads("您的 ¥1,280.00 已安全保管，等待明灯单车行发货。").await.check_both().await;
}

async fn delivers(world: &World, seller: &Person) {
    let link = mail(world, SELLER, "买家已付款，请发货").await;
    seller.goto("/merchant/orders").await.heads("有 1 笔订单等您发货。").await.check_both().await;
    seller.goto(&link).await.heads("¥1,280.00 已为您保管，请发货。").await.check_both().await;
    seller.press("确认已发货").await.sees("请检查以下各项").await.check().await;
    seller.fill("承运公司", "顺丰速运").await.fill("运单号", "SF1029384756").await;
    seller.press("确认已发货").await.sees("已登记发货").await;
    seller.heads("¥1,280.00 已为您保管，等待买家确认收货。").await.check_both().await;
}

async fn confirms(world: &World, buyer: &Person) {
    let link = mail(world, BUYER, "已发货").await;
    buyer.goto("/notifications").await.check_both().await;
    buyer.goto("/orders").await.heads("有 1 笔订单等您确认收货。").await.check_both().await;
    buyer.goto(&link).await;
    buyer.heads("您的 ¥1,280.00 已安全保管。明灯单车行表示已发货。").await.check_both().await;
    buyer.follow("确认收货，放款 ¥1,280.00").await;
    buyer.heads("将 ¥1,280.00 放款给明灯单车行？").await.check_both().await;
    buyer.press("确认收货，放款 ¥1,280.00").await.sees("您已确认收货，款项已放款。").await;
    buyer.heads("交易完成，款项已付给明灯单车行。").await.check_both().await;
    buyer.screenshot("order-completed-chinese").await;
}

async fn is_paid(world: &World, seller: &Person) {
    let link = mail(world, SELLER, "¥1,267.20 已归您所有").await;
    seller.goto(&link).await.heads("交易完成，¥1,267.20 已计入您的余额。").await;
    seller.check_both().await;
    seller.goto("/merchant/balance").await.heads("您有 ¥1,267.20 可提现。").await;
    seller.check_both().await;
    seller.goto("/account").await.heads("账户").await.check_both().await;
    seller.goto("/account/security").await.check_both().await;
}

/// The check itself: what it must find, and what it must leave alone.
#[tokio::test]
async fn a_sentence_of_english_on_a_chinese_page_is_found() {
    let world = World::new().await;
    let person = Person::chinese(&world, PHONE).await;
    let put = "document.querySelector('main').insertAdjacentHTML('beforeend', arguments[0])";
    for (bad, sign) in [
        ("<p>Your money is held.</p>", "Your money is held"),
        ("<p>请<b>Sign</b> <i>in</i></p>", "Sign in"),
        ("<button aria-label='Copy the link'>复制</button>", "Copy the link"),
        ("<input aria-label='名称' placeholder='A few words'>", "A few words"),
        ("<p>missing-text-key</p>", "missing-text-key"),
    ] {
        person.goto("/login").await.check().await;
        person.run(put, vec![bad.into()]).await;
        let found = person.problems().await;
        assert!(found.iter().any(|p| p.contains(sign)), "{bad}: {found:?}");
    }
    let fine = "<p>Surety，<span class='code'>SF1029384756</span>，name@example.com，\
        <code>https://shop.example/the/way/in</code>，CSV，UTC+8，<b lang='en'>In English</b></p>";
    person.goto("/login").await.run(put, vec![fine.into()]).await;
    person.check().await;
}
