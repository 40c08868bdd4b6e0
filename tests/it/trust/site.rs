//! The web sites of shops: a small server on this machine that answers for every name under
//! `.test`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::support::World;

/// All sites under `.test`: name → what lies at the place of the proof; and whose answer waits.
#[derive(Clone, Default)]
pub struct Sites(Arc<Mutex<HashMap<String, String>>>, Arc<Mutex<HashMap<String, Gate>>>);

/// Tells that somebody has asked, and waits for leave to answer.
type Gate = (oneshot::Sender<()>, oneshot::Receiver<()>);

/// An answer of a slow site.
pub struct Held {
    asked: oneshot::Receiver<()>,
    leave: oneshot::Sender<()>,
}

impl Held {
    /// Waits until somebody has asked: what is answered is fixed from then on.
    pub async fn asked(&mut self) {
        (&mut self.asked).await.expect("somebody asks");
    }

    /// Lets the answer go.
    pub fn let_go(self) {
        self.leave.send(()).expect("somebody waits");
    }
}

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

    /// Makes a site slow once: the next look is answered with what lies there when it comes, when
    /// it is let go.
    pub fn hold(&self, name: &str) -> Held {
        let ((told, asked), (leave, left)) = (oneshot::channel(), oneshot::channel());
        self.1.lock().expect("gates").insert(name.to_owned(), (told, left));
        Held { asked, leave }
    }

    fn gate(&self, name: &str) -> Option<Gate> {
        self.1.lock().expect("gates").remove(name)
    }

    fn find(&self, name: &str) -> Option<String> {
        self.0.lock().expect("sites").get(name).cloned()
    }
}

async fn serve(listener: TcpListener, sites: Sites) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, sites.clone()));
    }
}

async fn answer(mut stream: TcpStream, sites: Sites) {
    let mut buffer = vec![0; 4096];
    let read = stream.read(&mut buffer).await.unwrap_or(0);
    let request = String::from_utf8_lossy(&buffer[..read]).to_lowercase();
    let host = request.lines().find_map(|l| l.strip_prefix("host: ")).unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    let asked = request.starts_with("get /.well-known/surety-challenge ");
    let found = sites.find(name).filter(|_| asked);
    if let Some((told, leave)) = sites.gate(name) {
        told.send(()).ok();
        leave.await.ok();
    }
    let (status, body) = found.map_or(("404 Not Found", String::new()), |b| ("200 OK", b));
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close");
    stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.ok();
}
