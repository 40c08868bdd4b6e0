//! Requests that no browser of ours sends: each is answered in words, adds nothing, and costs
//! little.

use std::time::Duration;

use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::forge::pdf;
use super::{PAPERS, applicant};
use crate::support::multipart::{BOUNDARY, Parts};
use crate::support::{Visitor, World};

async fn documents(world: &World) -> String {
    world.value("SELECT count(*) FROM application_documents").await
}

/// The texts of the form as our page has it.
fn texts(token: &str) -> Parts {
    Parts::default()
        .text("csrf_token", token)
        .text("idempotency_key", &uuid::Uuid::new_v4().to_string())
        .text("category", "other")
}

async fn send(owner: &mut Visitor, kind: &str, body: Vec<u8>) -> u16 {
    let headers = [("content-type", kind)];
    let reply = owner.try_send_bytes(Method::POST, PAPERS, &headers, body).await;
    let reply = reply.expect("an answer");
    assert!(reply.text_of("h1").len() > 3, "{kind}: no words: {}", reply.body());
    reply.status
}

/// What is wrong with a request, its type, its body, and the answers that will do.
type Case = (&'static str, String, Vec<u8>, &'static [u16]);

/// The header of a part that holds a file.
const FILE: &str = "Content-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"";

fn ours() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

fn with_file(parts: Parts) -> Parts {
    parts.file("file", "a.pdf", "application/pdf", &pdf(b""))
}

/// Bodies that are no form of ours.
fn odd_bodies(token: &str) -> Vec<Case> {
    let whole = || with_file(texts(token));
    let typed = |kind: &str| kind.to_owned();
    let unended = whole().0;
    let cut = unended[..unended.len() / 2].to_vec();
    let late = with_file(Parts::default()).text("csrf_token", token);
    let large = texts(token).file("file", "a.pdf", "application/pdf", &vec![b' '; 70 << 20]);
    vec![
        ("no boundary", typed("multipart/form-data"), whole().end(), &[400]),
        ("another boundary", typed("multipart/form-data; boundary=x"), whole().end(), &[400]),
        ("an empty boundary", typed("multipart/form-data; boundary="), whole().end(), &[400]),
        ("no form data", ours().replace("form-data", "mixed"), whole().end(), &[403]),
        ("JSON", typed("application/json"), b"{}".to_vec(), &[403]),
        ("no parts", ours(), Parts::default().end(), &[400, 403]),
        ("nothing", ours(), Vec::new(), &[400]),
        ("no end", ours(), unended, &[400]),
        ("half of it", ours(), cut, &[400]),
        ("two files", ours(), with_file(whole()).end(), &[400]),
        ("the file before the token", ours(), late.end(), &[403]),
        (
            "no token",
            ours(),
            with_file(Parts::default().text("idempotency_key", "x")).end(),
            &[403],
        ),
        ("a wrong token", ours(), with_file(texts("0123456789abcdef")).end(), &[403]),
        ("70 megabytes", ours(), large.end(), &[413]),
    ]
}

/// Parts that are none of ours.
fn odd_parts(token: &str) -> Vec<Case> {
    let form = || texts(token);
    let header = |text: &str| form().part(text, &pdf(b"")).end();
    let mut many = form();
    for number in 0..200 {
        many = many.text(&format!("field{number}"), "x");
    }
    let no_key = Parts::default().text("csrf_token", token).text("category", "other");
    let odd = no_key.clone().text("idempotency_key", &uuid::Uuid::new_v4().to_string());
    let odd = odd.text("category", "x");
    let labelled = |length: usize| with_file(form().text("label", &"x".repeat(length))).end();
    let long = header(&format!("{FILE}\r\nX-Y: {}", "y".repeat(300_000)));
    let headers = header(&format!("{FILE}\r\n{}", "X-Y: z\r\n".repeat(500).trim_end()));
    let nested = format!("{FILE}\r\nContent-Type: multipart/mixed; boundary=inner");
    let nested = form().part(&nested, &with_file(form()).end()).end();
    vec![
        ("200 parts", ours(), with_file(many).end(), &[400]),
        ("no id of the form", ours(), with_file(no_key).end(), &[400]),
        ("no file", ours(), form().end(), &[422]),
        ("a category of its own", ours(), with_file(odd).end(), &[422]),
        ("a megabyte of text", ours(), labelled(1 << 20), &[413]),
        ("a long label", ours(), labelled(81), &[422]),
        ("a part without a header", ours(), header(""), &[400]),
        ("a part without a name", ours(), header("Content-Disposition: form-data"), &[400]),
        ("an endless header", ours(), long, &[400, 413]),
        ("500 headers", ours(), headers, &[400]),
        ("a form within the form", ours(), nested, &[400, 422]),
    ]
}

