use super::*;
use proptest::prelude::*;

fn name(text: &str) -> DomainName {
    DomainName::parse(text).unwrap()
}

#[test]
fn reads_what_people_type() {
    let cases = [
        ("shop.example", "shop.example"),
        ("  Shop.EXAMPLE. ", "shop.example"),
        ("https://shop.example/a?b#c", "shop.example"),
        ("HTTP://www.Shop.example:8080", "www.shop.example"),
        ("shop.example:8080/path", "shop.example"),
        ("//shop.example/x", "shop.example"),
        ("https://shop.example@evil.top/", "evil.top"),
        ("中国.example", "xn--fiqs8s.example"),
        ("XN--FIQS8S.example", "xn--fiqs8s.example"),
        ("Bücher.de", "xn--bcher-kva.de"),
        ("ｓｈｏｐ。example", "shop.example"),
        ("r3---sn-4g5.example.com", "r3---sn-4g5.example.com"),
    ];
    for (typed, ascii) in cases {
        assert_eq!(DomainName::parse(typed).as_ref().map(DomainName::as_str), Ok(ascii));
    }
}

#[test]
fn refuses_what_is_no_site() {
    use DomainNameError::{
        Empty, IpAddress, Malformed, NotPublic, PublicSuffix, SingleLabel, TooLong,
    };
    let long_label = format!("{}.example", "a".repeat(64));
    let long_input = format!("shop.example/{}", "a".repeat(3_000));
    let cases = [
        ("", Empty),
        (" \t", Empty),
        ("1.2.3.4", IpAddress),
        ("http://0x7f.1/", IpAddress),
        ("2130706433", IpAddress),
        ("[::1]:80", IpAddress),
        ("localhost", NotPublic),
        ("localhost:8080", NotPublic),
        ("printer.local", NotPublic),
        ("4.3.2.1.in-addr.arpa", NotPublic),
        ("lamps", SingleLabel),
        ("com", PublicSuffix),
        ("co.uk", PublicSuffix),
        ("https://github.io", PublicSuffix),
        ("公司.cn", PublicSuffix),
        ("shop example.com", Malformed),
        ("shop\n.example", Malformed),
        ("ftp://shop.example", Malformed),
        ("javascript://shop.example", Malformed),
        ("my_shop.example", Malformed),
        ("-shop.example", Malformed),
        ("a..example", Malformed),
        ("xn--a.example", Malformed),
        (&long_label, Malformed),
        (&long_input, TooLong),
    ];
    for (typed, error) in cases {
        assert_eq!(DomainName::parse(typed), Err(error), "{typed}");
    }
}

#[test]
fn knows_who_registered_it() {
    assert_eq!(name("a.b.shop.co.uk").registrable(), "shop.co.uk");
    assert_eq!(name("www.shop.com.cn").registrable(), "shop.com.cn");
    assert_eq!(name("a.shop.公司.cn").registrable(), "shop.xn--55qx5d.cn");
    assert_eq!(name("x.me.github.io").registrable(), "me.github.io");
    assert_eq!(name("a.shop.example").registrable(), "shop.example");
    assert_eq!(name("www.bücher.de").brand_label(), "bücher");
    assert_eq!(name("bücher.de").unicode(), "bücher.de");
    assert!(name("bücher.de").is_internationalised());
    assert!(!name("buecher.de").is_internationalised());
}

#[test]
fn takes_the_host_of_a_referer() {
    let host = |referer| origin_host(referer).map(|host| host.as_str().to_owned());
    assert_eq!(host("https://shop.example/").as_deref(), Some("shop.example"));
    assert_eq!(host("https://Shop.example.:444/a").as_deref(), Some("shop.example"));
    assert_eq!(host("http://1.2.3.4/fake").as_deref(), Some("1.2.3.4"));
    assert_eq!(host("http://localhost:8080/").as_deref(), Some("localhost"));
    assert_eq!(host("https://a_b.example/").as_deref(), Some("a_b.example"));
    assert!(origin_host("https://a_b.example/").unwrap().domain().is_none());
    assert!(origin_host("https://shop.example").unwrap().domain().is_some());
    for none in ["", "shop.example", "about:blank", "data:text/html,x", "android-app://x.y"] {
        assert_eq!(host(none), None, "{none}");
    }
}

proptest! {
    #[test]
    fn is_stable_and_never_panics(text in "\\PC{0,40}") {
        if let Ok(domain) = DomainName::parse(&text) {
            prop_assert!(domain.as_str().is_ascii());
            prop_assert_eq!(DomainName::parse(domain.as_str()), Ok(domain.clone()));
            prop_assert!(domain.as_str().ends_with(domain.registrable()));
        }
        let _ = origin_host(&text);
    }

    #[test]
    fn a_url_and_its_host_agree(host in "[a-z]{1,9}\\.[a-z0-9]{1,9}\\.example", port: u16) {
        let url = format!("https://{host}:{port}/x");
        prop_assert_eq!(DomainName::parse(&url), DomainName::parse(&host));
    }
}
