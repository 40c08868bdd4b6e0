//! Invitations to a shop: who can accept one, and for how long.

use chrono::Duration;

use super::members::{
    ACCEPT, INVITE, MEMBERS, form_of, invitation_to, invite, members, post, token_of,
};
use crate::support::{Letter, World};

#[tokio::test]
async fn an_invited_person_joins_once_and_works_for_the_shop() {
    let world = World::new().await;
    let shop = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&shop.owner).await;
    let mei = world.chinese_person("Mei Lin").await;
    invite(&mut owner, &mei.email.to_uppercase(), "member").await.sends_to(MEMBERS);
    let page = owner.get(MEMBERS).await;
    page.ok().sees("Open invitations").sees(&mei.email);
    let letter = invitation_to(&world, &mei.email).await;
    assert!(letter.subject.contains("Lantern Bikes 邀请"), "{}", letter.subject);
    // What the owner is told carries no key.
    let told = world.mails_to(&shop.owner.email).await.pop().expect("a mail to the owner");
    assert_eq!(told.message, "member-invited");
    assert!(!told.text.contains("token="), "{}", told.text);

    let mut visitor = world.visitor_as(&mei).await;
    visitor.get("/merchant/orders").await.sends_to("/merchant");
    visitor.get(letter.href()).await.ok();
    assert_eq!(
        members(&world, &shop).await,
        "Lantern Bikes Owner owner",
        "reading changes nothing"
    );
    visitor.submit(letter.href(), ACCEPT, &[]).await.sends_to("/merchant?done=member-joined");
    visitor.get("/merchant/orders").await.ok();
    assert_eq!(members(&world, &shop).await, "Lantern Bikes Owner owner, Mei Lin member");
    // The link worked once.
    visitor.get(letter.href()).await.expect(410);
    post(&mut visitor, ACCEPT, &[("token", &token_of(&letter))]).await.expect(410);
    let told = world.mail_to(&shop.owner.email).await;
    assert!(told.text.contains("Mei Lin"), "{}", told.text);
    owner.get(MEMBERS).await.ok().sees("Mei Lin joined").sees_not("Open invitations");
    let history = "SELECT string_agg(event, ' ' ORDER BY id) FROM merchant_member_events";
    assert_eq!(world.value(history).await, "invited joined");
}

#[tokio::test]
async fn only_the_confirmed_account_of_the_address_can_accept() {
    let world = World::new().await;
    let shop = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&shop.owner).await;
    let mei = world.person("Mei Lin").await;
    invite(&mut owner, &mei.email, "owner").await.expect(303);
    let letter = invitation_to(&world, &mei.email).await;
    let token = token_of(&letter);

    // Who is signed out is asked to sign in, and comes back.
    let mut stranger = world.visitor();
    let page = stranger.get(letter.href()).await;
    page.ok().sees("Lantern Bikes");
    let login = page.link("Sign in to accept");
    let fields = [("email", mei.email.as_str()), ("password", crate::support::PASSWORD)];
    let back = stranger.submit(&login, "/login", &fields).await;
    back.sends_to("/merchant/invitation?token=");

    // Another person with the link gets nowhere, and learns no address.
    let thief = world.person("Tom Thief").await;
    let mut thief = world.visitor_as(&thief).await;
    let page = thief.get(letter.href()).await;
    page.ok().sees("another address").sees_not(&mei.email);
    post(&mut thief, ACCEPT, &[("token", &token)]).await.expect(404);
    for wrong in ["", "x", "x.y", &token.replacen('.', ".x", 1)] {
        post(&mut thief, ACCEPT, &[("token", wrong)]).await.expect(410);
    }

    // The address counts once it is confirmed.
    let unconfirm = format!("UPDATE users SET email_confirmed_at = NULL WHERE id = {}", mei.id);
    world.owner_sql(&unconfirm).await;
    let mut visitor = world.visitor_as(&mei).await;
    visitor.get(letter.href()).await.ok().sees("Confirm");
    post(&mut visitor, ACCEPT, &[("token", &token)]).await.expect(403);
    assert_eq!(members(&world, &shop).await, "Lantern Bikes Owner owner");
    world.owner_sql(&unconfirm.replace("NULL", "surety_now()")).await;
    visitor.submit(letter.href(), ACCEPT, &[]).await.sends_to("/merchant?done=");
    assert_eq!(members(&world, &shop).await, "Lantern Bikes Owner owner, Mei Lin owner");
}

