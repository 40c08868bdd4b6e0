//! `/directory`: who is listed, what is found, and what it costs beside many.

use surety::kernel::domain_name::DomainName;
use surety::kernel::merchant_code::MerchantCode;

use super::{add_domain, set_badge, shop};
use crate::admission::scale::cost;
use crate::support::{Visitor, World};

#[tokio::test]
async fn the_directory_lists_active_merchants_page_by_page() {
    let world = World::new().await;
    let mut newest_first = Vec::new();
    for number in 0..60 {
        let name = format!("Shop {number:02}");
        world.trust_merchant(&name).await;
        newest_first.insert(0, name);
    }
    let suspended = world.trust_merchant("Suspended Shop").await;
    set_badge(&world, &suspended, "state = 'suspended'").await;
    let ended = world.trust_merchant("Ended Shop").await;
    set_badge(&world, &ended, "expires_at = surety_now()").await;
    world.merchant("Applicant").await;
    let mut visitor = world.visitor();
    let mut reply = visitor.get("/directory").await;
    assert_eq!(reply.ok().texts("ul.list h3"), newest_first[..25]);
    assert_eq!(reply.count("a[rel=prev]"), 0);
    let first = reply.body();
    reply = visitor.get(&reply.link("Older")).await;
    assert_eq!(reply.ok().texts("ul.list h3"), newest_first[25..50]);
    let older = visitor.get(&reply.link("Older")).await;
    assert_eq!(older.ok().texts("ul.list h3"), newest_first[50..]);
    assert_eq!(older.count("a[rel=next]"), 0);
    let back = visitor.get(&older.link("Newer")).await;
    assert_eq!(back.ok().texts("ul.list h3"), newest_first[25..50]);
    let start = visitor.get(&back.link("Newer")).await;
    assert_eq!(start.ok().texts("ul.list h3"), newest_first[..25]);
    assert_eq!(start.count("a[rel=prev]"), 0);
    assert!(first.contains("Shop 59"));
}

#[tokio::test]
async fn the_directory_is_searched_by_industry_name_domain_and_code() {
    let world = World::new().await;
    let bikes = shop(&world, "Lantern Bikes", "bikes.example").await;
    let cars = shop(&world, "云途 Cars", "granite.example").await;
    world
        .owner_sql(&format!("UPDATE merchants SET industry = 'used_cars' WHERE id = {}", cars.id))
        .await;
    let mut visitor = world.visitor();
    for (query, found) in [
        ("industry=used_cars", vec!["云途 Cars"]),
        ("industry=used_cars&q=lantern", vec![]),
        ("industry=", vec!["云途 Cars", "Lantern Bikes"]),
        ("q=LANTERN", vec!["Lantern Bikes"]),
        ("q=%E4%BA%91%E9%80%94", vec!["云途 Cars"]),
        ("q=granite", vec!["云途 Cars"]),
        (&format!("q={}", bikes.code.to_lowercase()), vec!["Lantern Bikes"]),
        ("q=%25", vec![]),
        ("older=nonsense&newer=", vec!["云途 Cars", "Lantern Bikes"]),
    ] {
        let reply = visitor.get(&format!("/directory?{query}")).await;
        assert_eq!(reply.ok().texts("ul.list h3"), found, "{query}");
    }
    visitor.get("/directory?industry=tulips").await.expect(422).sees("Choose from the lists");
    let reply = visitor.get("/directory?industry=used_cars&q=%3Cscript%3E").await;
    assert_eq!(reply.ok().field("industry"), "used_cars");
    assert_eq!(reply.field("q"), "<script>");
    reply.sees("No trust merchant matches “<script>”.");
}

/// The names that a search finds.
async fn found(visitor: &mut Visitor, text: &str) -> Vec<String> {
    let query: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    visitor.get(&format!("/directory?q={query}")).await.ok().texts("ul.list h3")
}

