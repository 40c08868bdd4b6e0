//! Who belongs to a shop: what members may, how they go, and who may send them away.

use chrono::Duration;

use crate::support::{Letter, Merchant, Person, Reply, Visitor, World};

pub(super) const MEMBERS: &str = "/merchant/members";
pub(super) const INVITE: &str = "/merchant/members/invite";
pub(super) const ACCEPT: &str = "/merchant/invitation";
const LEAVE: &str = "/merchant/members/leave";

pub(super) async fn invite(owner: &mut Visitor, email: &str, role: &str) -> Reply {
    owner.submit(MEMBERS, INVITE, &[("email", email), ("role", role)]).await
}

/// The last invitation that went to an address.
pub(super) async fn invitation_to(world: &World, email: &str) -> Letter {
    let mut mails = world.mails_to(email).await.into_iter();
    mails.rfind(|m| m.message == "member-invitation").expect("an invitation")
}

/// Lets somebody become a member over the pages; their browser.
pub(super) async fn join(
    world: &World,
    owner: &mut Visitor,
    person: &Person,
    role: &str,
) -> Visitor {
    invite(owner, &person.email, role).await.sends_to("/merchant/members?done=member-invited");
    let link = invitation_to(world, &person.email).await.href().to_owned();
    let mut visitor = world.visitor_as(person).await;
    let joined = visitor.submit(&link, ACCEPT, &[]).await;
    joined.sends_to("/merchant?done=member-joined");
    visitor
}

/// The path of a member's or invitation's form.
pub(super) async fn form_of(world: &World, person: &Person, act: &str) -> String {
    let sql = format!("SELECT public_id FROM merchant_members WHERE user_id = {}", person.id);
    format!("{MEMBERS}/{}/{act}", world.value(&sql).await)
}

/// Who belongs to the shop, as `name role`.
pub(super) async fn members(world: &World, merchant: &Merchant) -> String {
    let sql = format!(
        "SELECT string_agg(u.name || ' ' || m.role, ', ' ORDER BY m.since, u.id) \
         FROM merchant_members m JOIN users u ON u.id = m.user_id WHERE merchant_id = {}",
        merchant.id
    );
    world.value(&sql).await
}

pub(super) async fn post(visitor: &mut Visitor, path: &str, fields: &[(&str, &str)]) -> Reply {
    let token = visitor.csrf_token("/account").await;
    let mut all = fields.to_vec();
    all.push(("csrf_token", &token));
    visitor.post(path, &all).await
}

pub(super) fn token_of(letter: &Letter) -> String {
    letter.href().split_once("token=").map(|(_, t)| t.to_owned()).expect("a token")
}

#[tokio::test]
async fn a_member_may_trade_but_not_take_the_money_or_let_people_in() {
    let world = World::new().await;
    let shop = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&shop.owner).await;
    let mei = world.person("Mei Lin").await;
    let mut member = join(&world, &mut owner, &mei, "member").await;
    member.get("/merchant/orders/new").await.ok();
    let page = member.get(MEMBERS).await;
    page.ok().sees("Mei Lin").sees_not("Invite somebody").sees_not(&shop.owner.email);
    member.get("/merchant/balance").await.ok().sees("Only an owner");
    let owners = form_of(&world, &shop.owner, "remove").await;
    let demote = form_of(&world, &shop.owner, "role").await;
    let own = form_of(&world, &mei, "role").await;
    let invitation = [("email", "eve@example.com"), ("role", "owner")];
    let account = [("holder", "Mei Lin"), ("number", "62220012345678")];
    let once = uuid::Uuid::new_v4().to_string();
    let payout = [("amount", "1"), ("currency", "CNY"), ("idempotency_key", once.as_str())];
    for (path, fields) in [
        (INVITE, &invitation[..]),
        (&owners, &[]),
        (&demote, &[("role", "member")]),
        (&own, &[("role", "owner")]),
        ("/merchant/balance/account", &account),
        ("/merchant/balance/payout", &payout),
    ] {
        post(&mut member, path, fields).await.expect(403).sees("owner");
    }
    assert_eq!(members(&world, &shop).await, "Lantern Bikes Owner owner, Mei Lin member");
    assert_eq!(world.value("SELECT count(*) FROM payment_accounts").await, "0");
}

#[tokio::test]
async fn who_was_removed_can_do_nothing_for_the_shop_at_once() {
    let world = World::new().await;
    let shop = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&shop.owner).await;
    let mei = world.person("Mei Lin").await;
    let mut removed = join(&world, &mut owner, &mei, "owner").await;
    let accomplice = world.person("Eve").await;
    invite(&mut removed, &accomplice.email, "owner").await.expect(303);
    let letter = invitation_to(&world, &accomplice.email).await;
    let new_order = removed.get("/merchant/orders/new").await;
    new_order.ok();
    let remove = form_of(&world, &mei, "remove").await;
    owner.submit(MEMBERS, &remove, &[]).await.sends_to("/merchant/members?done=member-removed");

    // The session lives on, as anybody's; the form that was open does nothing.
    removed.get("/account").await.ok();
    for path in ["/merchant/orders", "/merchant/balance", MEMBERS] {
        removed.get(path).await.sends_to("/merchant");
    }
    let fields = [
        ("title", "City bicycle"),
        ("description", "52 cm"),
        ("condition", "used"),
        ("delivery", "express"),
        ("currency", "CNY"),
        ("price", "10"),
        ("buyer_email", "a@example.com"),
    ];
    removed.submit_on(&new_order, "/merchant/orders/new", &fields).await.expect(403);
    let owners = form_of(&world, &shop.owner, "remove").await;
    post(&mut removed, &owners, &[]).await.expect(403);
    // Nor does anybody whom they have invited come in.
    let mut accomplice = world.visitor_as(&accomplice).await;
    post(&mut accomplice, ACCEPT, &[("token", &token_of(&letter))]).await.expect(410);
    assert_eq!(members(&world, &shop).await, "Lantern Bikes Owner owner");
    let told = world.mail_to(&mei.email).await;
    assert_eq!(told.message, "member-removed-you");
    // What happens in the shop is not told to them any more.
    let before = world.mails_to(&mei.email).await.len();
    invite(&mut owner, "new@example.com", "member").await.expect(303);
    assert_eq!(world.mails_to(&mei.email).await.len(), before);
    owner.get(MEMBERS).await.ok().sees("removed Mei Lin");
}