#[tokio::test]
async fn an_invitation_ends_by_time_withdrawal_and_a_newer_one() {
    let world = World::new().await;
    let shop = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&shop.owner).await;
    let mei = world.person("Mei Lin").await;
    let mut visitor = world.visitor_as(&mei).await;
    let mut accept = async |letter: &Letter| {
        post(&mut visitor, ACCEPT, &[("token", &token_of(letter))]).await.status
    };
    invite(&mut owner, &mei.email, "member").await.expect(303);
    let first = invitation_to(&world, &mei.email).await;
    invite(&mut owner, &mei.email, "member").await.expect(303);
    let second = invitation_to(&world, &mei.email).await;
    assert_ne!(first.href(), second.href());
    assert_eq!(accept(&first).await, 410, "a newer one was sent");

    let id = world.value("SELECT id FROM merchant_invitations WHERE ended_at IS NULL").await;
    let withdraw = format!("{MEMBERS}/invitations/{id}/withdraw");
    owner.submit(MEMBERS, &withdraw, &[]).await.sends_to(MEMBERS);
    assert_eq!(accept(&second).await, 410, "it was withdrawn");
    post(&mut owner, &withdraw, &[]).await.expect(409).sees("is not open any more");

    invite(&mut owner, &mei.email, "member").await.expect(303);
    let third = invitation_to(&world, &mei.email).await;
    world.advance(Duration::days(7)).await;
    let mut visitor = world.visitor_as(&mei).await;
    let token = token_of(&third);
    post(&mut visitor, ACCEPT, &[("token", &token)]).await.expect(410);
    let mut owner = world.visitor_as(&shop.owner).await;
    owner.get(MEMBERS).await.ok().sees_not(&mei.email);
    assert_eq!(members(&world, &shop).await, "Lantern Bikes Owner owner");

    // The address is forgotten in the end.
    world.advance(Duration::days(31)).await;
    world.work().await;
    assert_eq!(world.value("SELECT count(*) FROM merchant_invitations").await, "0");
}

#[tokio::test]
async fn a_link_that_is_followed_twice_at_once_lets_in_once() {
    let world = World::new().await;
    let shop = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&shop.owner).await;
    let mei = world.person("Mei Lin").await;
    invite(&mut owner, &mei.email, "member").await.expect(303);
    let token = token_of(&invitation_to(&world, &mei.email).await);
    let visitor = world.visitor_as(&mei).await;
    let tries = (0..4).map(|_| {
        let (mut visitor, token) = (visitor.clone(), token.clone());
        async move { post(&mut visitor, ACCEPT, &[("token", &token)]).await.status }
    });
    let mut statuses = futures::future::join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410, 410, 410]);
    let joined = "SELECT count(*) FROM merchant_member_events WHERE event = 'joined'";
    assert_eq!(world.value(joined).await, "1");
}

#[tokio::test]
async fn a_person_belongs_to_one_shop() {
    let world = World::new().await;
    let shop = world.merchant("Lantern Bikes").await;
    let other = world.merchant("Harbour Books").await;
    let mut owner = world.visitor_as(&shop.owner).await;
    invite(&mut owner, &other.owner.email, "member").await.expect(303);
    let letter = invitation_to(&world, &other.owner.email).await;
    let mut visitor = world.visitor_as(&other.owner).await;
    visitor.get(letter.href()).await.ok().sees("You belong to another shop");
    let token = token_of(&letter);
    post(&mut visitor, ACCEPT, &[("token", &token)]).await.expect(409).sees("one shop");
    assert_eq!(members(&world, &shop).await, "Lantern Bikes Owner owner");
    // Another shop's people and invitations are not there.
    let remove = form_of(&world, &shop.owner, "remove").await;
    let id = world.value("SELECT id FROM merchant_invitations").await;
    post(&mut visitor, &remove, &[]).await.expect(404);
    let withdraw = format!("{MEMBERS}/invitations/{id}/withdraw");
    post(&mut visitor, &withdraw, &[]).await.expect(404);
    visitor.get(MEMBERS).await.ok().sees_not("Lantern Bikes Owner");
}

#[tokio::test]
async fn what_is_wrong_with_an_invitation_is_said_beside_the_field() {
    let world = World::new().await;
    let shop = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&shop.owner).await;
    let own = shop.owner.email.as_str();
    for (email, role, field, words) in [
        ("", "member", "email", "Enter"),
        ("nobody", "member", "email", "address"),
        (own, "member", "email", "belongs to your shop already"),
        ("eve@example.com", "king", "role", "Choose"),
    ] {
        let fields = [("email", email), ("role", role)];
        let page = owner.forge(MEMBERS, INVITE, &fields).await;
        page.expect(422);
        assert!(page.error(field).contains(words), "{email} {role}: {:?}", page.errors());
        assert_eq!(page.field("email"), email);
    }
    assert_eq!(world.value("SELECT count(*) FROM merchant_invitations").await, "0");
}
