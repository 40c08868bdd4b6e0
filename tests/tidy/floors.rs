//! Imports run only downward; the HTTP kit, the templates and the database have their places.

use super::source::{Source, begins_word, heads};

/// Where each wing lives. Neighbours on a floor do not know each other.
const FLOORS: &[(&str, u8)] = &[
    ("kernel", 0),
    ("db", 1),
    ("config", 1),
    ("ledger", 2),
    ("files", 2),
    ("notifications", 2),
    ("payments", 2),
    ("transparency", 2),
    ("accounts", 3),
    ("trust", 4),
    ("cover", 5),
    ("orders", 6),
    ("conversation", 7),
    ("cases", 7),
    ("guarantee", 8),
    ("reputation", 8),
    ("admission", 9),
    ("badges", 9),
    ("backoffice", 10),
    ("platform", 10),
    ("worker", 10),
    ("demo", 11),
];
const KIT: &str = "web";
const TOP: &[&str] = &["routes", "app", "health", "cli", "main", "lib", "embedded_postgres"];

/// Capabilities have a façade; behind it, these are their own.
const PRIVATE: &[&str] = &["store"];

/// A file at the edge turns forms into commands and answers into pages.
pub fn is_edge(source: &Source) -> bool {
    let wing = source.wing().unwrap_or_default();
    source.parts().any(|part| {
        part.ends_with("pages") || part == "actor" || (wing == "platform" && part == "api")
    })
}

fn is_top(wing: &str) -> bool {
    TOP.contains(&wing)
}

/// The session store of actix-session is handed the kit's identity to fill in.
fn is_session_store(source: &Source) -> bool {
    source.path == "src/accounts/session_store.rs"
}

/// Every import of a wing from where it may not be imported.
pub fn imports(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|s| !s.is_test) {
        let Some(own) = source.wing() else { continue };
        if own != KIT && !is_top(own) && !FLOORS.iter().any(|(name, _)| *name == own) {
            wrong.push(format!("{}: the wing {own} has no floor in tests/tidy", source.path));
            continue;
        }
        for (at, _) in source.code.match_indices("crate::") {
            if !begins_word(&source.code, at) {
                continue;
            }
            for (place, wing) in heads(&source.code, at + "crate::".len()) {
                if let Some(why) = refusal(source, own, wing) {
                    wrong.push(source.at(place, format!("{own} may not import {wing}: {why}")));
                } else if let Some(inner) = private_part(&source.code, place, own, wing) {
                    wrong.push(source.at(
                        place,
                        format!("{wing}::{inner} is {wing}'s own: go through its façade"),
                    ));
                }
            }
        }
    }
    wrong
}

fn refusal(source: &Source, own: &str, wing: &str) -> Option<String> {
    if own == wing || is_top(own) {
        return None;
    }
    if is_top(wing) {
        return Some("the top is imported by nobody".to_owned());
    }
    if wing == KIT {
        let may = is_edge(source) || is_session_store(source);
        return (!may).then(|| "only pages and the top know the HTTP kit".to_owned());
    }
    let floor = |name| FLOORS.iter().find(|(wing, _)| *wing == name).map(|(_, floor)| *floor);
    let Some(target) = floor(wing) else {
        return Some("there is no such wing".to_owned());
    };
    let (limit, what) = match floor(own) {
        Some(floor) => (floor, format!("floor {floor}")),
        None => (2, "the kit, which knows floors 0 and 1".to_owned()),
    };
    (target >= limit)
        .then(|| format!("{wing} lives on floor {target}, {own} on {what}; imports run downward"))
}

fn private_part<'a>(code: &'a str, place: usize, own: &str, wing: &str) -> Option<&'a str> {
    if own == wing || matches!(wing, "kernel" | "db" | "config" | KIT) {
        return None;
    }
    let after = code[place + wing.len()..].strip_prefix("::")?;
    let start = code.len() - after.len();
    heads(code, start)
        .into_iter()
        .map(|(_, part)| part)
        .find(|part| PRIVATE.contains(part) || (part.ends_with("pages") && !is_top(own)))
}

