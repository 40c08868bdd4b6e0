use super::Reason::{
    AddedWord, BrandAsSubdomain, DomainInside, LookAlikeLetters, MerchantName, OtherTopLevel,
};
use super::{LookAlikeIndex, Reason, names_look_alike};
use crate::kernel::domain_name::DomainName;
use proptest::prelude::*;
use std::time::{Duration, Instant};

const KNOWN: [(&str, &str); 18] = [
    ("brightlamps.example", "Bright Lamps Co., Ltd."),
    ("taobao.com", "淘宝网"),
    ("jd.com", "京东"),
    ("58.com", "58同城"),
    ("amazon.com", "Amazon"),
    ("ebay.com", "eBay"),
    ("modern-home.example", "Modern Home"),
    ("wanda.cn", "Wanda"),
    ("shop.example", "The Shop"),
    ("apple.com", "Apple Inc."),
    ("greenhouse.co.uk", "Greenhouse"),
    ("lamp.example", "Lamp"),
    ("orange.com", "Orange S.A."),
    ("market.example", "Market"),
    ("teashop.example", "Tea Shop"),
    ("明亮灯具.example", "明亮灯具有限公司"),
    ("ml.example", "Mingliang Bicycles Ltd"),
    ("walletworks.example", "Wallet Works"),
];

const ONE: Reason = Reason::Typo { edits: 1 };
const TWO: Reason = Reason::Typo { edits: 2 };

/// The unknown domain, the known one that it imitates, and the reason.
const IMPOSTORS: [(&str, &str, Reason); 58] = [
    ("shop.example.evil.top", "shop.example", DomainInside),
    ("www.shop.example.evil.top", "shop.example", DomainInside),
    ("shop-example.top", "shop.example", DomainInside),
    ("brightlamps.example.pay.top", "brightlamps.example", DomainInside),
    ("login.taobao-com.top", "taobao.com", DomainInside),
    ("taobao-com-refund.top", "taobao.com", DomainInside),
    ("58-com.top", "58.com", DomainInside),
    ("modern-home-example.top", "modern-home.example", DomainInside),
    ("greenhouse.co.uk.evil.top", "greenhouse.co.uk", DomainInside),
    ("brіghtlamps.example", "brightlamps.example", LookAlikeLetters),
    ("xn--brghtlamps-y2i.example", "brightlamps.example", LookAlikeLetters),
    ("аррӏе.com", "apple.com", LookAlikeLetters),
    ("shор.example", "shop.example", LookAlikeLetters),
    ("brlghtlamps.example", "brightlamps.example", LookAlikeLetters),
    ("br1ghtlamps.example", "brightlamps.example", LookAlikeLetters),
    ("brightlarnps.top", "brightlamps.example", LookAlikeLetters),
    ("ta0ba0.com", "taobao.com", LookAlikeLetters),
    ("am4zon.com", "amazon.com", LookAlikeLetters),
    ("amäzon.com", "amazon.com", LookAlikeLetters),
    ("modem-home.example", "modern-home.example", LookAlikeLetters),
    ("vvanda.cn", "wanda.cn", LookAlikeLetters),
    ("wa11etworks.example", "walletworks.example", LookAlikeLetters),
    ("ｅｂａｙ.top", "ebay.com", OtherTopLevel),
    ("brightlamps.top", "brightlamps.example", OtherTopLevel),
    ("www.taobao.cc", "taobao.com", OtherTopLevel),
    ("jd.top", "jd.com", OtherTopLevel),
    ("58.cn", "58.com", OtherTopLevel),
    ("greenhouse.com", "greenhouse.co.uk", OtherTopLevel),
    ("bright-lamps.top", "brightlamps.example", OtherTopLevel),
    ("taobao.github.io", "taobao.com", OtherTopLevel),
    ("明亮灯具.top", "明亮灯具.example", OtherTopLevel),
    ("brightlamps.evil.top", "brightlamps.example", BrandAsSubdomain),
    ("login.taobao.evil.top", "taobao.com", BrandAsSubdomain),
    ("taobao-login.evil.top", "taobao.com", BrandAsSubdomain),
    ("brightlamps-login.top", "brightlamps.example", AddedWord),
    ("secure-brightlamps.top", "brightlamps.example", AddedWord),
    ("brightlampspay.top", "brightlamps.example", AddedWord),
    ("brightlamps-official-shop.com", "brightlamps.example", AddedWord),
    ("brightlamps-warehouse.com", "brightlamps.example", AddedWord),
    ("taobaologin2024.top", "taobao.com", AddedWord),
    ("ebaylogin.top", "ebay.com", AddedWord),
    ("jd-pay.top", "jd.com", AddedWord),
    ("my-58-login.top", "58.com", AddedWord),
    ("apple-support.top", "apple.com", AddedWord),
    ("明亮灯具官网.top", "明亮灯具.example", AddedWord),
    ("m1ngliangbicycles.top", "ml.example", MerchantName),
    ("mingliang-bicycles-shop.com", "ml.example", MerchantName),
    ("brihgtlamps.example", "brightlamps.example", ONE),
    ("brightlamp.top", "brightlamps.example", ONE),
    ("bright-lamps.example", "brightlamps.example", ONE),
    ("qrightlamps.example", "brightlamps.example", ONE),
    ("brightlampz-login.top", "brightlamps.example", ONE),
    ("brghtlamp.top", "brightlamps.example", TWO),
    ("amazno.com", "amazon.com", ONE),
    ("ammazno.com", "amazon.com", TWO),
    ("aplle.com", "apple.com", ONE),
    ("eaby.com", "ebay.com", ONE),
    ("taobbao.com", "taobao.com", ONE),
];

