//! The wire to the database is cut, stalled, or loses replies while people confirm: "done" is only
//! said of what was committed, everything else is a page with a way on, and when the wire is well
//! again so is the program, by itself.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use surety::orders::policy::DeliveryKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use uuid::Uuid;

use super::stock::{Stock, violations};
use crate::support::{Chance, Reply, Served, Visitor, World, prove, serve};

/// What happens on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wire {
    Well,
    /// Every connection is cut, none can be made.
    Cut,
    /// Nothing goes through, but nothing is lost.
    Stalled,
    /// What the program says arrives; what the database answers is lost.
    Mute,
}

/// Stands between the program and the database.
struct Proxy {
    wire: watch::Sender<Wire>,
    /// The database's URL through it.
    url: String,
}

impl Proxy {
    async fn before(world: &World) -> Self {
        let direct = world.config.database.url.expose_secret();
        let (login, rest) = direct.split_once('@').expect("a login");
        let (host, database) = rest.split_once('/').expect("a database");
        let folder: Vec<_> = percent_decoded(host);
        let socket = PathBuf::from(String::from_utf8(folder).expect("a plain folder"));
        let socket = socket.join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let (wire, weather) = watch::channel(Wire::Well);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&socket).await;
                let weather = weather.clone();
                if let Ok(server) = server {
                    tokio::spawn(async move { forward(client, server, weather).await.ok() });
                }
            }
        });
        Self { wire, url: format!("{login}@127.0.0.1:{port}/{database}") }
    }
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let form = format!("x={text}");
    let pair = url::form_urlencoded::parse(form.as_bytes()).next();
    pair.map(|(_, value)| value.into_owned().into_bytes()).unwrap_or_default()
}

/// Carries bytes both ways as the weather allows; returning cuts the connection.
async fn forward(
    mut client: TcpStream,
    mut server: UnixStream,
    mut weather: watch::Receiver<Wire>,
) -> std::io::Result<()> {
    let (mut up, mut down) = (vec![0; 16_384], vec![0; 16_384]);
    let mut lost = false;
    loop {
        let wire = *weather.borrow_and_update();
        if wire == Wire::Cut || lost && wire != Wire::Mute {
            return Ok(());
        }
        tokio::select! {
            gone = weather.changed() => if gone.is_err() { return Ok(()) },
            read = client.read(&mut up), if wire != Wire::Stalled => match read? {
                0 => return Ok(()),
                n => server.write_all(&up[..n]).await?,
            },
            read = server.read(&mut down), if wire != Wire::Stalled => match read? {
                0 => return Ok(()),
                _ if wire == Wire::Mute => lost = true,
                n => client.write_all(&down[..n]).await?,
            },
        }
    }
}

/// Confirms an order again and again until the answer is definite. Returns it, and how often the
/// reader was asked to wait.
async fn confirm(mut visitor: Visitor, token: String, id: Uuid) -> (Uuid, u16, usize) {
    let mut waits = 0;
    loop {
        let path = format!("/orders/{id}/confirm");
        let reply = visitor.post(&path, &[("csrf_token", &token)]).await;
        if reply.status != 503 {
            let said = reply.status == 409 || !reply.notice_key().is_empty();
            return (id, if said { reply.status } else { 500 }, waits);
        }
        offers_a_way_on(&reply);
        waits += 1;
    }
}

fn offers_a_way_on(reply: &Reply) {
    assert_eq!(reply.header("retry-after"), "5");
    assert!(!reply.link("Go to the home page").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn done_is_only_said_of_what_is_committed() {
    const AT_ONCE: usize = 8;
    let mut chance = Chance::new("cut wires");
    let rounds = prove(200, 15);
    let world = World::new().await;
    let stock = Stock::of(&world).await;
    let orders = stock.many_delivered(rounds * AT_ONCE, DeliveryKind::Express).await;
    let proxy = Proxy::before(&world).await;
    let mut config = (*world.config).clone();
    config.database.url = SecretString::from(proxy.url.clone());
    let Served { server, url, .. } = serve(&config).await;
    let mut buyer = Visitor::at(&url, &world.config.http.origin());
    buyer.hold_session(&world.config, &world.session_of(&stock.buyer).await);
    let token = buyer.csrf_token("/account").await;

    let mut told: BTreeMap<Uuid, u16> = BTreeMap::new();
    let (mut waits, mut slowest) = (0, Duration::ZERO);
    for batch in orders.chunks(AT_ONCE) {
        let wire = *chance.one_of(&[Wire::Cut, Wire::Stalled, Wire::Mute]);
        let (calm, storm) = (chance.below(25), chance.below(250));
        let storming = async {
            tokio::time::sleep(Duration::from_millis(calm)).await;
            proxy.wire.send_replace(wire);
            tokio::time::sleep(Duration::from_millis(storm)).await;
            proxy.wire.send_replace(Wire::Well);
            Instant::now()
        };
        let buyers = batch.iter().map(|id| confirm(buyer.clone(), token.clone(), *id));
        let (well, answers) = tokio::join!(storming, join_all(buyers));
        loop {
            let reply = buyer.get("/orders").await;
            if reply.status == 200 {
                break;
            }
            reply.expect(503);
            assert!(well.elapsed() < Duration::from_secs(10), "no recovery after {wire:?}");
        }
        slowest = slowest.max(well.elapsed());
        for (id, status, waited) in answers {
            assert!(matches!(status, 303 | 409), "{id} was answered {status} in {wire:?}");
            told.insert(id, status);
            waits += waited;
        }
    }
    println!("{rounds} storms, {waits} answers 503, the slowest recovery {slowest:?}");
    assert!(waits > 0, "no storm was felt");
    let open = "SELECT count(*) FROM orders WHERE status <> 'completed'";
    assert_eq!(world.value(open).await, "0", "said to be done, and was not: {told:?}");
    let wrong = violations(&world).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    server.stop(false).await;
}