#[tokio::test]
async fn whatever_form_it_is_typed_in_it_is_found() {
    let world = World::new().await;
    let label = DomainName::parse("灯笼.example").expect("a name");
    let bikes = shop(&world, "Lantern Bikes", label.as_str()).await;
    let tickets = shop(&world, "云途票务", "yuntu.example").await;
    let cars = shop(&world, "Ｇｒａｎｉｔｅ Cars", "granite.example").await;
    let set = "UPDATE merchants SET industry =";
    world
        .owner_sql(&format!(
            "{set} 'air_tickets' WHERE id = {}; {set} 'used_cars' WHERE id = {}",
            tickets.id, cars.id
        ))
        .await;
    let code = bikes.code.replace('-', "").to_lowercase();
    for visitor in &mut [world.visitor(), world.visitor().chinese()] {
        for (text, names) in [
            // Names: any part, any case, any width.
            ("lantern bikes", vec!["Lantern Bikes"]),
            ("ＬＡＮＴＥＲＮ　ｂｉｋｅｓ", vec!["Lantern Bikes"]),
            ("tern  b", vec!["Lantern Bikes"]),
            ("云途", vec!["云途票务"]),
            ("票", vec!["云途票务"]),
            ("granite", vec!["Ｇｒａｎｉｔｅ Cars"]),
            // Domains, in both forms, and as an address.
            ("灯笼.example", vec!["Lantern Bikes"]),
            ("灯笼", vec!["Lantern Bikes"]),
            ("https://www.灯笼.example/a?b", vec!["Lantern Bikes"]),
            (label.as_str(), vec!["Lantern Bikes"]),
            ("YUNTU.", vec!["云途票务"]),
            // Codes.
            (bikes.code.as_str(), vec!["Lantern Bikes"]),
            (code.as_str(), vec!["Lantern Bikes"]),
            // Industries, in both languages whatever the reader's is.
            ("机票", vec!["云途票务"]),
            ("air tickets", vec!["云途票务"]),
            ("Air Ticket", vec!["云途票务"]),
            ("二手车", vec!["Ｇｒａｎｉｔｅ Cars"]),
            ("二手", vec!["Ｇｒａｎｉｔｅ Cars", "Lantern Bikes"]),
            ("insurance", vec![]),
            // What is not there, and what would find everything.
            ("air", vec![]),
            ("%", vec![]),
            ("_", vec![]),
            ("used_cars", vec![]),
            ("zeppelin", vec![]),
        ] {
            assert_eq!(found(visitor, text).await, names, "{text}");
        }
    }
}

#[tokio::test]
async fn what_changes_is_found_by_what_it_is_now() {
    let world = World::new().await;
    let bikes = shop(&world, "Lantern Bikes", "bikes.example").await;
    add_domain(&world, &bikes, "lantern.example").await;
    let mut visitor = world.visitor();
    world.owner_sql("UPDATE merchants SET name = 'Harbour Books'").await;
    assert_eq!(found(&mut visitor, "lantern bikes").await, [""; 0]);
    assert_eq!(found(&mut visitor, "harbour").await, ["Harbour Books"]);
    world.owner_sql("UPDATE domains SET verified_at = NULL WHERE name = 'bikes.example'").await;
    assert_eq!(found(&mut visitor, "bikes.example").await, [""; 0]);
    assert_eq!(found(&mut visitor, "lantern.example").await, ["Harbour Books"]);
    world.owner_sql("DELETE FROM domains WHERE name = 'lantern.example'").await;
    assert_eq!(found(&mut visitor, "lantern.example").await, [""; 0]);
    // A badge that does not hold is not listed, and the way on leads to how it stands.
    set_badge(&world, &bikes, "state = 'suspended'").await;
    let none = visitor.get("/directory?q=harbour&industry=second_hand").await;
    none.ok().sees("No trust merchant matches “harbour”.");
    assert_eq!(none.link("Search every industry"), "/directory?q=harbour");
    let check = visitor.get(&none.link("Check “harbour”")).await;
    check.ok().sees("No trust merchant is called “harbour” now.");
    assert_eq!(check.text_of("ul.list .chip"), "Suspended");
}

