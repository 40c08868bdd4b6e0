//! Bad input on every form: words beside the field, what was typed kept, nothing changed.

use surety::kernel::typed;

use super::{SECRET, register};
use crate::support::{PASSWORD, Visitor, World};

/// What people and machines type that is no name, address, password, zone or language.
const ODD: [&str; 8] = [
    "",
    "   ",
    "\u{0}\u{7}",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "%00%ff{{7*7}}",
    "\u{202e}gnp.exe \u{1F9FE}",
    "../../etc/passwd",
];

/// Sends the form with one field odd at a time; each answer must be the form again, without a
/// token's or server's mistake.
async fn try_odd(visitor: &mut Visitor, path: &str, form: &str, good: &[(&str, &str)]) {
    let long = "长".repeat(10_000);
    for (field, _) in good {
        for odd in ODD.into_iter().chain([long.as_str()]) {
            let fields: Vec<_> = good
                .iter()
                .map(|(name, value)| (*name, if name == field { odd } else { *value }))
                .collect();
            let reply = visitor.forge(path, form, &fields).await;
            if reply.status == 303 {
                continue; // an odd password or name may be one
            }
            reply.expect(422);
            assert!(!reply.error(field).is_empty(), "{path} {field} {odd:?}: {}", reply.text());
            for (name, value) in fields.iter().filter(|(name, _)| !name.contains("password")) {
                let shown = reply.field(name);
                let kept = typed::clean(value);
                let is_choice = matches!(*name, "time_zone" | "locale");
                assert!(is_choice || shown == kept, "{path} {name}: {shown:?} of {kept:?}");
            }
        }
    }
}

#[tokio::test]
async fn odd_input_is_answered_beside_the_field() {
    let world = World::builder().behind_proxy().start().await;
    let lin = world.person("Lin").await;
    let good =
        [("name", "Lin"), ("email", "lin@example.com"), ("password", SECRET), ("time_zone", "UTC")];
    try_odd(&mut world.visitor(), "/register", "/register", &good).await;
    let sign_in = [("email", "nobody@example.com"), ("password", "wrong")];
    // Many tries from many networks: the throttles are tried elsewhere.
    for (i, (name, _)) in sign_in.iter().enumerate() {
        for (j, odd) in ODD.into_iter().enumerate() {
            let mut visitor = world.visitor().header("x-forwarded-for", &format!("10.0.{i}.{j}"));
            let fields: Vec<_> =
                sign_in.iter().map(|(n, v)| (*n, if n == name { odd } else { *v })).collect();
            visitor.forge("/login", "/login", &fields).await.expect(422);
            world.owner_sql("DELETE FROM throttles").await;
        }
    }
    for path in ["/password/forgot", "/register/sent"] {
        let email = [("email", "lin@example.com")];
        try_odd(&mut world.visitor(), path, path, &email).await;
    }
    let mut visitor = world.visitor_as(&lin).await;
    let profile = [("name", "Lin"), ("locale", "en"), ("time_zone", "UTC")];
    try_odd(&mut visitor, "/account", "Save", &profile).await;
    let change = [("current_password", "wrong"), ("new_password", SECRET)];
    for (name, _) in change {
        for odd in ODD {
            let fields = change.map(|(n, v)| (n, if n == name { odd } else { v }));
            let reply = visitor.forge("/account/security", "Change password", &fields).await;
            reply.expect(422);
            world.owner_sql("DELETE FROM throttles").await;
        }
    }
    world.visitor().sign_in_as(&lin).await;
}

#[tokio::test]
async fn what_is_wrong_is_said_at_the_top_and_beside_each_field() {
    let world = World::new().await;
    let mut visitor = world.visitor();
    let reply = register(&mut visitor, "", "lin@", "short").await;
    reply.expect(422);
    assert_eq!(reply.errors().len(), 3);
    assert_eq!(reply.count(".summary li"), 3);
    assert_eq!(reply.field("email"), "lin@");
    assert_eq!(reply.field("password"), "", "passwords are never shown again");
    assert!(reply.text_of("title").starts_with("Error: "));
    for field in ["name", "email", "password"] {
        assert_eq!(reply.attribute(&format!("#{field}"), "aria-invalid").as_deref(), Some("true"));
    }
    let reply = register(&mut visitor, "Lin", "lin@example.com", "lin@example.com").await;
    assert_eq!(reply.errors().len(), 1);
    assert_eq!(world.value("SELECT count(*) FROM users").await, "0");
}

#[tokio::test]
async fn other_sites_cannot_send_these_forms() {
    let world = World::new().await;
    let lin = world.person("Lin").await;
    let mut visitor = world.visitor();
    visitor.get("/login").await.ok();
    let fields = [("email", lin.email.as_str()), ("password", PASSWORD)];
    // In a browser that does not vouch for its forms; one that does may sign in from an old tab.
    let send = async |visitor: &mut Visitor, fields: &[(&str, &str)]| {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        let body = body.extend_pairs(fields).finish();
        let silent = [("sec-fetch-site", "")];
        visitor.send(reqwest::Method::POST, "/login", &silent, Some(body)).await
    };
    send(&mut visitor, &fields).await.expect(403);
    let token = visitor.csrf_token("/login").await;
    let with = [("csrf_token", token.as_str()), fields[0], fields[1]];
    let mut other = world.visitor();
    other.get("/login").await.ok();
    send(&mut other, &with).await.expect(403);
    send(&mut visitor, &with).await.expect(303);
}
