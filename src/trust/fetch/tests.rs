//! The SSRF guard tested with real requests to a small local server.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// Sends the raw reply of `answer` for each path, and counts requests. An empty reply means none.
async fn server(answer: fn(&str, u16) -> String) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let mut buffer = vec![0; 4096];
            let n = stream.read(&mut buffer).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&buffer[..n]).into_owned();
            let path = request.split(' ').nth(1).unwrap_or("/").to_owned();
            let reply = answer(&path, addr.port());
            if reply.is_empty() {
                tokio::spawn(async move {
                    std::future::pending::<()>().await;
                    drop(stream)
                });
                continue;
            }
            stream.write_all(reply.as_bytes()).await.ok();
        }
    });
    (addr, asked)
}

fn reply(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
    )
}

fn fetcher(addr: SocketAddr) -> Fetcher {
    let mut fetcher = Fetcher::new(&[TestHost { suffix: "test".to_owned(), addr }]);
    fetcher.total = Duration::from_millis(800);
    fetcher
}

fn site(name: &str) -> DomainName {
    DomainName::parse(name).unwrap()
}

fn answers(path: &str, port: u16) -> String {
    let redirect = |to: &str| reply("302 Found", &format!("location: {to}\r\n"), "");
    match path {
        "/file" => reply("200 OK", "", " token \n"),
        "/missing" => reply("404 Not Found", "", "token"),
        "/empty" => reply("204 No Content", "", ""),
        "/once" => redirect("/file"),
        "/thrice" => redirect("/twice"),
        "/twice" => redirect("/once"),
        "/four" => redirect("/thrice"),
        "/loop" => redirect("/loop"),
        "/lost" => reply("302 Found", "", ""),
        "/other-host" => redirect(&format!("http://other.test:{port}/file")),
        "/limit" => reply("200 OK", "", &"x".repeat(MAX_BYTES)),
        "/large" => reply("200 OK", "", &"x".repeat(MAX_BYTES + 1)),
        // Without a content length.
        "/endless" => format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(4 * MAX_BYTES)),
        "/silent" => String::new(),
        "/odd" => "what?\r\n\r\n".to_owned(),
        other => redirect(&percent(other)),
    }
}

/// `/go?to=URL` redirects to URL.
fn percent(path: &str) -> String {
    url::form_urlencoded::parse(path.trim_start_matches("/go?").as_bytes())
        .next()
        .map(|(_, v)| v.into_owned())
        .unwrap_or_default()
}

#[tokio::test]
async fn a_file_is_read_and_what_is_wrong_is_told_apart() {
    let (addr, _) = server(answers).await;
    let fetcher = fetcher(addr);
    let get = async |path: &str| fetcher.get(&site("lamps.test"), path).await;
    assert_eq!(get("/file").await.as_deref(), Ok(" token \n"));
    assert_eq!(get("/once").await.as_deref(), Ok(" token \n"));
    assert_eq!(get("/thrice").await.as_deref(), Ok(" token \n"));
    assert_eq!(get("/other-host").await.as_deref(), Ok(" token \n"));
    assert_eq!(get("/limit").await.map(|t| t.len()), Ok(MAX_BYTES));
    for (path, failure) in [
        ("/missing", Failure::NoFile),
        ("/empty", Failure::NoFile),
        ("/lost", Failure::NoFile),
        ("/four", Failure::TooManyRedirects),
        ("/loop", Failure::TooManyRedirects),
        ("/large", Failure::TooLarge),
        ("/endless", Failure::TooLarge),
        ("/silent", Failure::TooSlow),
        ("/odd", Failure::NotReached),
    ] {
        assert_eq!(get(path).await, Err(failure), "{path}");
    }
}

#[test]
fn a_file_is_text_however_an_editor_saved_it() {
    let utf16 = |to_bytes: fn(u16) -> [u8; 2]| {
        "\u{feff}token 店\r\n".encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>()
    };
    for saved in [
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        b"\xEF\xBB\xBFtoken \xE5\xBA\x97\n".to_vec(),
    ] {
        assert_eq!(text_of(&saved).trim(), "token 店", "{saved:?}");
    }
    assert_eq!(text_of(b"tok\xFFen"), "tok\u{fffd}en");
}

