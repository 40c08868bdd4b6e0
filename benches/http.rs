//! A light HTTP client: it only asks and counts, because it shares the cores with the server.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::cpu::Meter;
use crate::table::Round;

/// How many clients ask, one request after the other, for how long.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub clients: usize,
    /// Seconds.
    pub seconds: u32,
}

impl Load {
    /// Asks over connections that are kept open. Every answer must have this status.
    pub async fn run(
        self,
        addr: SocketAddr,
        status: &str,
        request: &(dyn Fn() -> Vec<u8> + Sync),
        meter: Meter,
    ) -> Round {
        let began = Instant::now();
        let until = began + Duration::from_secs(self.seconds.into());
        let clients: FuturesUnordered<_> =
            (0..self.clients).map(|_| client(addr, until, status, request)).collect();
        let micros: Vec<u32> = clients.collect::<Vec<_>>().await.concat();
        let rate = micros.len() as f64 / began.elapsed().as_secs_f64();
        Round::new(rate, micros, meter.used())
    }
}

/// One client; the microseconds of each answer.
async fn client(
    addr: SocketAddr,
    until: Instant,
    status: &str,
    request: &(dyn Fn() -> Vec<u8> + Sync),
) -> Vec<u32> {
    let mut stream = TcpStream::connect(addr).await.expect("the server listens");
    stream.set_nodelay(true).expect("a socket");
    let mut buffer = Vec::with_capacity(16 * 1024);
    let mut micros = Vec::new();
    while Instant::now() < until {
        let request = request();
        let began = Instant::now();
        stream.write_all(&request).await.expect("the server reads");
        read_answer(&mut stream, &mut buffer).await;
        micros.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
        let answered = buffer.get(9..12) == Some(status.as_bytes());
        assert!(answered, "{}", String::from_utf8_lossy(&buffer));
    }
    micros
}

/// Reads one answer, head and body.
pub async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) {
    buffer.clear();
    let whole = loop {
        let read = stream.read_buf(buffer).await.expect("an answer");
        assert_ne!(read, 0, "the server hung up: {}", String::from_utf8_lossy(buffer));
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break end + 4 + body_length(&buffer[..end]);
        }
    };
    while buffer.len() < whole {
        assert_ne!(stream.read_buf(buffer).await.expect("a body"), 0, "the server hung up");
    }
}

fn body_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head);
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse().ok())
        .unwrap_or_else(|| panic!("an answer without a length:\n{head}"))
}

/// Asks once; the whole answer.
pub async fn ask(addr: SocketAddr, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(addr).await?;
    stream.write_all(request).await?;
    let mut buffer = Vec::new();
    read_answer(&mut stream, &mut buffer).await;
    Ok(buffer)
}

/// A request without anything special.
pub fn get_request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

/// A request as a browser sends it.
pub fn browsers_request(path: &str, cookies: Option<&str>) -> Vec<u8> {
    let cookies = cookies.map(|c| format!("Cookie: {c}\r\n")).unwrap_or_default();
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/svg+xml,*/*;q=0.8\r\n\
         Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n\
         {cookies}\r\n"
    )
    .into_bytes()
}
