//! The web sites of shops: a small server on this machine that answers for every name under
//! `.test`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::World;

/// All sites under `.test`: name → what lies at the place of the proof.
#[derive(Clone, Default)]
pub struct Sites(Arc<Mutex<HashMap<String, String>>>);

impl Sites {
    /// A world whose `.test` sites are these.
    pub async fn world() -> (World, Self) {
        let sites = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("an address");
        tokio::spawn(serve(listener, sites.clone()));
        let world =
            World::builder().set("SURETY_TEST_HOSTS", &format!("test={addr}")).start().await;
        (world, sites)
    }

    /// Puts a proof on a site.
    pub fn put(&self, name: &str, content: &str) {
        self.0.lock().expect("sites").insert(name.to_owned(), content.to_owned());
    }

    /// Takes it away.
    pub fn clear(&self, name: &str) {
        self.0.lock().expect("sites").remove(name);
    }

    fn find(&self, name: &str) -> Option<String> {
        self.0.lock().expect("sites").get(name).cloned()
    }
}

async fn serve(listener: TcpListener, sites: Sites) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut buffer = vec![0; 4096];
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        let request = String::from_utf8_lossy(&buffer[..read]).to_lowercase();
        let host = request.lines().find_map(|l| l.strip_prefix("host: ")).unwrap_or_default();
        let name = host.split(':').next().unwrap_or_default();
        let asked = request.starts_with("get /.well-known/surety-challenge ");
        let found = sites.find(name).filter(|_| asked);
        let (status, body) = found.map_or(("404 Not Found", String::new()), |b| ("200 OK", b));
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close");
        stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.ok();
    }
}