#[tokio::test]
async fn requests_that_are_none_of_ours_add_nothing() {
    let world = World::new().await;
    let (_, mut owner) = applicant(&world, "Lantern Bikes").await;
    let token = owner.csrf_token(PAPERS).await;
    let mut mistakes = Vec::new();
    for (what, kind, body, expected) in odd_bodies(&token).into_iter().chain(odd_parts(&token)) {
        let status = send(&mut owner, &kind, body).await;
        if !expected.contains(&status) {
            mistakes.push(format!("{what}: {status} and not {expected:?}"));
        }
        let count = documents(&world).await;
        if count != "0" {
            mistakes.push(format!("{what}: {count} documents"));
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    // What is unusual and does no harm.
    let quoted = format!("multipart/form-data; charset=utf-8; boundary=\"{BOUNDARY}\"");
    assert_eq!(send_ok(&mut owner, &quoted, with_file(texts(&token)).end()).await, 303);
    let told = format!("{FILE}\r\nContent-Transfer-Encoding: base64\r\nContent-Type: text/html");
    let told = texts(&token).part(&told, &pdf(b"")).end();
    assert_eq!(send_ok(&mut owner, &ours(), told).await, 303);
    assert_eq!(documents(&world).await, "2");
}

async fn send_ok(owner: &mut Visitor, kind: &str, body: Vec<u8>) -> u16 {
    let headers = [("content-type", kind)];
    owner.try_send_bytes(Method::POST, PAPERS, &headers, body).await.expect("an answer").status
}

/// A request as bytes, and what the server says until it hangs up or nothing comes.
async fn raw(world: &World, owner: &mut Visitor, length: &str, body: &[u8], ends: bool) -> String {
    let addr = world.url.trim_start_matches("http://").to_owned();
    let mut line = tokio::net::TcpStream::connect(&addr).await.expect("a connection");
    let cookie = owner.cookie("surety_session").unwrap_or_default();
    let csrf = owner.cookie("surety_csrf").unwrap_or_default();
    let head = format!(
        "POST {PAPERS} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\
         Cookie: surety_session={cookie}; surety_csrf={csrf}\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n{length}\r\n"
    );
    line.write_all(head.as_bytes()).await.expect("written");
    line.write_all(body).await.ok();
    if ends {
        line.shutdown().await.ok();
    }
    let mut answer = Vec::new();
    let read = line.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), read).await.ok();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_length_that_is_not_true_adds_nothing() {
    let world = World::new().await;
    let (_, mut owner) = applicant(&world, "Lantern Bikes").await;
    let token = owner.csrf_token(PAPERS).await;
    let body = texts(&token).file("file", "a.pdf", "application/pdf", &pdf(b"")).end();
    let (short, long) = (body.len() - 50, body.len() + 5_000);
    for length in [
        format!("Content-Length: {short}\r\n"),
        format!("Content-Length: {long}\r\n"),
        "Content-Length: -1\r\n".to_owned(),
        "Content-Length: 99999999999999999999\r\n".to_owned(),
        format!("Content-Length: {short}\r\nContent-Length: {long}\r\n"),
        format!("Content-Length: {long}\r\nTransfer-Encoding: chunked\r\n"),
        String::new(),
    ] {
        let answer = raw(&world, &mut owner, &length, &body, true).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(status.is_empty() || status.starts_with('4'), "{length}: {answer}");
        assert_eq!(documents(&world).await, "0", "{length}");
    }
    let true_one = format!("Content-Length: {}\r\n", body.len());
    let answer = raw(&world, &mut owner, &true_one, &body, false).await;
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    owner.get(PAPERS).await.ok().sees("Remove");
}
