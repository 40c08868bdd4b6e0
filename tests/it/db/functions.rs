//! The functions of the database are those of `src/db/functions`, and `migrate` keeps them so.

use std::path::Path;

use surety::db::migrate;

use crate::support::{Cluster, Sql, World};

const MAKES: &str = "CREATE OR REPLACE FUNCTION ";

/// The files of a folder and what is in it, by path.
fn sql_below(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sql_below(&path));
        } else if path.extension().is_some_and(|e| e == "sql") {
            let text = std::fs::read_to_string(&path).expect("a text");
            found.push((path.display().to_string(), text));
        }
    }
    found
}

fn files(folder: &str) -> Vec<(String, String)> {
    sql_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
}

/// Name and body of each function of a file, as `pg_proc` has them; and the words above it.
fn functions(text: &str) -> Vec<((String, String), &str)> {
    let starts = text.match_indices(MAKES).map(|(at, _)| at);
    let function = |at: usize| {
        let (name, rest) = text[at + MAKES.len()..].split_once('(').expect("arguments");
        let body = rest.split("$$").nth(1).expect("a body in $$").to_owned();
        let head = text[..at].rsplit("\n\n").next().unwrap_or_default();
        ((name.to_owned(), body), head)
    };
    starts.map(function).collect()
}

#[tokio::test]
async fn each_function_stands_once_in_the_folder_as_it_is_in_the_database() {
    let world = World::new().await;
    let sql = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace";
    let rows = world.owner_sql(sql).await.into_iter();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut live: Vec<_> = rows.map(|row| (text(&row[0]), text(&row[1]))).collect();
    live.sort();
    assert!(live.len() > 40, "too few functions: {}", live.len());

    let folder = files("src/db/functions");
    let mut written: Vec<_> =
        folder.iter().flat_map(|(_, text)| functions(text)).map(|(function, _)| function).collect();
    written.sort();
    let unwritten: Vec<_> = live.iter().filter(|f| !written.contains(f)).collect();
    assert!(unwritten.is_empty(), "the database has, and no file has so: {unwritten:#?}");
    let unmade: Vec<_> = written.iter().filter(|f| !live.contains(f)).collect();
    assert!(
        unmade.is_empty(),
        "a file has, and the database has not so (is the file listed in src/db/migrate.rs?): \
         {unmade:#?}"
    );
    let names = |of: &[(String, String)]| of.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
    assert_eq!(names(&written), names(&live), "a function stands twice");
}

#[test]
fn each_function_says_who_calls_it() {
    for (path, text) in files("src/db/functions") {
        assert!(text.lines().count() < 600, "{path} is too long: split it by what it is about");
        for ((name, _), head) in functions(&text) {
            let says = ["alled by", "alled in", "its callers", "rigger", "The check of"];
            assert!(
                head.starts_with("-- ") && says.iter().any(|word| head.contains(word)),
                "{path}: the head of {name} does not say who calls it"
            );
        }
    }
}

/// What these check stands in no trigger and no constraint: it would cost each order a fifth more.
#[tokio::test]
async fn few_functions_write_orders_and_books() {
    let world = World::new().await;
    for (table, writers) in [
        ("journals", "book_journal"),
        ("entries", "book_journal"),
        ("ledger_accounts", "book_journal, ensure_account"),
        ("orders", "change_order, create_order"),
        ("order_events", "change_order, create_order"),
    ] {
        let sql = format!(
            "SELECT string_agg(proname, ', ' ORDER BY proname) FROM pg_proc \
             WHERE pronamespace = 'public'::regnamespace \
             AND prosrc ~* '(INSERT INTO|UPDATE|MERGE INTO|COPY) +{table}[ (]'"
        );
        assert_eq!(world.value(&sql).await, writers, "{table}");
    }
}

#[test]
fn migrations_make_tables_and_nothing_that_is_replaced() {
    let migrations = files("migrations");
    assert!(migrations.len() > 10, "the migrations are not read");
    for (path, text) in migrations {
        for word in ["CREATE FUNCTION", MAKES.trim_end(), "CREATE TRIGGER"] {
            assert!(!text.contains(word), "{path}: {word} stands in src/db");
        }
    }
}

async fn owner_of_an_empty_database() -> (String, String, Sql) {
    let cluster = Cluster::get();
    let database = cluster.empty_database().await;
    let url = cluster.owner_url(&database);
    migrate::migrate(&url).await.expect("the schema");
    let owner = Sql::connect(&url).await;
    (database, url, owner)
}

/// A changed signature is another function to PostgreSQL; the old one must not answer any more.
#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_no_file_is_dropped() {
    let (database, url, owner) = owner_of_an_empty_database().await;
    let count = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace";
    let before = owner.rows(count).await;
    owner
        .rows(
            "CREATE FUNCTION account_balance(p_kind text) RETURNS numeric \
             LANGUAGE sql AS 'SELECT 1.0'",
        )
        .await;
    assert_ne!(owner.rows(count).await, before);
    migrate::migrate(&url).await.expect("a second run");
    assert_eq!(owner.rows(count).await, before);
    Cluster::get().drop_database(&database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_are_mended_and_otherwise_left_alone() {
    let (database, url, owner) = owner_of_an_empty_database().await;
    let standing = "SELECT tgrelid::regclass || ' ' || pg_get_triggerdef(oid) \
        FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1";
    let same_rows = "SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_trigger";
    let (before, oids) = (owner.rows(standing).await, owner.rows(same_rows).await);
    assert!(before.len() > 30, "{before:#?}");
    migrate::migrate(&url).await.expect("a second run");
    assert_eq!(owner.rows(same_rows).await, oids, "a run that changes nothing locks no table");

    for sql in [
        "DROP TRIGGER journals_append_only ON journals",
        "DROP TRIGGER entries_append_only ON entries",
        "CREATE TRIGGER entries_append_only AFTER UPDATE ON entries \
         FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()",
    ] {
        owner.rows(sql).await;
    }
    assert_ne!(owner.rows(standing).await, before);
    migrate::migrate(&url).await.expect("a third run");
    assert_eq!(owner.rows(standing).await, before);
    Cluster::get().drop_database(&database).await;
}
