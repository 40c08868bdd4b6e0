//! A stolen server calls the functions that move money outside of orders.

use super::calls::Scene;

/// Books to and from these accounts as the owner, who may call what is inside: accounts that keep
/// their balance, then kinds of the platform's.
async fn booked(scene: &Scene, kept: (&str, &str), platform: (&str, &str)) -> Result<(), String> {
    let sql = format!(
        "SELECT book_journal(gen_random_uuid()::text, 'test', 'CNY', NULL, NULL, surety_now(), \
         ARRAY[{}]::bigint[], '{{{}}}', '{{{}}}', '{{{}}}')",
        kept.0, kept.1, platform.0, platform.1
    );
    let result = scene.world.owner.try_rows(&sql).await;
    result.map(|_| ()).map_err(|e| e.as_db_error().expect("an answer").code().code().to_owned())
}

#[tokio::test]
async fn a_journal_balances_in_one_currency() {
    let scene = Scene::new().await;
    let ok = Ok(());
    let unbalanced = Err("SU002".to_owned());
    let unsound = Err("23514".to_owned());
    let twice = Err("23505".to_owned());
    let none = ("", "");
    assert_eq!(booked(&scene, none, ("gateway,fees", "-5,5")).await, ok);
    assert_eq!(booked(&scene, none, ("gateway,fees", "-5,6")).await, unbalanced);
    assert_eq!(booked(&scene, none, ("gateway,fees", "-5,NULL")).await, unbalanced);
    assert_eq!(booked(&scene, none, ("gateway,fees", "NaN,NaN")).await, unbalanced);
    assert_eq!(booked(&scene, none, ("gateway,tips", "-5,5")).await, unsound);
    let account =
        |currency: &str| format!("ensure_account('merchant', {}, '{currency}')", scene.merchant.id);
    let (yuan, euro) = (account("CNY"), account("EUR"));
    assert_eq!(booked(&scene, (&yuan, "5"), ("gateway", "-5")).await, ok);
    assert_eq!(booked(&scene, (&euro, "5"), ("gateway", "-5")).await, unbalanced);
    assert_eq!(booked(&scene, (&yuan, "-6"), ("gateway", "6")).await, unsound);
    assert_eq!(booked(&scene, ("999999", "5"), ("gateway", "-5")).await, unbalanced);
    // A platform's account that is booked to as if it kept its balance takes the money as well.
    let fees = "ensure_account('fees', 0, 'CNY')";
    assert_eq!(booked(&scene, (fees, "5"), ("gateway", "-5")).await, ok);
    assert_eq!(
        booked(&scene, (&format!("{yuan}, {yuan}"), "5,5"), ("gateway", "-10")).await,
        twice
    );
    assert_eq!(scene.world.audit_but_kinds().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn money_that_no_order_took_is_booked_once_and_sent_back() {
    let scene = Scene::new().await;
    let receive = async |reference: &str, amount: &str, because: &str| {
        scene
            .call(
                "book_unmatched",
                &[
                    ("p_gateway", "'sandbox'"),
                    ("p_provider_reference", reference),
                    ("p_amount", amount),
                    ("p_currency", "'CNY'"),
                    ("p_because", because),
                ],
            )
            .await
    };
    assert_eq!(receive("'a'", "12", "'unknown_order'").await, Ok("done".to_owned()));
    let before = scene.world.checksum(&[]).await;
    assert_eq!(receive("'a'", "12", "'unknown_order'").await, Ok("repeated".to_owned()));
    assert_eq!(receive("'a'", "99", "'wrong_amount'").await, Ok("repeated".to_owned()));
    for (amount, because, code) in [
        ("0", "'unknown_order'", "23514"),
        ("-12", "'unknown_order'", "23514"),
        ("'NaN'", "'unknown_order'", "SU002"),
        ("NULL", "'unknown_order'", "23502"),
        ("12", "'because'", "23514"),
        ("12", "NULL", "SU003"),
    ] {
        let (got, message) = receive("'b'", amount, because).await.expect_err(because);
        assert_eq!(got, code, "{amount} {because}: {message}");
    }
    assert!(before == scene.world.checksum(&[]).await, "something was changed");
    assert_eq!(scene.world.audit().await, Vec::<Vec<_>>::new());
}

/// A merchant with 99 to draw and an account to draw it to, changed long ago.
async fn with_balance() -> Scene {
    let scene = Scene::new().await;
    let order = scene.delivered().await;
    let given = [("p_lines", "'{escrow,merchant,fees}'"), ("p_amounts", "'{-100,99,1}'")];
    assert_eq!(scene.change(&order, "confirm", "completed", &given).await, Ok("done".to_owned()));
    scene
}

async fn draw(scene: &Scene, id: &str, amount: &str, currency: &str) -> super::calls::Outcome {
    let merchant = scene.merchant.id.to_string();
    let given = [
        ("p_public_id", id),
        ("p_merchant_id", merchant.as_str()),
        ("p_amount", amount),
        ("p_currency", currency),
        ("p_gateway", "'sandbox'"),
    ];
    scene.call("request_payout", &given).await
}

/// Changes where the merchant draws its money to; the time that the database stamped.
async fn change_account(scene: &Scene, number: &str) -> String {
    let (merchant, owner) = (scene.merchant.id.to_string(), scene.merchant.owner.id.to_string());
    let given = [
        ("p_merchant_id", merchant.as_str()),
        ("p_holder", "'Lantern'"),
        ("p_number", number),
        ("p_user_id", owner.as_str()),
    ];
    scene.call("change_payment_account", &given).await.expect("a change of account")
}

#[tokio::test]
async fn no_merchant_draws_more_than_it_has() {
    let scene = with_balance().await;
    let any = "gen_random_uuid()";
    assert_eq!(draw(&scene, any, "10", "'CNY'").await, Ok("no_account".to_owned()));
    change_account(&scene, "'6222'").await;
    assert_eq!(draw(&scene, any, "10", "'CNY'").await, Ok("held".to_owned()));
    scene.world.advance(chrono::Duration::hours(24)).await;
    let before = scene.world.checksum(&[]).await;
    for amount in ["99.01", "0", "-1", "NULL", "'NaN'", "'Infinity'"] {
        assert_eq!(draw(&scene, any, amount, "'CNY'").await, Ok("short".to_owned()), "{amount}");
    }
    assert_eq!(draw(&scene, any, "10", "'EUR'").await, Ok("short".to_owned()));
    assert!(before == scene.world.checksum(&[]).await, "something was changed");
    let same = "'6f1f0ac2-5f6f-4be0-8d3c-1c2b9d5c3a4e'";
    assert_eq!(draw(&scene, same, "50", "'CNY'").await, Ok("done".to_owned()));
    // The same again books nothing; another one under its id is refused.
    let before = scene.world.checksum(&[]).await;
    assert_eq!(draw(&scene, same, "50", "'CNY'").await, Ok("done".to_owned()));
    assert_eq!(draw(&scene, same, "10", "'CNY'").await, Ok("used".to_owned()));
    assert_eq!(draw(&scene, same, "50", "'EUR'").await, Ok("used".to_owned()));
    assert!(before == scene.world.checksum(&[]).await, "something was changed");
    assert_eq!(draw(&scene, any, "49.01", "'CNY'").await, Ok("short".to_owned()));
    assert_eq!(scene.world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn the_hold_after_a_change_of_account_cannot_be_shortened() {
    let scene = with_balance().await;
    let any = "gen_random_uuid()";
    change_account(&scene, "'6222'").await;
    scene.world.advance(chrono::Duration::hours(25)).await;
    let told = "SELECT count(*) FROM outbox \
        WHERE tell = '{merchant:payment-account-changed}'";
    assert_eq!(scene.world.value(told).await, "1");
    let (id, owner) = (scene.merchant.id, scene.merchant.owner.id);
    // A thief's account that seems to have stood there for long.
    let before = scene.world.checksum(&[]).await;
    for sql in [
        "UPDATE payment_accounts SET number = '6333'".to_owned(),
        "UPDATE payment_accounts SET holder = 'Thief'".to_owned(),
        "UPDATE payment_accounts SET changed_at = '2020-01-01'".to_owned(),
        "UPDATE payment_accounts SET changed_by = 1".to_owned(),
        "UPDATE payment_accounts SET merchant_id = 0".to_owned(),
        "DELETE FROM payment_accounts".to_owned(),
        "TRUNCATE payment_accounts".to_owned(),
        format!("INSERT INTO payment_accounts VALUES ({id}, 'T', '6333', '2020-01-01', {owner})"),
        format!(
            "INSERT INTO payment_accounts VALUES ({id}, 'T', '6333', '2020-01-01', {owner}) \
             ON CONFLICT (merchant_id) DO UPDATE SET number = '6333'"
        ),
    ] {
        let (code, message) = scene.server.refused(&sql).await;
        assert_eq!(code, "42501", "{sql}: {message}");
    }
    assert!(before == scene.world.checksum(&[]).await, "something was changed");
    // The one way there is begins the hold anew, each time, and tells the merchant.
    change_account(&scene, "'6333'").await;
    let now = scene
        .world
        .value(
            "SELECT changed_at > surety_now() - interval '1 minute' \
        FROM payment_accounts",
        )
        .await;
    assert_eq!(now, "t");
    assert_eq!(scene.world.value(told).await, "2");
    assert_eq!(draw(&scene, any, "10", "'CNY'").await, Ok("held".to_owned()));
    scene.world.advance(chrono::Duration::hours(23)).await;
    assert_eq!(draw(&scene, any, "10", "'CNY'").await, Ok("held".to_owned()));
    change_account(&scene, "'6333'").await;
    scene.world.advance(chrono::Duration::hours(2)).await;
    assert_eq!(draw(&scene, any, "10", "'CNY'").await, Ok("held".to_owned()));
    scene.world.advance(chrono::Duration::hours(22)).await;
    assert_eq!(draw(&scene, any, "10", "'CNY'").await, Ok("done".to_owned()));
}

#[tokio::test]
async fn two_draws_at_once_share_one_balance() {
    let scene = with_balance().await;
    let (id, owner) = (scene.merchant.id, scene.merchant.owner.id);
    scene
        .world
        .owner_sql(&format!(
            "INSERT INTO payment_accounts VALUES \
             ({id}, 'Lantern', '6222', surety_now() - interval '2 days', {owner})"
        ))
        .await;
    let mut draws = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let server = scene.world.as_server().await;
        let sql = format!("SELECT request_payout(gen_random_uuid(), {id}, 30, 'CNY', 'sandbox')");
        draws.spawn(async move { server.value(&sql).await });
    }
    let mut answers = draws.join_all().await;
    answers.sort();
    assert_eq!(answers, ["done", "done", "done", "short", "short", "short", "short", "short"]);
    assert_eq!(scene.world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn money_on_its_way_moves_only_forward() {
    let scene = Scene::new().await;
    let order = scene.paid().await;
    let given = [("p_lines", "'{escrow,refunds}'"), ("p_amounts", "'{-100,100}'")];
    assert_eq!(scene.change(&order, "cancel", "closed", &given).await, Ok("done".to_owned()));
    let id = scene.world.value("SELECT id FROM disbursements").await;
    let change = async |version: &str, status: &str, next: &str| {
        let status = format!("'{status}'");
        let given = [
            ("p_id", id.as_str()),
            ("p_version", version),
            ("p_status", status.as_str()),
            ("p_next_attempt_at", next),
        ];
        scene.call("change_disbursement", &given).await
    };
    let soon = "surety_now()";
    assert_eq!(change("5", "sent", soon).await, Ok("lost".to_owned()));
    assert_eq!(change("NULL", "sent", soon).await, Ok("lost".to_owned()));
    assert_eq!(change("0", "requested", soon).await.expect_err("backward").0, "SU004");
    assert_eq!(change("0", "stolen", soon).await.expect_err("unknown").0, "SU004");
    assert_eq!(change("0", "sent", soon).await, Ok("done".to_owned()));
    assert_eq!(change("0", "succeeded", "NULL").await, Ok("lost".to_owned()));
    assert_eq!(change("1", "succeeded", soon).await.expect_err("both").0, "23514");
    assert_eq!(change("1", "succeeded", "NULL").await, Ok("done".to_owned()));
    for status in ["requested", "sent", "succeeded", "failed", "needs_details", "bounced"] {
        let next = if status == "succeeded" { "NULL" } else { soon };
        let (code, _) = change("2", status, next).await.expect_err("after the end");
        assert_eq!(code, "SU004", "{status}");
    }
    assert_eq!(scene.world.audit().await, Vec::<Vec<_>>::new());
}