/// Every use of a library outside the places that are meant for it.
pub fn libraries(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|s| !s.is_test) {
        let Some(own) = source.wing() else { continue };
        let http = own == KIT || is_edge(source) || is_top(own) || is_session_store(source);
        let mail = own == "notifications" && source.parts().any(|part| part.starts_with("mail"));
        let store = source.parts().any(|part| part == "store" || part.ends_with("_store"));
        let sql = own == "db"
            || own == "embedded_postgres"
            || store
            || source.path == "src/web/throttle.rs";
        let rules = [
            ("actix_web", http, "HTTP stays in web, the pages and the top"),
            ("actix_session", http, "HTTP stays in web, the pages and the top"),
            ("askama", http || mail, "templates are filled in by pages and by notifications/mail"),
            ("diesel", sql, "all SQL of a capability is in its store"),
            ("diesel_async", sql, "all SQL of a capability is in its store"),
            ("tokio_postgres", sql, "all SQL of a capability is in its store"),
        ];
        for (library, _, why) in rules.into_iter().filter(|(_, may, _)| !may) {
            for (at, _) in source.code.match_indices(&format!("{library}::")) {
                if begins_word(&source.code, at) {
                    wrong.push(source.at(at, format!("{library} has no place here: {why}")));
                }
            }
        }
    }
    wrong
}

#[cfg(test)]
mod self_test {
    use super::{imports, libraries};
    use crate::source::Source;

    fn one(path: &str, code: &str) -> Vec<Source> {
        vec![Source::rust(path, code)]
    }

    #[test]
    fn upward_sideways_and_private_imports_are_found() {
        for (path, code) in [
            ("src/ledger/mod.rs", "use crate::orders::Order;"),
            ("src/ledger/mod.rs", "use crate::{db::Db, orders};"),
            ("src/cases/commands.rs", "use crate::reputation::Record;"),
            ("src/orders/commands.rs", "use crate::web::page::Page;"),
            ("src/orders/commands.rs", "fn f() { crate::app::bind() }"),
            ("src/web/page.rs", "use crate::accounts::actor::Actor;"),
            ("src/orders/commands.rs", "use crate::trust::store::read;"),
            ("src/orders/commands.rs", "use crate::trust::{Badge, store};"),
            ("src/orders/pages.rs", "use crate::accounts::pages::login;"),
            ("src/novelty/mod.rs", "fn f() {}"),
        ] {
            assert_eq!(imports(&one(path, code)).len(), 1, "{path}: {code}");
        }
    }

    #[test]
    fn downward_imports_pass() {
        for (path, code) in [
            (
                "src/orders/pages.rs",
                "use crate::web::page::Page;\nuse crate::accounts::actor::Actor;",
            ),
            ("src/orders/commands.rs", "use crate::{db::{self, Db}, ledger, trust::Badge};"),
            (
                "src/orders/commands.rs",
                "// use crate::web::page::Page;\nconst T: &str = \"crate::web\";",
            ),
            ("src/ledger/mod.rs", "#[cfg(test)]\nmod tests { use crate::orders::Order; }\n"),
            ("src/routes.rs", "use crate::{orders::pages, web as kit};"),
        ] {
            assert_eq!(imports(&one(path, code)), [""; 0], "{path}: {code}");
        }
    }

    #[test]
    fn libraries_are_found_where_they_have_no_place() {
        for (path, code, count) in [
            ("src/orders/commands.rs", "use actix_web::HttpRequest;", 1),
            ("src/orders/state.rs", "use diesel::prelude::*;", 1),
            ("src/orders/commands.rs", "use diesel_async::RunQueryDsl;", 1),
            ("src/notifications/inbox.rs", "use askama::Template;", 1),
            ("src/notifications/mail.rs", "use askama::Template;", 0),
            ("src/orders/store.rs", "use diesel::prelude::*;", 0),
            ("src/orders/store/list.rs", "use diesel::prelude::*;", 0),
            ("src/orders/buyer_pages.rs", "use actix_web::HttpRequest; use askama::Template;", 0),
        ] {
            assert_eq!(libraries(&one(path, code)).len(), count, "{path}: {code}");
        }
    }
}
