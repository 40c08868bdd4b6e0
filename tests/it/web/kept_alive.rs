//! Pages as browsers ask for them: over a connection that is kept open, in gzip.

use std::io::Read as _;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::World;

/// A reader who waits for an acknowledgement that the other side holds back waits 40 ms.
const HELD_BACK: Duration = Duration::from_millis(35);

/// A connection that stays open.
struct Connection(TcpStream);

impl Connection {
    async fn to(world: &World) -> Self {
        let address = world.url.trim_start_matches("http://");
        Self(TcpStream::connect(address).await.expect("the program listens"))
    }

    /// Asks for a page; the head and the body of the answer, which must say how long it is.
    async fn get(&mut self, path: &str, more: &str) -> (String, Vec<u8>) {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}\
             Cookie: surety_csrf=0123456789012345678901234567890123456789\r\n\r\n"
        );
        self.0.write_all(request.as_bytes()).await.expect("the program reads");
        let mut answer = Vec::new();
        let body = loop {
            assert_ne!(self.0.read_buf(&mut answer).await.expect("an answer"), 0, "hung up");
            if let Some(end) = answer.windows(4).position(|w| w == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let head = String::from_utf8_lossy(&answer[..body]).to_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{path}: {head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize =
            length.unwrap_or_else(|| panic!("{path} comes in pieces: {head}")).parse().unwrap();
        while answer.len() < body + length {
            assert_ne!(self.0.read_buf(&mut answer).await.expect("a body"), 0, "hung up");
        }
        (head, answer[body..].to_vec())
    }
}

#[tokio::test]
async fn a_page_in_gzip_comes_whole_and_at_once() {
    let world = World::new().await;
    let style = surety::web::assets::address("surety.css");
    let mut connection = Connection::to(&world).await;
    for path in ["/", "/login", "/directory", style] {
        let (head, plain) = connection.get(path, "").await;
        assert!(!head.contains("content-encoding"), "{path}: {head}");
        assert!(head.contains("vary: accept-encoding"), "{path}: {head}");
        let mut took = Vec::new();
        for _ in 0..30 {
            let began = Instant::now();
            let gzip = "Accept-Encoding: gzip, deflate, br, zstd\r\n";
            let (head, packed) = connection.get(path, gzip).await;
            took.push(began.elapsed());
            assert!(head.contains("content-encoding: gzip"), "{path}: {head}");
            assert!(head.contains("vary: accept-encoding"), "{path}: {head}");
            assert!(packed.len() < plain.len(), "{path}: {} bytes", packed.len());
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("gzip");
            assert!(unpacked == plain, "{path} is another page in gzip");
        }
        // Not the median: other tests may keep the processors from half of them.
        took.sort_unstable();
        assert!(took[took.len() / 4] < HELD_BACK, "{path}: {took:?}");
    }
}

#[tokio::test]
async fn what_is_short_or_refused_in_gzip_comes_as_it_is() {
    let world = World::new().await;
    let mut connection = Connection::to(&world).await;
    for (path, accept) in [("/healthz", "gzip"), ("/", "gzip;q=0"), ("/", "br")] {
        let (head, _) = connection.get(path, &format!("Accept-Encoding: {accept}\r\n")).await;
        assert!(!head.contains("content-encoding"), "{path}: {head}");
    }
}
