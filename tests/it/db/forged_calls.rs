//! A stolen server calls the functions with arguments of its own: they trust it with nothing.

use super::calls::{ASK_40, DELIVERY, Scene};

const EVENTS: &[&str] = &[
    "pay",
    "cancel",
    "expire",
    "deliver",
    "remind",
    "ask_extension",
    "extend",
    "claim",
    "correct_address",
    "find_self_dealt",
    "confirm",
    "confirm_by_default",
    "ask_refund",
    "decline_refund",
    "withdraw_refund",
    "agree_refund",
    "steal",
];
const STATUSES: &[&str] =
    &["awaiting_payment", "awaiting_delivery", "awaiting_confirmation", "completed", "closed"];

/// The lines that release an order over 100 with a fee of 1.
const RELEASE: [(&str, &str); 2] =
    [("p_lines", "'{escrow,merchant,fees}'"), ("p_amounts", "'{-100,99,1}'")];
/// The lines that return an order over 100.
const RETURN: [(&str, &str); 2] =
    [("p_lines", "'{escrow,refunds}'"), ("p_amounts", "'{-100,100}'")];

#[tokio::test]
async fn no_order_moves_but_as_the_table_says() {
    let scene = Scene::new().await;
    let completed = scene.delivered().await;
    assert_eq!(scene.change(&completed, "confirm", "completed", &RELEASE).await, Ok("done".into()));
    let closed = scene.paid().await;
    assert_eq!(scene.change(&closed, "cancel", "closed", &RETURN).await, Ok("done".into()));
    let orders =
        [scene.order("100").await, scene.paid().await, scene.delivered().await, completed, closed];
    let moves = scene
        .world
        .owner_sql("SELECT event || ' ' || from_status || ' ' || to_status FROM order_moves")
        .await;
    let moves: Vec<_> = moves.into_iter().filter_map(|row| row[0].clone()).collect();
    let before = scene.world.checksum(&[]).await;
    let mut tried = 0;
    for (order, from) in orders.iter().zip(STATUSES) {
        assert_eq!(scene.of(order, "status").await, *from);
        for event in EVENTS {
            for to in STATUSES {
                if moves.contains(&format!("{event} {from} {to}")) {
                    continue;
                }
                for lines in [&[][..], &RELEASE, &RETURN] {
                    match scene.change(order, event, to, lines).await {
                        Err((code, message)) => {
                            assert_eq!(code, "SU004", "{event} {from} {to}: {message}");
                        }
                        Ok(answer) => panic!("{event} from {from} to {to} was answered {answer}"),
                    }
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 900, "{tried}");
    assert!(before == scene.world.checksum(&[]).await, "something was changed");
}

#[tokio::test]
async fn no_escrow_is_filled_but_by_its_own_whole_payment() {
    let scene = Scene::new().await;
    let order = scene.order("100").await;
    let own = scene.receipt(&order).await;
    let other = scene.order("100").await;
    let foreign = scene.receipt(&other).await;
    let right = ("p_lines", "'{gateway,escrow}'");
    let whole = ("p_amounts", "'{-100,100}'");
    let own = ("p_parts", own.as_str());
    let refused = async |why: &str, given: &[(&str, &str)]| {
        scene.refuses("SU003", why, &order, "pay", "awaiting_delivery", given).await;
    };
    refused("without a receipt", &[right, whole]).await;
    refused("another order's receipt", &[right, whole, ("p_parts", &foreign)]).await;
    refused("nothing is booked", &[own]).await;
    refused("less than the price", &[right, ("p_amounts", "'{-99,99}'"), own]).await;
    refused("more than the price", &[right, ("p_amounts", "'{-101,101}'"), own]).await;
    refused("the wrong way", &[right, ("p_amounts", "'{100,-100}'"), own]).await;
    refused("from another's money", &[("p_lines", "'{merchant,escrow}'"), whole, own]).await;
    refused("not a number", &[right, ("p_amounts", "'{NaN,NaN}'"), own]).await;
    refused("no amounts", &[right, ("p_amounts", "'{NULL,NULL}'"), own]).await;
    refused("too few amounts", &[right, ("p_amounts", "'{-100}'"), own]).await;
    for account in ["fees2", "guarantee_fund", "operator_capital", "unmatched", "payouts", ""] {
        let lines = format!("ARRAY['gateway', 'escrow', '{account}']");
        let given = [("p_lines", lines.as_str()), ("p_amounts", "'{-100,100,0}'"), own];
        refused("an account that no order has", &given).await;
    }
    let siphon = ("p_lines", "'{gateway,escrow,fees,merchant}'");
    refused("something on the side", &[siphon, ("p_amounts", "'{-101,100,0,1}'"), own]).await;
}

#[tokio::test]
async fn no_escrow_is_emptied_but_by_the_terms() {
    let scene = Scene::new().await;
    let order = scene.delivered().await;
    let refused = async |code: &str, why: &str, lines: &str, amounts: &str| {
        let lines = format!("'{{{lines}}}'");
        let amounts = format!("'{{{amounts}}}'");
        let given = [("p_lines", lines.as_str()), ("p_amounts", &amounts)];
        scene.refuses(code, why, &order, "confirm", "completed", &given).await;
    };
    for (why, lines, amounts) in [
        ("nothing is booked", "", ""),
        ("more fee than was agreed", "escrow,merchant,fees", "-100,98,2"),
        ("less than is held", "escrow,merchant", "-50,50"),
        ("out of the gateway", "escrow,merchant,gateway", "-100,150,-50"),
        ("into the gateway", "escrow,gateway", "-100,100"),
        ("back to the buyer, as a release", "escrow,refunds", "-100,100"),
        ("partly back, as a release", "escrow,merchant,refunds", "-100,50,50"),
        ("a negative fee", "escrow,merchant,fees", "-100,101,-1"),
        ("out of the merchant's balance", "escrow,merchant,fees", "-100,-1,101"),
        ("it does not sum to zero", "escrow,merchant", "-100,99"),
        ("not a number", "escrow,merchant", "NaN,NaN"),
        ("an amount is missing", "escrow,merchant,fees", "-100,100,NULL"),
    ] {
        refused("SU003", why, lines, amounts).await;
    }
    // The account itself refuses to owe a negative sum.
    refused("23514", "more than is held", "escrow,merchant", "-200,200").await;
    refused("22003", "endless", "escrow,merchant", "-Infinity,Infinity").await;
    // Parts of the smallest unit would be rounded: four places are kept.
    let (why, lines) = ("rounding makes money", "escrow,merchant,fees");
    refused("SU002", why, lines, "-100,99.00005,0.99995").await;
}

#[tokio::test]
async fn a_settled_order_cannot_be_settled_again() {
    let scene = Scene::new().await;
    let order = scene.delivered().await;
    assert_eq!(scene.change(&order, "confirm", "completed", &RELEASE).await, Ok("done".into()));
    // Even the owner's inner functions refuse: the escrow is empty, the reference is taken.
    let owner = &scene.world.owner;
    let again = format!(
        "SELECT book_order_journal(o, 'release', surety_now(), '{{escrow,merchant}}', \
         '{{-100,100}}') FROM orders o WHERE id = {order}"
    );
    assert_eq!(owner.refused(&again).await.0, "23514");
    let twice = format!(
        "SELECT book_journal('order:{order}:settlement', 'release', 'CNY', NULL, NULL, \
         surety_now(), '{{}}', '{{}}', '{{}}', '{{}}')"
    );
    assert_eq!(owner.refused(&twice).await.0, "23505");
    assert_eq!(scene.world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn a_lost_race_changes_nothing() {
    let scene = Scene::new().await;
    let order = scene.delivered().await;
    let before = scene.world.checksum(&[]).await;
    for version in ["0", "1", "3", "-1", "NULL"] {
        let given = [&RELEASE[..], &[("p_version", version)]].concat();
        let answer = scene.change(&order, "confirm", "completed", &given).await;
        assert_eq!(answer, Ok("lost".to_owned()), "version {version}");
    }
    let none = scene.change(&order, "confirm", "completed", &[("p_order_id", "999999")]).await;
    assert_eq!(none, Ok("lost".to_owned()));
    assert!(before == scene.world.checksum(&[]).await, "something was changed");
}

#[tokio::test]
async fn no_clock_is_early_and_none_is_ones_own() {
    let scene = Scene::new().await;
    let order = scene.delivered().await;
    let (event, to) = ("confirm_by_default", "completed");
    scene.refuses("SU004", "the time is not over", &order, event, to, &RELEASE).await;
    let before = scene.world.checksum(&[]).await;
    for at in [
        "surety_now() + interval '11 days'",
        "surety_now() + interval '1 second'",
        "surety_now() - interval '2 minutes'",
        "NULL",
    ] {
        let given = [&RELEASE[..], &[("p_at", at)]].concat();
        let answer = scene.change(&order, event, to, &given).await;
        assert_eq!(answer, Ok("stale".to_owned()), "decided by a clock of its own: {at}");
    }
    assert!(before == scene.world.checksum(&[]).await, "something was changed");
    let unpaid = scene.order("100").await;
    scene.refuses("SU004", "there is time to pay", &unpaid, "expire", "closed", &[]).await;
    // While a request is open the clock stands: it never acts.
    let asked = scene.asked().await;
    scene.world.advance(chrono::Duration::days(400)).await;
    scene.refuses("SU004", "the clock stands", &asked, event, to, &RELEASE).await;
    for actor in ["'buyer'", "'merchant'", "'staff'", "'gateway'", "NULL"] {
        let given = [&RELEASE[..], &[("p_actor", actor)]].concat();
        scene.refuses("SU004", "only the clock ends a time", &order, event, to, &given).await;
    }
    assert_eq!(scene.change(&order, event, to, &RELEASE).await, Ok("done".to_owned()));
}

/// A move of the case that [`ASK_40`] opens.
fn moved(version: i32, event: &str, more: &str) -> String {
    format!(
        "'[{{\"part\": \"case_moved\", \"public_id\": \"6f1f0ac2-5f6f-4be0-8d3c-1c2b9d5c3a4e\", \
         \"version\": {version}, \"event\": \"{event}\"{more}}}]'"
    )
}

#[tokio::test]
async fn what_is_agreed_is_what_was_asked_for() {
    let scene = Scene::new().await;
    let order = scene.asked().await;
    let agreed = moved(0, "agree", "");
    let split = |amounts| {
        vec![
            ("p_lines", "'{escrow,refunds,merchant,fees}'"),
            ("p_amounts", amounts),
            ("p_parts", agreed.as_str()),
        ]
    };
    let refused = async |why: &str, event: &str, to: &str, given: &[(&str, &str)]| {
        scene.refuses("SU003", why, &order, event, to, given).await;
    };
    let agree = ("agree_refund", "completed");
    refused("less goes back", agree.0, agree.1, &split("'{-100,1,98,1}'")).await;
    refused("more goes back", agree.0, agree.1, &split("'{-100,60,39,1}'")).await;
    refused("nothing goes back", agree.0, agree.1, &split("'{-100,0,99,1}'")).await;
    refused("all goes back", agree.0, "closed", &split("'{-100,100,0,0}'")).await;
    let mut silent = split("'{-100,40,59,1}'");
    silent.remove(2);
    refused("the request stays open", agree.0, agree.1, &silent).await;
    let (stays, illegal) = ("awaiting_confirmation", "SU004");
    for (code, why, event, part) in [
        (illegal, "an answer that nobody can give", "decline_refund", moved(0, "forget", "")),
        (illegal, "the buyer's own move", "decline_refund", moved(0, "withdraw", "")),
        (illegal, "the merchant's own move", "withdraw_refund", moved(0, "decline", "")),
        ("SU003", "a part of another event", "claim", moved(0, "withdraw", "")),
        ("23514", "an open case without a clock", "decline_refund", moved(0, "decline", "")),
    ] {
        let given = [("p_parts", part.as_str())];
        scene.refuses(code, why, &order, event, stays, &given).await;
    }
    let early = moved(0, "withdraw", "");
    let given = [("p_parts", early.as_str()), ("p_due_at", "surety_now() + interval '1 hour'")];
    scene.refuses(illegal, "another rest", &order, "withdraw_refund", stays, &given).await;
    let stale = moved(3, "agree", "");
    let mut given = split("'{-100,40,59,1}'");
    given[2] = ("p_parts", stale.as_str());
    let lost = scene.change(&order, agree.0, agree.1, &given).await;
    assert_eq!(lost, Ok("lost".to_owned()), "decided on another version of the case");
    let done = scene.change(&order, agree.0, agree.1, &split("'{-100,40,59,1}'")).await;
    assert_eq!(done, Ok("done".to_owned()));
    assert_eq!(scene.world.audit().await, Vec::<Vec<_>>::new());

    let fresh = scene.delivered().await;
    let given = split("'{-100,40,59,1}'");
    scene.refuses("SU003", "nobody asked", &fresh, agree.0, agree.1, &given).await;
    let greedy = ASK_40.replace("\"40\"", "\"100.01\"").replace("6f1f", "6f1e");
    let given = [("p_parts", greedy.as_str())];
    scene.refuses("SU003", "more than was paid", &fresh, "ask_refund", stays, &given).await;
}

#[tokio::test]
async fn an_end_of_the_order_ends_its_case() {
    let scene = Scene::new().await;
    let order = scene.asked().await;
    assert_eq!(scene.change(&order, "confirm", "completed", &RELEASE).await, Ok("done".into()));
    let case = format!("SELECT status || ended_at::text FROM cases WHERE order_id = {order}");
    assert!(scene.world.value(&case).await.starts_with("withdrawn"));
    assert_eq!(scene.of(&order, "hold IS NULL AND paused_total_us > 0").await, "t");
    assert_eq!(scene.world.audit().await, Vec::<Vec<_>>::new());
}

/// Every part with every event: only the pairs of the table come through.
#[tokio::test]
async fn a_part_goes_with_its_events_alone() {
    let scene = Scene::new().await;
    let moves = "SELECT event, from_status, to_status, parts || may_have, parts FROM order_moves \
        WHERE channel = 'goods'";
    let moves = scene.world.owner_sql(moves).await;
    let (unpaid, paid) = (scene.order("100").await, scene.paid().await);
    let delivered = scene.delivered().await;
    let held = scene.asked().await;
    let completed = scene.delivered().await;
    assert_eq!(scene.change(&completed, "confirm", "completed", &RELEASE).await, Ok("done".into()));
    let closed = scene.paid().await;
    assert_eq!(scene.change(&closed, "cancel", "closed", &RETURN).await, Ok("done".into()));
    let receipt = scene.receipt(&unpaid).await;
    let parts = [
        ("receipt", receipt.as_str()),
        ("buyer", "'[{\"part\": \"buyer\", \"user_id\": 1}]'"),
        ("address", "'[{\"part\": \"address\", \"email\": \"a@b.example\"}]'"),
        ("delivery", DELIVERY),
        ("extension", "'[{\"part\": \"extension\", \"total_days\": 3}]'"),
        ("extension_asked", "'[{\"part\": \"extension_asked\"}]'"),
        ("self_dealt", "'[{\"part\": \"self_dealt\", \"links\": [\"device\"]}]'"),
        ("case_opened", ASK_40),
        ("case_moved", &moved(0, "decline", ", \"due_at\": \"2030-01-01T00:00:00Z\"")),
        ("theft", "'[{\"part\": \"theft\"}]'"),
    ];
    let mut tried = 0;
    for row in &moves {
        let text = |i: usize| row[i].as_deref().unwrap_or_default();
        let (event, from, to) = (text(0), text(1), text(2));
        let order = match from {
            "awaiting_payment" => &unpaid,
            "awaiting_delivery" => &paid,
            "awaiting_confirmation" if event.ends_with("_refund") => &held,
            "awaiting_confirmation" => &delivered,
            "completed" => &completed,
            _ => &closed,
        };
        let listed = |part: &str, list: &str| {
            list.trim_matches(['{', '}']).split(',').any(|one| one == part)
        };
        for (part, body) in &parts {
            if listed(part, text(3)) {
                continue;
            }
            let why = format!("{part} with {event} from {from}");
            let given = [("p_parts", *body)];
            match scene.change(order, event, to, &given).await {
                // A clock that is early is refused before its parts are looked at.
                Err((code, message)) => assert!(
                    code == "SU003" || message == "the clock is early",
                    "{why}: {code} {message}"
                ),
                Ok(answer) => panic!("{why} was answered {answer}"),
            }
            tried += 1;
        }
        if text(4) != "{}" {
            scene.refuses("SU003", "without its part", order, event, to, &[]).await;
        }
    }
    assert!(tried > 250, "{tried}");
}

#[tokio::test]
async fn what_has_ended_is_not_changed_afterwards() {
    let scene = Scene::new().await;
    let order = scene.delivered().await;
    assert_eq!(scene.change(&order, "confirm", "completed", &RELEASE).await, Ok("done".into()));
    scene.refuses("SU003", "no address", &order, "correct_address", "completed", &[]).await;
    let own =
        format!("UPDATE orders SET buyer_id = {} WHERE id = {order}", scene.merchant.owner.id);
    scene.world.owner_sql(&own).await;
    let address = "'[{\"part\": \"address\", \"email\": \"evil@example.com\"}]'";
    let given = [("p_parts", address)];
    scene.refuses("SU003", "the buyer's", &order, "correct_address", "completed", &given).await;
    let buyer = "'[{\"part\": \"buyer\", \"user_id\": 1}]'";
    scene.refuses("SU003", "a buyer's", &order, "claim", "completed", &[("p_parts", buyer)]).await;
    let found = "'[{\"part\": \"self_dealt\", \"links\": [\"device\"]}]'";
    let given = [("p_parts", found), ("p_due_at", "surety_now()"), ("p_wake_at", "surety_now()")];
    let event = "find_self_dealt";
    scene.refuses("23514", "the clock runs again", &order, event, "completed", &given).await;
}

/// A kind of case that this test alone has: on an order that has ended it holds nothing up.
#[tokio::test]
async fn a_case_may_stand_on_an_order_that_has_ended() {
    let scene = Scene::new().await;
    let order = scene.delivered().await;
    assert_eq!(scene.change(&order, "confirm", "completed", &RELEASE).await, Ok("done".into()));
    let data = "INSERT INTO case_moves VALUES \
          ('claim', 'open', '', 'awaiting_response', '{buyer}', 'merchant', true), \
          ('claim', 'settle', 'awaiting_response', 'settled', '{merchant}', NULL, true); \
        INSERT INTO order_moves VALUES \
          ('goods', 'open_claim', 'completed', 'completed', '{buyer}', NULL, NULL, 'kept', NULL, \
            false, '{case_opened}', '{}'), \
          ('goods', 'settle_claim', 'completed', 'completed', '{merchant}', NULL, NULL, 'kept', \
            NULL, false, '{case_moved}', '{}')";
    scene.world.owner_sql(data).await;
    let late = [("p_parts", ASK_40)];
    scene.refuses("SU003", "a late request", &order, "open_claim", "completed", &late).await;
    let claim = ASK_40.replace("\"refund\"", "\"claim\"");
    let claim = [("p_parts", claim.as_str())];
    let opened = scene.change(&order, "open_claim", "completed", &claim).await;
    assert_eq!(opened, Ok("done".to_owned()));
    let open = "SELECT kind || ' ' || status || ' ' || version FROM cases WHERE ended_at IS NULL";
    assert_eq!(scene.world.value(open).await, "claim awaiting_response 0");
    assert_eq!(scene.of(&order, "hold IS NULL AND due_at IS NULL").await, "t");
    assert_eq!(scene.of(&order, "status || ' ' || outcome").await, "completed released");
    let settled = moved(0, "settle", "");
    let settled = [("p_parts", settled.as_str()), ("p_actor", "'merchant'")];
    let done = scene.change(&order, "settle_claim", "completed", &settled).await;
    assert_eq!(done, Ok("done".to_owned()));
    let ended = "SELECT status || ' ' || version FROM cases WHERE ended_at IS NOT NULL";
    assert_eq!(scene.world.value(ended).await, "settled 1");
    assert_eq!(scene.world.audit().await, Vec::<Vec<_>>::new());
}

#[tokio::test]
async fn orders_that_make_no_sense_are_not_made() {
    let scene = Scene::new().await;
    for (given, code) in [
        (("p_price", "0"), "23514"),
        (("p_price", "-5"), "23514"),
        (("p_price", "'NaN'"), "23514"),
        (("p_price", "1000000000000.01"), "23514"),
        (("p_price", "9999999999999999.99"), "23514"),
        (("p_price", "'Infinity'"), "22003"),
        (("p_max_fee", "100.01"), "23514"),
        (("p_max_fee", "-1"), "23514"),
        (("p_max_fee", "'NaN'"), "23514"),
        (("p_currency", "'cny'"), "23514"),
        (("p_currency", "''"), "23514"),
        (("p_channel", "'weapons'"), "23503"),
        (("p_policy_version", "99"), "23503"),
        (("p_merchant_id", "999999"), "23503"),
        (("p_title", "''"), "23514"),
        (("p_link_hash", "'\\x00'"), "23514"),
    ] {
        match scene.try_order(&[given]).await {
            Err((got, message)) => assert_eq!(got, code, "{given:?}: {message}"),
            Ok(order) => panic!("{given:?} made order {order}"),
        }
    }
}

#[tokio::test]
async fn what_is_delivered_is_of_the_kind_that_was_agreed() {
    let scene = Scene::new().await;
    let order = scene.paid().await;
    let agree = "UPDATE orders SET terms = '{\"delivery\": \"surface_mail\"}' WHERE id =";
    scene.world.owner_sql(&format!("{agree} {order}")).await;
    for kind in ["automatic", "in_person", "express"] {
        let part = format!("'[{{\"part\": \"delivery\", \"kind\": \"{kind}\"}}]'");
        let given = [("p_parts", part.as_str()), ("p_due_at", "surety_now() + interval '1 day'")];
        let to = "awaiting_confirmation";
        scene.refuses("SU003", kind, &order, "deliver", to, &given).await;
    }
}
