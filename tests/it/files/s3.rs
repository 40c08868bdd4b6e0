//! The same over a store that speaks S3: a small one, that looks at who asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actix_web::http::Method;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use chrono::Duration;
use surety::files::Files;
use surety::kernel::signing::sha256;

use super::forge::{pdf, png};
use super::{PAPERS, applicant, newest, unsafe_in};
use crate::support::World;

/// What lies in the bucket, and whether it may be written.
#[derive(Default)]
struct Bucket {
    objects: HashMap<String, Bytes>,
    is_down: bool,
}

type Shared = Data<Arc<Mutex<Bucket>>>;

async fn answer(request: HttpRequest, body: Bytes, bucket: Shared) -> HttpResponse {
    let mut bucket = bucket.lock().unwrap();
    let header = |name: &str| request.headers().get(name).and_then(|h| h.to_str().ok());
    let signed = header("authorization").unwrap_or_default();
    let hash = header("x-amz-content-sha256").unwrap_or_default();
    let is_ours = signed.starts_with("AWS4-HMAC-SHA256 Credential=surety-key/")
        && (hash == hex::encode(sha256(&body)) || hash == "UNSIGNED-PAYLOAD");
    if bucket.is_down || !is_ours {
        return HttpResponse::Forbidden().finish();
    }
    let path = request.path().to_owned();
    let (tag, date) = (("etag", "\"1\""), ("last-modified", "Sun, 22 Nov 2026 08:00:00 GMT"));
    match *request.method() {
        Method::PUT => {
            bucket.objects.insert(path, body);
            HttpResponse::Ok().insert_header(tag).finish()
        }
        Method::GET => match bucket.objects.get(&path) {
            Some(content) => {
                HttpResponse::Ok().insert_header(tag).insert_header(date).body(content.clone())
            }
            None => HttpResponse::NotFound().finish(),
        },
        Method::DELETE => {
            bucket.objects.remove(&path);
            HttpResponse::NoContent().finish()
        }
        _ => HttpResponse::MethodNotAllowed().finish(),
    }
}

#[tokio::test]
async fn files_lie_in_a_store_that_speaks_s3() {
    let bucket = Arc::new(Mutex::new(Bucket::default()));
    let shared = Data::new(Arc::clone(&bucket));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(web::PayloadConfig::new(20 << 20))
            .default_service(web::to(answer))
    })
    .workers(1)
    .disable_signals()
    .bind(("127.0.0.1", 0))
    .expect("a free port");
    let addr = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    let world = World::builder()
        .set("SURETY_FILES_STORE", "s3")
        .set("SURETY_FILES_S3_ENDPOINT", &format!("http://{addr}"))
        .set("SURETY_FILES_S3_BUCKET", "papers")
        .set("SURETY_FILES_S3_ACCESS_KEY_ID", "surety-key")
        .set("SURETY_FILES_S3_SECRET_ACCESS_KEY", "surety-secret")
        .start()
        .await;
    let (_, mut owner) = applicant(&world, "Lantern Bikes").await;
    let content = pdf(b"in a bucket");
    let file = ("a.pdf", &content[..]);
    owner.submit_file(PAPERS, "Add the document", &[], file).await.expect(303);
    let path = newest(&world).await;
    let read = owner.get(&path).await;
    assert_eq!(unsafe_in(&read), [""; 0]);
    assert_eq!(read.bytes, content);
    let hash = hex::encode(sha256(&content));
    let place = format!("/papers/{}/{hash}", &hash[..2]);
    assert_eq!(bucket.lock().unwrap().objects.keys().collect::<Vec<_>>(), [&place]);
    world.visitor().get("/readyz").await.ok();
    // Removed, it goes from the bucket after a day.
    owner.submit(PAPERS, "Remove a.pdf", &[]).await.expect(303);
    world.advance(Duration::hours(25)).await;
    let files = Files::new(&world.config.files).unwrap();
    assert_eq!(files.clean_up(&world.db, world.now().await, 10).await.unwrap(), 1);
    assert!(bucket.lock().unwrap().objects.is_empty());
    // A store that refuses is told, and nothing is recorded.
    bucket.lock().unwrap().is_down = true;
    world.visitor().get_until("/readyz", 503).await;
    let (_, mut owner) = applicant(&world, "Harbour Books").await;
    let file = ("a.png", &png()[..]);
    owner.submit_file(PAPERS, "Add the document", &[], file).await.expect(503);
    assert_eq!(world.value("SELECT count(*) FROM files").await, "0");
    handle.stop(false).await;
}