#[tokio::test]
async fn empty_places_show_the_way_on() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    let nobody = visitor.get("/directory").await;
    nobody.ok().sees("There is no trust merchant yet.");
    assert_eq!(nobody.link("Apply for the trust badge"), "/merchant/application");
    let industry = visitor.get("/directory?industry=lottery").await;
    industry.ok().sees("There is no trust merchant in this industry yet.");
    assert_eq!(industry.link("See all"), "/directory");
}

/// So many merchants, of whom most have a badge and a domain. A few are in insurance.
const MERCHANTS: usize = 10_000;
const TABLES: &str = "merchants,badges,domains,merchant_search";
/// Rows that a page may read of these: it shows 25, and looks at some that it leaves out.
const ROWS_MAX: i64 = 600;

/// The merchants that it makes, in the order of their rows.
async fn fill(world: &World) -> Vec<MerchantCode> {
    // An index is made faster than it is kept.
    let index = "SELECT indexdef FROM pg_indexes WHERE indexname = 'merchant_search_by_gram'";
    let index = world.value(index).await;
    world.owner_sql("DROP INDEX merchant_search_by_gram").await;
    let codes = (1..).filter_map(|n: u64| MerchantCode::from_number(n * 7_907));
    let codes: Vec<MerchantCode> = codes.take(MERCHANTS).collect();
    let rows: Vec<String> = codes
        .iter()
        .enumerate()
        .map(|(n, code)| {
            let industry = match n % 3_000 {
                7 => "insurance",
                rest if rest % 2 == 0 => "rentals",
                _ => "other",
            };
            format!("('{code}', 'Shop {n}', '{industry}', surety_now())")
        })
        .collect();
    for part in rows.chunks(1_000) {
        let insert = "INSERT INTO merchants (code, name, industry, created_at) VALUES";
        world.owner_sql(&format!("{insert} {}", part.join(","))).await;
    }
    world
        .owner_sql(&format!(
            "INSERT INTO badges (merchant_id, state, tier, granted_at, expires_at, changed_at, \
               evaluation) SELECT id, CASE id % 10 WHEN 0 THEN 'revoked' WHEN 1 THEN 'suspended' \
               ELSE 'active' END, 'trusted', surety_now(), surety_now() + interval '1 year', \
               surety_now(), '{{\"thresholds_version\": 1, \"criteria\": []}}' FROM merchants; \
             INSERT INTO domains (merchant_id, name, token, token_expires_at, verified_at, \
               created_at) SELECT id, 'shop' || id || '.example', 't', surety_now(), surety_now(), \
               surety_now() FROM merchants; {index}; \
             ANALYZE merchants, badges, domains, merchant_search",
        ))
        .await;
    codes
}

#[tokio::test]
async fn beside_ten_thousand_a_page_reads_what_it_shows() {
    let world = World::new().await;
    // Not asked of the database: what a query reads is counted a while after it.
    let deep = fill(&world).await[MERCHANTS / 2];
    let mut visitor = world.visitor();
    let first = visitor.get("/directory").await;
    let paths = [
        "/directory".to_owned(),
        first.ok().link("Older"),
        format!("/directory?older={deep}"),
        format!("/directory?newer={deep}"),
        "/directory?industry=rentals".to_owned(),
        "/directory?industry=insurance".to_owned(),
        "/directory?industry=lottery".to_owned(),
        // What all, one, a few, and none of them hold.
        "/directory?q=shop".to_owned(),
        format!("/directory?q=shop&older={deep}"),
        "/directory?q=Shop+7777".to_owned(),
        "/directory?q=shop777".to_owned(),
        "/directory?q=7".to_owned(),
        "/directory?q=zeppelin".to_owned(),
        "/directory?q=%E6%9C%BA%E7%A5%A8".to_owned(),
        "/directory?q=insurance".to_owned(),
        "/directory?q=shop&industry=insurance".to_owned(),
        format!("/directory?q={deep}"),
        "/verify?q=shop+77".to_owned(),
    ];
    for path in &paths {
        let (scans, rows, took) = cost(&world, &mut visitor, path, TABLES).await;
        println!("{path}: {rows} rows, {took} ms");
        assert_eq!(scans, 0, "{path} reads all of a table");
        assert!(rows <= ROWS_MAX, "{path} reads {rows} rows");
    }
}
