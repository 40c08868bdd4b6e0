//! Clients that send slowly, or never: each is let go of soon, whatever its headers claim.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::World;

/// Sends the head and the beginning of a body, and no more; the status of the answer, and how long
/// it took.
async fn stalled(world: &World, path: &str, kind: &str) -> (String, Duration) {
    let address = world.url.trim_start_matches("http://");
    let mut wire = TcpStream::connect(address).await.expect("the program listens");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n\
         Content-Length: 4000\r\n\r\nemail=lin"
    );
    wire.write_all(head.as_bytes()).await.expect("the program reads");
    let began = Instant::now();
    let mut answer = [0; 64];
    let read = wire.read(&mut answer).await.expect("an answer");
    let line = String::from_utf8_lossy(&answer[..read]);
    (line.split_whitespace().nth(1).unwrap_or_default().to_owned(), began.elapsed())
}

#[tokio::test]
async fn a_body_that_never_comes_is_not_waited_for() {
    let world = World::new().await;
    let parts = "multipart/form-data; boundary=x";
    let plain = "application/x-www-form-urlencoded";
    let tries = [("/login", parts), ("/login", plain), ("/report", parts), ("/register", plain)];
    let tries = tries.map(|(path, kind)| stalled(&world, path, kind));
    for (status, took) in futures::future::join_all(tries).await {
        assert_eq!(status, "408");
        assert!(took < Duration::from_secs(14), "{took:?}");
    }
    // Nobody else waits meanwhile.
    world.visitor().get("/login").await.ok();
}
