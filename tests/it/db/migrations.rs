//! Migrations can be undone and done again.

use surety::db::migrate;

use crate::support::{Cluster, Sql};

/// Everything that a migration may make, as lines.
async fn everything(owner: &Sql) -> Vec<String> {
    let sql = "SELECT 'function ' || p.oid::regprocedure || ' ' || md5(pg_get_functiondef(p.oid)) \
            || coalesce(p.proacl::text, ' open') \
          FROM pg_proc p WHERE pronamespace = 'public'::regnamespace \
        UNION ALL SELECT 'relation ' || c.relname || coalesce(c.relacl::text, '') FROM pg_class c \
          WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%' \
        UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' \
            || pg_get_constraintdef(oid) \
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
            AND conname NOT LIKE '\\_\\_diesel%' \
        UNION ALL SELECT 'index ' || indexdef FROM pg_indexes \
          WHERE schemaname = 'public' AND indexname NOT LIKE '\\_\\_diesel%' \
        UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger \
          WHERE NOT tgisinternal \
        UNION ALL SELECT 'type ' || typname FROM pg_type \
          WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd') \
        ORDER BY 1";
    owner.rows(sql).await.into_iter().filter_map(|row| row[0].clone()).collect()
}

/// The versions of the migrations in the folder.
fn folder() -> Vec<String> {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"));
    let entries = folder.expect("the folder").map(|entry| entry.expect("an entry"));
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut versions: Vec<_> = folders
        .map(|entry| entry.file_name().into_string().expect("a name in UTF-8"))
        .map(|name| name.split('_').next().unwrap_or_default().replace('-', ""))
        .collect();
    versions.sort();
    versions
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_can_be_undone_and_redone() {
    let cluster = Cluster::get();
    let database = cluster.empty_database().await;
    let url = cluster.owner_url(&database);
    let owner = Sql::connect(&url).await;
    let done = migrate::migrate(&url).await.expect("the migrations");
    assert_eq!(done, folder(), "what was compiled in is not what the folder has");
    let first = everything(&owner).await;
    assert!(first.len() > 200, "too little was made: {first:#?}");

    migrate::revert_all(&url).await.expect("every migration can be undone");
    let left = everything(&owner).await;
    assert_eq!(left, [""; 0], "undoing leaves something behind");

    migrate::migrate(&url).await.expect("the migrations again");
    assert_eq!(everything(&owner).await, first);
    assert_eq!(migrate::migrate(&url).await.expect("nothing to do"), [""; 0]);
    cluster.drop_database(&database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_migrations_at_once_wait_for_each_other() {
    let cluster = Cluster::get();
    let database = cluster.empty_database().await;
    let url = cluster.owner_url(&database);
    let both = tokio::join!(
        tokio::spawn({
            let url = url.clone();
            async move { migrate::migrate(&url).await }
        }),
        tokio::spawn({
            let url = url.clone();
            async move { migrate::migrate(&url).await }
        }),
    );
    let done = [both.0, both.1].map(|d| d.expect("no panic").expect("a migration").len());
    assert!(done.contains(&0) && done[0] + done[1] == folder().len(), "{done:?}");
    cluster.drop_database(&database).await;
}