#[tokio::test]
async fn no_redirect_leads_inside() {
    let (addr, _) = server(answers).await;
    let (inside, reached) = server(|_, _| reply("200 OK", "", "secret")).await;
    let mut fetcher = fetcher(addr);
    fetcher.names.insert("inside.example".to_owned(), vec!["10.0.0.1".parse().unwrap()]);
    let port = inside.port();
    for (to, failure) in [
        (format!("http://127.0.0.1:{port}/"), Failure::NotSecure),
        (format!("http://localhost:{port}/"), Failure::NotSecure),
        (format!("http://lamps.test:{port}/"), Failure::NotSecure),
        (format!("https://127.0.0.1:{port}/"), Failure::NotPublic),
        (format!("https://localhost:{port}/"), Failure::NotPublic),
        (format!("https://[::1]:{port}/"), Failure::NotPublic),
        ("https://127.0.0.1/".to_owned(), Failure::NotPublic),
        ("https://127.1/".to_owned(), Failure::NotPublic),
        ("https://0x7f000001/".to_owned(), Failure::NotPublic),
        ("https://2130706433/".to_owned(), Failure::NotPublic),
        ("https://0177.0.0.1/".to_owned(), Failure::NotPublic),
        ("https://1.1.1.1/".to_owned(), Failure::NotPublic),
        ("https://[::ffff:127.0.0.1]/".to_owned(), Failure::NotPublic),
        ("https://[64:ff9b::7f00:1]/".to_owned(), Failure::NotPublic),
        ("https://169.254.169.254/latest/meta-data/".to_owned(), Failure::NotPublic),
        ("https://metadata/".to_owned(), Failure::NotPublic),
        ("https://metadata.google.internal/".to_owned(), Failure::NotPublic),
        ("https://printer.local/".to_owned(), Failure::NotPublic),
        ("https://user@public.example/".to_owned(), Failure::NotPublic),
        ("https://public.example:8443/".to_owned(), Failure::NotPublic),
        ("https://inside.example/".to_owned(), Failure::NotPublic),
        ("ftp://public.example/".to_owned(), Failure::NotSecure),
        ("file:///etc/passwd".to_owned(), Failure::NotSecure),
        ("data:text/plain,token".to_owned(), Failure::NotSecure),
    ] {
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("to", &to).finish();
        let got = fetcher.get(&site("lamps.test"), &format!("/go?{query}")).await;
        assert_eq!(got, Err(failure), "{to}");
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0, "something inside was reached");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_asked() {
    let mut fetcher = Fetcher::new(&[]);
    let public: IpAddr = "93.184.216.34".parse().unwrap();
    for (name, addresses) in [
        ("loopback.example", vec!["127.0.0.1"]),
        ("metadata.example", vec!["169.254.169.254"]),
        ("mapped.example", vec!["::ffff:10.0.0.1"]),
        ("nat64.example", vec!["64:ff9b::a9fe:a9fe"]),
        // One public address does not make up for an internal one: the client might use either.
        ("mixed.example", vec!["93.184.216.34", "10.0.0.1"]),
        ("nothing.example", vec![]),
    ] {
        let addresses = addresses.iter().map(|a| a.parse().unwrap()).collect();
        fetcher.names.insert(name.to_owned(), addresses);
        assert_eq!(fetcher.get(&site(name), "/").await, Err(Failure::NotPublic), "{name}");
    }
    fetcher.names.insert("good.example".to_owned(), vec![public]);
    let url = Url::parse("https://good.example/").unwrap();
    let target = fetcher.check(&url).await.ok().map(|t| t.addresses);
    assert_eq!(target, Some(vec![SocketAddr::new(public, 443)]));
    // Without test hosts, plain HTTP is always refused.
    assert_eq!(
        fetcher.check(&Url::parse("http://good.example/").unwrap()).await.err(),
        Some(Failure::NotSecure)
    );
}
