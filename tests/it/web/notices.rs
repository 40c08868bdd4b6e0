//! What a page says after a form: once, there, and to nobody else.

use crate::support::World;

#[tokio::test]
async fn a_notice_is_shown_once_where_the_form_leads() {
    let world = World::new().await;
    let person = world.person("Lin Reader").await;
    let mut me = world.visitor_as(&person).await;
    let saved = me.submit("/account", "Save", &[]).await;
    saved.sends_to("/account?done=profile-saved");
    assert_eq!(saved.location(), "/account", "nothing of it is in the address");
    let mut elsewhere = me.clone();
    let page = me.get(saved.location()).await;
    assert_ne!(page.ok().notice(), "");
    assert_eq!(me.get("/account").await.ok().notice(), "", "a reload says nothing again");
    assert_eq!(elsewhere.get("/account/security").await.ok().notice(), "", "nor another page");
}

#[tokio::test]
async fn an_address_makes_no_page_say_that_something_was_done() {
    let world = World::new().await;
    let person = world.person("Lin Reader").await;
    let mut me = world.visitor_as(&person).await;
    for path in [
        "/?done=signed-out",
        "/verify?done=review-approved",
        "/account?done=password-changed",
        "/account?next=%2F&done=profile-saved",
        "/directory?done=order-confirmed#top",
    ] {
        assert_eq!(me.get(path).await.ok().notice(), "", "{path}");
    }
    // A key needs our proof, and a proof holds for one page.
    me.set_cookie("surety_notice", "password-changed.x");
    assert_eq!(me.get("/account").await.ok().notice(), "");
    let saved = me.submit("/account", "Save", &[]).await;
    let kept = saved.header("set-cookie").to_owned();
    let value = kept.split_once("surety_notice=").map_or("", |(_, rest)| rest);
    let proof = value.split(';').next().unwrap_or_default().split_once('.').map_or("", |p| p.1);
    assert_ne!(proof, "");
    me.set_cookie("surety_notice", &format!("password-changed.{proof}"));
    assert_eq!(me.get("/account").await.ok().notice(), "");
    me.set_cookie("surety_notice", &format!("profile-saved.{proof}"));
    assert_eq!(me.get("/verify").await.ok().notice(), "");
}

#[tokio::test]
async fn a_reference_of_a_report_is_shown_to_its_sender_alone() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    for forged in ["IR-0000-0000", "IR-0000-0000.x", "IR-2K7Q-9XWD.", "%3Cb%3E"] {
        let page = visitor.get(&format!("/report?received={forged}")).await;
        assert!(page.ok().has_button("Send the report"), "{forged}");
        assert!(!page.text().contains("IR-"), "{forged}");
    }
}
