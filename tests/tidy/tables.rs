//! Each table is named by one capability; the others ask that one.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, heads, word};

/// Files that name tables of others, and why.
const EXCEPTIONS: &[(&str, &str)] = &[(
    "src/accounts/session_store.rs",
    "one join reads all that a request needs to know of its reader",
)];

/// The tables of `db/schema.rs`.
pub fn tables(schema: &str) -> BTreeSet<String> {
    let declarations = schema.split("diesel::table! {").skip(1);
    declarations.map(|d| word(d.trim_start()).to_owned()).collect()
}

/// Every table that more than one capability names.
pub fn shared(sources: &[Source]) -> Vec<String> {
    let schema = sources.iter().find(|s| s.path == "src/db/schema.rs").expect("db/schema.rs");
    let tables = tables(&schema.code);
    let mut users: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for source in sources.iter().filter(|s| !s.is_test) {
        let Some(own) = source.wing() else { continue };
        if own == "db" || EXCEPTIONS.iter().any(|(path, _)| *path == source.path) {
            continue;
        }
        for (at, name) in named(source) {
            if let Some(table) = tables.get(name) {
                let places = users.entry(table).or_default().entry(own).or_default();
                places.push(source.at(at, ""));
            }
        }
    }
    let shared = users.into_iter().filter(|(_, wings)| wings.len() > 1);
    shared
        .map(|(table, wings)| {
            let first = wings.iter().map(|(wing, places)| format!("{wing} ({})", places[0]));
            let list = first.collect::<Vec<_>>().join(", ");
            format!("the table {table} is named by {list}: one owns it, the others ask its façade")
        })
        .collect()
}

/// Names that are imported from the schema, and names after SQL's words for a table.
fn named(source: &Source) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, _) in source.code.match_indices("schema::") {
        found.extend(heads(&source.code, at + "schema::".len()));
    }
    for sign in ["FROM ", "JOIN ", "INTO ", "UPDATE ", "TABLE ", "ONLY "] {
        for (at, _) in source.bare.match_indices(sign) {
            let start = at + sign.len();
            let rest = &source.bare[start..];
            let gap = rest.len() - rest.trim_start_matches([' ', '\n', '\\']).len();
            found.push((start + gap, word(&source.bare[start + gap..])));
        }
    }
    found
}

#[cfg(test)]
mod self_test {
    use super::shared;
    use crate::source::Source;

    const SCHEMA: &str = "diesel::table! {\n    orders (id) {\n    }\n}\n\
        diesel::table! {\n    users (id) {\n    }\n}\n";

    fn with(path: &str, code: &str) -> Vec<Source> {
        vec![
            Source::rust("src/db/schema.rs", SCHEMA),
            Source::rust("src/orders/store.rs", "use crate::db::schema::{orders};"),
            Source::rust(path, code),
        ]
    }

    #[test]
    fn a_table_that_two_capabilities_name_is_found() {
        for code in [
            "use crate::db::schema::{users, orders};",
            "use crate::db::schema::orders::{self, id};",
            "const Q: &str = \"SELECT 1 FROM orders\";",
            "const Q: &str = \"UPDATE \\\n    orders SET x = 1\";",
        ] {
            let found = shared(&with("src/reputation/store.rs", code));
            assert_eq!(found.len(), 1, "{code}: {found:?}");
        }
        assert_eq!(
            shared(&with("src/reputation/store.rs", "use crate::db::schema::users;")),
            [""; 0]
        );
        let own = "use crate::db::schema::orders;";
        assert_eq!(shared(&with("src/orders/store/list.rs", own)), [""; 0]);
    }
}