const HONEST: [&str; 64] = [
    // Known, or under a known domain.
    "brightlamps.example",
    "www.brightlamps.example",
    "pay.taobao.com",
    "a.b.shop.example",
    // Everyday words and honest compounds.
    "shop.com",
    "shop.top",
    "bookshop.example",
    "petshop.example",
    "my-shop.example",
    "market.com",
    "lampshop.com",
    "lampservice.com",
    "teahouse.example",
    "toyshop.example",
    "petshop.com",
    "orange-county.gov",
    "orangegrove.com",
    "appleton.edu",
    "pineapple.com",
    "applebees.com",
    "shop.evil.top",
    "lamp.evil.top",
    "amazonas.gov.br",
    "greenhousegas.org",
    // Neighbours.
    "camp.example",
    "land.example",
    "clamp.com",
    "damp.com",
    "change.com",
    "range.com",
    "basket.example",
    "planet.com",
    "brightdesks.example",
    "nightlamps.org",
    "panda.cn",
    "wander.org",
    "home.example",
    "housing.co.uk",
    "treehouse.co.uk",
    "grenade.com",
    // Short names and numbers.
    "59.com",
    "85.com",
    "158.com",
    "id.com",
    "jb.com",
    "mm.com",
    "xm.com",
    "sb.com",
    "bay.com",
    "abay.com",
    "ebony.com",
    "relay.com",
    // Unrelated names.
    "wikipedia.org",
    "rust-lang.org",
    "github.com",
    "例子.example",
    "明天.example",
    "明亮.com",
    "bicycles.com",
    "baidu.com",
    "tencent.com",
    "bbc.co.uk",
    "example.org",
    "gov.uk.example",
];

fn index() -> LookAlikeIndex {
    LookAlikeIndex::new(KNOWN.map(|(domain, name)| (DomainName::parse(domain).unwrap(), name)))
}

#[test]
fn impostors_are_found_with_the_strongest_reason() {
    let index = index();
    for (unknown, known, reason) in IMPOSTORS {
        let found = index.find(&DomainName::parse(unknown).unwrap());
        let found = found.unwrap_or_else(|| panic!("{unknown} resembles nothing"));
        let expected = DomainName::parse(known).unwrap();
        assert_eq!((&found.resembles, found.reason), (&expected, reason), "{unknown}");
        assert_eq!(KNOWN[found.index].0, known);
    }
}

#[test]
fn honest_names_are_left_alone() {
    let index = index();
    for name in HONEST {
        let domain = DomainName::parse(name).unwrap();
        assert_eq!(index.find(&domain), None, "{name}");
    }
}

#[test]
fn names_of_merchants() {
    let alike = [
        ("Bright Lamps", "BRIGHT  LAMPS Ltd."),
        ("Bright Lamps", "Bright-Lamps Co., Ltd"),
        ("Bright Lamps", "Вright Lаmps"),
        ("Bright Lamps", "Br1ght Larnps"),
        ("Bright Lamps", "Brihgt Lamps"),
        ("Orange S.A.", "Orange"),
        ("Tom’s Tea", "Toms Tea"),
        ("明亮灯具有限公司", "明亮 灯具"),
        ("明亮灯具", "【明亮灯具】官方旗舰店"),
        ("ＡＢＣ灯具", "abc灯具公司"),
    ];
    for (a, b) in alike {
        assert!(names_look_alike(a, b) && names_look_alike(b, a), "{a} / {b}");
    }
    let different = [
        ("Bright Lamps", "Bright Desks"),
        ("Tea Shop", "Toy Shop"),
        ("Tea Shop", "Sea Shop"),
        ("Orange", "Change"),
        ("明亮灯具", "明天灯具"),
        ("北京阳光", "南京阳光"),
        ("", ""),
        ("...", "!!!"),
    ];
    for (a, b) in different {
        assert!(!names_look_alike(a, b) && !names_look_alike(b, a), "{a} / {b}");
    }
}

#[test]
fn ten_thousand_are_searched_quickly() {
    let syllables = ["ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "wo", "zhan"];
    let word =
        |n: usize| (0..4).map(|place| syllables[n / 10_usize.pow(place) % 10]).collect::<String>();
    let known = (0..10_000).map(|n| {
        (DomainName::parse(&format!("{}.example", word(n))).unwrap(), format!("{} Ltd", word(n)))
    });
    let index = LookAlikeIndex::new(known);
    let queries = ["bakelimu.example", "nothing-like-it.top", "a.b.c.d.mozhanlibaka.top"];
    let begun = Instant::now();
    for query in queries {
        let _ = std::hint::black_box(index.find(&DomainName::parse(query).unwrap()));
    }
    let each = begun.elapsed() / queries.len() as u32;
    println!("{each:?} a query");
    // The goal is for release builds; unoptimised code on a busy machine gets more time.
    let limit = if cfg!(debug_assertions) { 2_000 } else { 20 };
    assert!(each < Duration::from_millis(limit), "{each:?}");
}

const LABEL: &str = "[a-z0-9а-яα-ω\u{4e00}-\u{4eff}-]{1,20}";

proptest! {
    #[test]
    fn never_panics(label in LABEL, front in "[a-z.-]{0,20}") {
        if let Ok(domain) = DomainName::parse(&format!("{front}{label}.top")) {
            let _ = index().find(&domain);
        }
    }

    #[test]
    fn names_resemble_themselves(name in "\\PC{1,30}") {
        let key = super::name_key(&name);
        prop_assert_eq!(names_look_alike(&name, &name), !key.is_empty());
    }
}
