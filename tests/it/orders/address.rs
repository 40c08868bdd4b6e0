//! The address that a guest mistyped at checkout: who may correct it, and what becomes of the proof
//! that was mailed there.

use super::Trade;
use super::guests::{GUEST, begin, play};
use crate::support::Visitor;

/// A guest pays with an address; the order, the guest's browser, and the mailed claim.
async fn paid_by_guest(trade: &mut Trade, email: &str) -> (String, Visitor, String) {
    let id = trade.order("10").await;
    let link = trade.link(&id).await;
    let mut guest = trade.world.visitor();
    let bank = begin(&mut guest, &link, &id, email).await;
    play(&mut guest, &bank, "success").await.ok();
    let claim = trade.world.mail_to(email).await.href().to_owned();
    (id, guest, claim)
}

#[tokio::test]
async fn who_paid_corrects_a_mistyped_address_and_the_old_link_dies() {
    let mut trade = Trade::new().await;
    let (id, mut guest, old_claim) = paid_by_guest(&mut trade, "gest@example.com").await;
    let here = format!("/orders/{id}/address");
    let paid = guest.get(&format!("/orders/{id}/paid")).await;
    paid.ok().sees("gest@example.com");
    assert_eq!(paid.link("Correct the address"), here);

    // What is wrong is said; the same address is no correction.
    for (typed, words) in [("", "address"), ("gest", "address"), ("gest@example.com", "already")] {
        let page = guest.submit(&here, &here, &[("email", typed)]).await;
        page.expect(422);
        assert!(page.error("email").contains(words), "{typed}: {}", page.error("email"));
    }
    let corrected = guest.submit(&here, &here, &[("email", "Guest@example.com")]).await;
    corrected.sends_to(&format!("/orders/{id}/paid?done=address-corrected"));
    guest.follow(corrected).await.ok().sees("guest@example.com");
    assert_eq!(trade.of(&id, "buyer_email").await, "guest@example.com");

    // Both addresses are told; to the wrong one nothing leads any more.
    let wrong = trade.world.mail_to("gest@example.com").await;
    assert_eq!(wrong.message, "order-address-was-wrong");
    assert!(!wrong.text.contains("key="), "{}", wrong.text);
    let new_claim = trade.world.mail_to(GUEST).await.href().to_owned();
    let finder = trade.world.person("Finder").await;
    let mut finder = trade.world.visitor_as(&finder).await;
    finder.get(&old_claim).await.expect(404);
    let token = finder.csrf_token("/orders").await;
    let key = old_claim.split_once("key=").map(|(_, key)| key).expect("a key");
    let action = format!("/orders/{id}/claim");
    finder.post(&action, &[("csrf_token", &token), ("key", key)]).await.expect(404);

    // The new link works, once; then nobody corrects anything any more.
    let owner = trade.world.person("Guest").await;
    let mut at_home = trade.world.visitor_as(&owner).await;
    at_home.submit(&new_claim, &action, &[]).await.sends_to(&format!("/orders/{id}?done="));
    finder.get(&new_claim).await.expect(404);
    guest.get(&here).await.expect(409);
    let token = guest.csrf_token("/login").await;
    let fields = [("csrf_token", token.as_str()), ("email", "evil@example.com")];
    guest.post(&here, &fields).await.expect(409);
    assert_eq!(trade.of(&id, "buyer_email").await, "guest@example.com");
    let order = at_home.get(&format!("/orders/{id}")).await;
    order.ok().sees("The payer corrected the address");
    trade.audited().await;
}

#[tokio::test]
async fn nobody_but_the_browser_that_paid_corrects_the_address() {
    let mut trade = Trade::new().await;
    let id = trade.order("10").await;
    let link = trade.link(&id).await;
    // The merchant and somebody else with the link began payments too.
    begin(&mut trade.seller, &link, &id, "shop@example.com").await;
    let mut other = trade.world.visitor();
    begin(&mut other, &link, &id, "other@example.com").await;
    let mut guest = trade.world.visitor();
    let here = format!("/orders/{id}/address");
    guest.get(&here).await.expect(404);
    let bank = begin(&mut guest, &link, &id, "gest@example.com").await;
    // Nothing is paid yet: the address is typed anew at the checkout.
    guest.get(&here).await.expect(404);
    play(&mut guest, &bank, "success").await.ok();
    for thief in [&mut trade.seller, &mut other, &mut trade.buyer] {
        thief.get(&here).await.expect(404);
        let token = thief.csrf_token("/verify").await;
        let fields = [("csrf_token", token.as_str()), ("email", "evil@example.com")];
        thief.post(&here, &fields).await.expect(404);
    }
    assert_eq!(trade.of(&id, "buyer_email").await, "gest@example.com");
    guest.get(&here).await.ok();
    // The mails that one order can cause are limited.
    for round in 0..5 {
        let email = format!("guest{round}@example.com");
        guest.submit(&here, &here, &[("email", &email)]).await.expect(303);
    }
    guest.submit(&here, &here, &[("email", "once-more@example.com")]).await.expect(429);
    trade.audited().await;
}

#[tokio::test]
async fn an_address_is_corrected_or_the_order_claimed_never_both() {
    let mut trade = Trade::new().await;
    for _ in 0..6 {
        let (id, mut guest, claim) = paid_by_guest(&mut trade, "gest@example.com").await;
        let stranger = trade.world.person("Stranger").await;
        let mut stranger = trade.world.visitor_as(&stranger).await;
        let (here, action) = (format!("/orders/{id}/address"), format!("/orders/{id}/claim"));
        let (own, other) = (guest.csrf_token(&here).await, stranger.csrf_token(&claim).await);
        let key = claim.split_once("key=").map(|(_, key)| key).expect("a key");
        let correction = [("csrf_token", own.as_str()), ("email", GUEST)];
        let taking = [("csrf_token", other.as_str()), ("key", key)];
        let (corrected, claimed) =
            tokio::join!(guest.post(&here, &correction), stranger.post(&action, &taking));
        let has_buyer = trade.of(&id, "buyer_id IS NOT NULL").await == "true";
        assert_eq!(claimed.status == 303, has_buyer, "{} {}", corrected.status, claimed.status);
        assert_eq!(corrected.status == 303, !has_buyer, "{}", corrected.text());
        let expected = if has_buyer { "gest@example.com" } else { GUEST };
        assert_eq!(trade.of(&id, "buyer_email").await, expected);
    }
    trade.audited().await;
}
