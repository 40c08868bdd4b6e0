use std::collections::HashMap;

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let map: HashMap<_, _> =
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Config::read(&|name| map.get(name).cloned())
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let error = read(&[("SURETY_ADDR", "here"), ("SURETY_PUBLIC_URL", "http://x.example")])
        .expect_err("production with nothing set")
        .to_string();
    for name in
        ["SURETY_ADDR", "DATABASE_URL", "SURETY_SMTP_URL", "SURETY_SECRET_KEY", "SURETY_GATEWAY"]
    {
        assert!(error.contains(name), "{name} is not named in {error}");
    }
}

#[test]
fn what_is_wrong_hides_nothing_else() {
    let ConfigError(wrong) = read(&[
        ("SURETY_MODE", "development"),
        ("DATABASE_URL", "postgres://x"),
        ("SURETY_ADDR", "0.0.0.0:80"),
        ("SURETY_METRICS_ADDR", "0.0.0.0:81"),
        ("SURETY_WORKERS", "many"),
        ("SURETY_POOL_SIZE", "0"),
        ("SURETY_SMTP_URL", "no server: secret"),
        ("SURETY_LOG", "surety=everything"),
        ("SURETY_TIME_ZONE", "Mars"),
        ("SURETY_SUPPORT_EMAIL", "help at example"),
    ])
    .expect_err("must refuse");
    let names: Vec<_> = wrong.iter().filter_map(|w| w.split(' ').next()).collect();
    let expected = [
        "SURETY_ADDR",
        "SURETY_METRICS_ADDR",
        "SURETY_POOL_SIZE",
        "SURETY_SMTP_URL",
        "SURETY_TIME_ZONE",
        "SURETY_SUPPORT_EMAIL",
        "SURETY_LOG",
    ];
    assert_eq!(names.len(), expected.len() + 1, "{wrong:?}");
    assert!(names.contains(&"SURETY_WORKERS"), "{wrong:?}");
    assert!(expected.iter().all(|name| names.contains(name)), "{wrong:?}");
    assert!(!wrong.concat().contains("secret"), "{wrong:?}");
    for (name, value) in [("SURETY_WORKERS", "0"), ("SURETY_POOL_SIZE", "1001")] {
        let base = [("SURETY_MODE", "development"), ("DATABASE_URL", "postgres://x")];
        let ConfigError(wrong) = read(&[base[0], base[1], (name, value)]).expect_err("a range");
        assert!(wrong.len() == 1 && wrong[0].starts_with(name), "{wrong:?}");
    }
    let https = [("SURETY_PUBLIC_URL", "http://x.example"), ("SURETY_WORKERS", "many")];
    let ConfigError(wrong) = read(&https).expect_err("production");
    assert!(wrong.iter().any(|w| w.contains("https://")), "{wrong:?}");
}

#[test]
fn production_refuses_what_development_has() {
    let base = [
        ("DATABASE_URL", "postgres://x/surety?sslmode=prefer"),
        ("SURETY_MIGRATE_DATABASE_URL", "postgres://x/surety?sslmode=verify-full"),
        ("SURETY_SMTP_URL", "smtps://x"),
        ("SURETY_PUBLIC_URL", "http://x.example"),
        ("SURETY_SECRET_KEY", DEVELOPMENT_KEY),
        ("SURETY_GATEWAY", "sandbox"),
        ("SURETY_TEST_HOSTS", "test=127.0.0.1:9"),
    ];
    let ConfigError(wrong) = read(&base).expect_err("must refuse");
    assert_eq!(wrong.len(), 5, "{wrong:?}");
    let named = |name: &str| wrong.iter().any(|w| w.starts_with(name));
    assert!(named("DATABASE_URL leads to another machine"), "{wrong:?}");
}

#[test]
fn a_developer_needs_a_database_only() {
    let config = read(&[("SURETY_MODE", "development"), ("DATABASE_URL", "postgres://x")]).unwrap();
    assert_eq!(config.http.public_url.as_str(), "http://localhost:8080/");
}

#[test]
fn a_store_of_files_is_whole_or_refused() {
    let base = [("SURETY_MODE", "development"), ("DATABASE_URL", "postgres://x")];
    let config = read(&base).unwrap();
    assert!(matches!(&config.files, FilePlace::Local(folder) if folder.ends_with("var/files")));
    let wrong = |more: &[(&str, &str)]| {
        let ConfigError(wrong) = read(&[&base[..], more].concat()).expect_err("must refuse");
        wrong.iter().filter_map(|w| w.split(' ').next().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(wrong(&[("SURETY_FILES_STORE", "ftp")]), ["SURETY_FILES_STORE"]);
    let s3 = ("SURETY_FILES_STORE", "s3");
    let needed = [
        "SURETY_FILES_S3_BUCKET",
        "SURETY_FILES_S3_ACCESS_KEY_ID",
        "SURETY_FILES_S3_SECRET_ACCESS_KEY",
    ];
    assert_eq!(wrong(&[s3]), needed);
    let whole = needed.map(|name| (name, "a secret of ours"));
    let odd = ("SURETY_FILES_S3_ENDPOINT", "ftp://x");
    assert_eq!(wrong(&[&[s3, odd], &whole[..]].concat()), ["SURETY_FILES_S3_ENDPOINT"]);
    let config = read(&[&base[..], &[s3], &whole].concat()).unwrap();
    assert!(!format!("{config:?}").contains("SecretString(\"a secret"), "{config:?}");
    let FilePlace::S3(s3) = config.files else { panic!("a folder") };
    assert!(!format!("{:?}", s3.secret_access_key).contains("a secret"));
}
