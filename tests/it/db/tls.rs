//! `sslmode` means what it says: the way to a database on another machine is encrypted, and leads
//! to nobody else. A PostgreSQL of its own, because the private one never speaks TCP.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel_async::RunQueryDsl;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use surety::db::owner::OwnerClock;
use surety::db::{Db, DbError};
use surety::embedded_postgres::{DATABASE, Options, start};

use crate::support::{Cluster, temp_folder};

/// Ends the server when this process ends, in whatever way.
const SCRIPT: &str = r#""$@" & pid=$!; while read -r line; do :; done; kill -QUIT $pid; wait"#;

/// A server that takes nobody who does not speak TLS, under a certificate for `localhost`.
struct Server {
    shell: Child,
    folder: PathBuf,
    port: u16,
    /// `name:password` of the server's role and of the owner.
    logins: [String; 2],
}

impl Server {
    async fn start() -> Self {
        // The common one cleans up after the process; this makes sure that it runs.
        let _ = Cluster::get();
        let options =
            Options { data_dir: temp_folder().join("tls"), durable: false, extra: Vec::new() };
        let private = start(options).await.expect("a cluster");
        let folder = private.folder().to_owned();
        let postgres = private.binaries().join("postgres");
        let login = |url: String| {
            let rest = url.strip_prefix("postgres://").expect("an address");
            rest.split('@').next().expect("a login").to_owned()
        };
        let logins = [private.server_url(DATABASE), private.owner_url(DATABASE)].map(login);
        surety::db::migrate::migrate(&private.owner_url(DATABASE)).await.expect("the schema");
        private.stop().await.expect("stopped");

        let (ca, other) = (authority("ours"), authority("theirs"));
        std::fs::write(folder.join("ca.pem"), &ca.0).expect("written");
        std::fs::write(folder.join("other.pem"), &other.0).expect("written");
        let key = KeyPair::generate().expect("a key");
        let named = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let certificate = named.signed_by(&key, &ca.1).expect("signed").pem();
        let data = folder.join("data");
        let user = std::fs::metadata(&data).expect("the cluster");
        for (name, text) in [
            ("server.pem", certificate),
            ("server.key", key.serialize_pem()),
            ("hba", "hostssl all all 127.0.0.1/32 scram-sha-256\n".to_owned()),
        ] {
            let path = data.join(name);
            std::fs::write(&path, text).expect("written");
            let only_ours = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(&path, only_ours).expect("closed");
            chown(&path, Some(user.uid()), Some(user.gid())).expect("given");
        }
        let port = free_port();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "surety-tls-server"]).arg(postgres).arg("-D").arg(&data);
        for setting in [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={port}"),
            "unix_socket_directories=".to_owned(),
            "fsync=off".to_owned(),
            "ssl=on".to_owned(),
            "ssl_cert_file=server.pem".to_owned(),
            "ssl_key_file=server.key".to_owned(),
            format!("hba_file={}", data.join("hba").display()),
        ] {
            command.arg("-c").arg(setting);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        if nix::unistd::geteuid().is_root() {
            command.gid(user.gid()).uid(user.uid());
        }
        let shell = command.current_dir("/").process_group(0).spawn().expect("a server");
        Self { shell, folder, port, logins }
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn url(&self, host: &str, query: &str) -> String {
        format!("postgres://{}@{host}:{}/{DATABASE}?{query}", self.logins[0], self.port)
    }

    /// Waits until connections are taken.
    async fn ready(&self, url: &str) {
        let began = Instant::now();
        while let Err(error) = ask(url).await {
            assert!(began.elapsed() < Duration::from_secs(30), "{error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Somebody who signs certificates: the root, as a file has it, and the signer.
fn authority(name: &str) -> (String, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let key = KeyPair::generate().expect("a key");
    let root = params.self_signed(&key).expect("a root").pem();
    (root, Issuer::new(params, key))
}

/// Whether the connection is encrypted, as the server sees it.
async fn ask(url: &str) -> Result<bool, DbError> {
    #[derive(diesel::QueryableByName)]
    struct Seen {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        ssl: bool,
    }
    let db = Db::new(url, 1)?;
    let mut conn = db.conn().await?;
    let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let rows: Vec<Seen> = diesel::sql_query(sql).load(&mut conn).await.map_err(|e| db.note(e))?;
    Ok(rows[0].ssl)
}

async fn refused(url: &str, why: &str) {
    match ask(url).await {
        Err(DbError::Unavailable(said)) => assert!(said.contains(why), "{url}: {said}"),
        other => panic!("{url}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_who_its_certificate_says() {
    let server = Server::start().await;
    let good = format!("sslmode=verify-full&sslrootcert={}", server.file("ca.pem"));
    server.ready(&server.url("localhost", &good)).await;
    for mode in ["require", "verify-ca", "verify-full"] {
        let query = good.replace("verify-full", mode);
        assert!(ask(&server.url("localhost", &query)).await.expect(mode), "{mode} is encrypted");
    }
    let other = good.replace("ca.pem", "other.pem");
    refused(&server.url("localhost", &other), "UnknownIssuer").await;
    refused(&server.url("localhost", "sslmode=require"), "certificate").await;
    // The right certificate, on another's door.
    refused(&server.url("127.0.0.1", &good), "not valid for name").await;
    // The server takes nobody in clear, so that the above is known to have been encrypted.
    refused(&server.url("localhost", "sslmode=prefer"), "no encryption").await;
    for (file, why) in [("missing.pem", "missing.pem"), ("data/hba", "there is none")] {
        let query = good.replace("ca.pem", file);
        refused(&server.url("localhost", &query), "sslrootcert").await;
        refused(&server.url("localhost", &query), why).await;
    }
    // The owner's connections go the same way.
    let owner = server.url("localhost", &good).replace(&server.logins[0], &server.logins[1]);
    let clock = OwnerClock::connect(&owner).await.expect("as the owner");
    assert!(!clock.is_set_back().await.expect("an answer"));
    let migrated = surety::db::migrate::migrate(&owner).await.expect("as the owner");
    assert_eq!(migrated, Vec::<String>::new());
    let wrong = owner.replace("ca.pem", "other.pem");
    assert!(surety::db::migrate::migrate(&wrong).await.is_err(), "not to another's database");
}

#[tokio::test]
async fn a_server_that_declines_tls_gets_no_password() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let heard = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.expect("a caller");
        let mut asked = [0; 8];
        stream.read_exact(&mut asked).await.expect("the wish for TLS");
        stream.write_all(b"N").await.expect("no");
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.expect("the end");
        (asked, rest)
    });
    let root = temp_folder().join("declined.pem");
    let _ = Cluster::get();
    std::fs::write(&root, authority("ours").0).expect("written");
    let url = format!(
        "postgres://u:secret@127.0.0.1:{port}/s?sslmode=verify-full&sslrootcert={}",
        Path::display(&root)
    );
    refused(&url, "TLS").await;
    let (asked, rest) = heard.await.expect("heard");
    assert_eq!(asked, [0, 0, 0, 8, 4, 210, 22, 47], "SSLRequest");
    assert_eq!(rest, Vec::<u8>::new(), "nothing was said in clear");
}
