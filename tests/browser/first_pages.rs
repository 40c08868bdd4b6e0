//! The pages that everybody meets first, as they look and as axe reads them.

use crate::chromium::{DESK, PHONE};
use crate::person::Person;
use crate::support::World;

#[tokio::test]
async fn signing_in_works_on_desk_and_phone_and_without_scripts() {
    let world = World::new().await;
    let account = world.person("Lin Reader").await;
    for profile in [DESK, PHONE] {
        let person = Person::with(&world, profile).await;
        person.goto("/login").await.check_both().await;
        person.fill("Email address", "nobody@example.com").await;
        person.fill("Password", "not the password").await;
        person.press("Sign in").await.check_both().await;
        person.sign_in(&account).await.check_both().await;
    }
    let person = Person::without_scripts(&world, DESK).await;
    person.sign_in(&account).await.goto("/account").await.sees("Lin Reader").await.check().await;
}

#[tokio::test]
async fn a_reader_of_chinese_is_answered_in_chinese() {
    let world = World::new().await;
    let person = Person::chinese(&world, PHONE).await;
    person.goto("/login").await.sees("登录").await.check_both().await;
    person.goto("/no/such/page").await.check_both().await;
}

#[tokio::test]
async fn what_everybody_may_read_is_accessible() {
    let world = World::new().await;
    let merchant = world.trust_merchant("Lantern Bikes").await;
    let verify = format!("/verify/{}", merchant.code);
    let paths =
        ["/", "/register", "/password/forgot", "/verify", "/directory", "/rules", "/report"];
    let (desk, phone) = (Person::desk(&world).await, Person::phone(&world).await);
    for path in paths.into_iter().chain([verify.as_str()]) {
        desk.goto(path).await.check_both().await;
        phone.goto(path).await.check().await;
    }
}

#[tokio::test]
async fn the_components_are_accessible_in_every_form() {
    let world = World::new().await;
    for profile in [DESK, PHONE] {
        let person = Person::with(&world, profile).await;
        person.goto("/dev/components").await.check_both().await;
    }
}

/// The checks themselves: a page made bad on purpose.
#[tokio::test]
async fn what_is_wrong_with_a_page_is_found() {
    let world = World::new().await;
    let person = Person::phone(&world).await;
    person.goto("/login").await;
    assert_eq!(person.problems().await, [""; 0]);
    let spoil = "document.querySelector('main').insertAdjacentHTML('beforeend', arguments[0])";
    for (bad, sign) in [
        ("<img src='/static/none.png'>", "image-alt"),
        ("<input name='x'>", "label"),
        ("<p class='wide'>x</p>", "sticks out"),
        ("<p style='color: red'>x</p>", "Content Security Policy"),
    ] {
        person.goto("/login").await;
        person.run(spoil, vec![bad.into()]).await;
        person
            .run(
                "document.querySelectorAll('.wide').forEach((e) => e.style.width = '900px')",
                vec![],
            )
            .await;
        let problems = person.problems().await;
        assert!(problems.iter().any(|p| p.contains(sign)), "{bad}: {problems:?}");
    }
}