#[tokio::test]
async fn the_last_owner_cannot_go() {
    let world = World::new().await;
    let shop = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&shop.owner).await;
    let mei = world.person("Mei Lin").await;
    let mut member = join(&world, &mut owner, &mei, "member").await;
    let own = form_of(&world, &shop.owner, "remove").await;
    let demote = form_of(&world, &shop.owner, "role").await;
    post(&mut owner, LEAVE, &[]).await.expect(409).sees("last owner");
    post(&mut owner, &own, &[]).await.expect(409).sees("last owner");
    post(&mut owner, &demote, &[("role", "member")]).await.expect(409).sees("last owner");
    assert_eq!(members(&world, &shop).await, "Lantern Bikes Owner owner, Mei Lin member");
    // Once there is another, it goes; a member leaves at any time.
    let promote = form_of(&world, &mei, "role").await;
    owner.submit(MEMBERS, &promote, &[]).await.sends_to(MEMBERS);
    owner.submit(MEMBERS, LEAVE, &[]).await.sends_to("/account?done=member-left");
    assert_eq!(members(&world, &shop).await, "Mei Lin owner");
    owner.get(MEMBERS).await.sends_to("/merchant");
    post(&mut member, LEAVE, &[]).await.expect(409).sees("last owner");
    let left = world.mail_to(&mei.email).await;
    assert_eq!(left.message, "member-left");
}

#[tokio::test]
async fn two_owners_who_remove_each_other_leave_one() {
    let world = World::new().await;
    let shop = world.merchant("Lantern Bikes").await;
    let mut first = world.visitor_as(&shop.owner).await;
    let mei = world.person("Mei Lin").await;
    let mut second = join(&world, &mut first, &mei, "owner").await;
    for round in 0..4 {
        let remove_second = form_of(&world, &mei, "remove").await;
        let remove_first = form_of(&world, &shop.owner, "remove").await;
        let (a, b) = tokio::join!(
            post(&mut first, &remove_second, &[]),
            post(&mut second, &remove_first, &[])
        );
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        // The slower one is refused: it is not an owner any more.
        assert_eq!(statuses[0], 303, "round {round}");
        assert!(matches!(statuses[1], 403 | 409), "round {round}: {statuses:?}");
        let sql = "SELECT count(*) FROM merchant_members WHERE role = 'owner'";
        assert_eq!(world.value(sql).await, "1", "round {round}");
        // Both in again, as the owner of the database.
        let back = format!(
            "INSERT INTO merchant_members (user_id, merchant_id, role, since) \
             SELECT id, {}, 'owner', surety_now() FROM users WHERE id IN ({}, {}) \
             ON CONFLICT DO NOTHING",
            shop.id, shop.owner.id, mei.id
        );
        world.owner_sql(&back).await;
    }
    // Both leaving at once: one stays.
    let (a, b) = tokio::join!(post(&mut first, LEAVE, &[]), post(&mut second, LEAVE, &[]));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
}

#[tokio::test]
async fn letting_people_in_or_out_asks_for_the_password_again() {
    let world = World::new().await;
    let shop = world.merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&shop.owner).await;
    let mei = world.person("Mei Lin").await;
    join(&world, &mut owner, &mei, "member").await;
    world.advance(Duration::minutes(16)).await;
    let again = invite(&mut owner, "eve@example.com", "member").await;
    again.expect(422);
    assert_eq!(again.field("email"), "eve@example.com", "what was typed is kept");
    assert!(!again.error("password").is_empty());
    let remove = form_of(&world, &mei, "remove").await;
    for path in [remove.as_str(), LEAVE] {
        let asked = post(&mut owner, path, &[]).await;
        asked.sends_to("/account/security/confirm?next=%2Fmerchant%2Fmembers");
    }
    assert_eq!(members(&world, &shop).await, "Lantern Bikes Owner owner, Mei Lin member");
    let password = [("password", crate::support::PASSWORD)];
    owner.submit_on(&again, INVITE, &password).await.sends_to(MEMBERS);
    owner.submit(MEMBERS, &remove, &[]).await.sends_to(MEMBERS);
    assert_eq!(members(&world, &shop).await, "Lantern Bikes Owner owner");
}

#[tokio::test]
async fn who_worked_for_a_shop_never_decides_on_it() {
    let world = World::new().await;
    let shop = world.trust_merchant("Lantern Bikes").await;
    let mut owner = world.visitor_as(&shop.owner).await;
    let reviewer = world.staff(surety::accounts::actor::Role::Reviewer).await;
    let mut member = join(&world, &mut owner, &reviewer, "member").await;
    member.submit(MEMBERS, LEAVE, &[]).await.sends_to("/account");
    let own = surety::trust::is_or_was_member(&world.db, reviewer.id, shop.id).await;
    assert!(own.expect("an answer"));
    let other = world.merchant("Harbour Books").await;
    let own = surety::trust::is_or_was_member(&world.db, reviewer.id, other.id).await;
    assert!(!own.expect("an answer"));
}
