//! `src/db/schema.rs` is what the migrations make. `SURETY_BLESS=1` writes it anew.

use std::fmt::Write as _;

use crate::support::{Sql, World};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/db/schema.rs");

#[tokio::test]
async fn schema_rs_is_what_the_migrations_make() {
    let world = World::new().await;
    let live = generate(&world.owner).await;
    if std::env::var_os("SURETY_BLESS").is_some() {
        std::fs::write(PATH, &live).expect("schema.rs can be written");
    }
    let file = std::fs::read_to_string(PATH).expect("schema.rs");
    let differs = file.lines().zip(live.lines()).position(|(a, b)| a != b);
    let line = differs.unwrap_or_else(|| file.lines().count().min(live.lines().count()));
    assert!(
        file == live,
        "src/db/schema.rs differs from the migrated database in line {}: {:?}, where the database \
         has {:?}. SURETY_BLESS=1 cargo test --test it db::schema writes it anew.",
        line + 1,
        file.lines().nth(line),
        live.lines().nth(line),
    );
}

/// The tables as diesel declares them.
pub async fn generate(owner: &Sql) -> String {
    let columns = owner
        .rows(
            "SELECT c.relname, a.attname, format_type(a.atttypid, NULL), a.attnotnull, \
               coalesce(array_position(k.conkey::int2[], a.attnum), 0) \
             FROM pg_class c \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p' \
             WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace \
               AND c.relname NOT LIKE '\\_\\_diesel%' \
             ORDER BY c.relname COLLATE \"C\", a.attnum",
        )
        .await;
    let mut tables: Vec<Table> = Vec::new();
    for row in columns {
        let text = |i: usize| row[i].clone().unwrap_or_default();
        if tables.last().is_none_or(|t| t.name != text(0)) {
            tables.push(Table { name: text(0), key: Vec::new(), columns: Vec::new() });
        }
        let table = tables.last_mut().expect("just made");
        let place: usize = text(4).parse().expect("a number");
        if place > 0 {
            table.key.push((place, text(1)));
        }
        if let Some(kind) = kind_of(&text(2)) {
            let kind = if text(3) == "t" { kind } else { format!("Nullable<{kind}>") };
            table.columns.push((text(1), kind));
        }
    }
    let mut out = String::from(
        "// Generated from the migrated database; `tests/it/db/schema.rs` fails when it drifts.\n",
    );
    for table in &mut tables {
        table.key.sort();
        let key: Vec<_> = table.key.iter().map(|(_, name)| name.as_str()).collect();
        let _ = writeln!(out, "\ndiesel::table! {{\n    {} ({}) {{", table.name, key.join(", "));
        for (name, kind) in &table.columns {
            let _ = writeln!(out, "        {name} -> {kind},");
        }
        out.push_str("    }\n}\n");
    }
    out.push_str("\ndiesel::allow_tables_to_appear_in_same_query!(\n");
    for table in &tables {
        let _ = writeln!(out, "    {},", table.name);
    }
    out.push_str(");\n");
    out
}

struct Table {
    name: String,
    /// Place in the primary key, column.
    key: Vec<(usize, String)>,
    columns: Vec<(String, String)>,
}

/// Diesel's word for a type; none for what only the functions of the database look at.
fn kind_of(sql: &str) -> Option<String> {
    if let Some(item) = sql.strip_suffix("[]") {
        return kind_of(item).map(|kind| format!("Array<{kind}>"));
    }
    let kind = match sql {
        "bigint" => "Int8",
        "integer" => "Int4",
        "smallint" => "Int2",
        "text" => "Text",
        "boolean" => "Bool",
        "bytea" => "Bytea",
        "uuid" => "Uuid",
        "timestamp with time zone" => "Timestamptz",
        "date" => "Date",
        "jsonb" => "Jsonb",
        "numeric" => "Numeric",
        "double precision" => "Float8",
        "xid8" => return None,
        other => panic!("say in tests/it/db/schema.rs what {other} is in diesel"),
    };
    Some(kind.to_owned())
}
