//! Tests of `files`, over the documents of applications: what hostile files become.

mod classes;
mod forge;
mod hostile;
mod keeping;
mod requests;
mod s3;

use crate::support::{Merchant, Reply, Visitor, World};
use forge::MARK;

/// Where documents are added and lie.
const PAPERS: &str = "/merchant/application/documents";

/// A merchant with a draft, and its owner's browser.
async fn applicant(world: &World, name: &str) -> (Merchant, Visitor) {
    let merchant = world.merchant(name).await;
    let mut owner = world.visitor_as(&merchant.owner).await;
    owner.submit("/merchant/application", "Begin an application", &[]).await.expect(303);
    (merchant, owner)
}

/// The document that was added last.
async fn newest(world: &World) -> String {
    let id = world.value("SELECT public_id FROM files ORDER BY id DESC LIMIT 1").await;
    format!("{PAPERS}/{id}")
}

/// What is wrong with how a file is handed over; nothing when all is well.
fn unsafe_in(reply: &Reply) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{what}: {:?}", reply.headers));
        }
    };
    let kind = reply.header("content-type").to_owned();
    let is_picture = ["image/jpeg", "image/png"].contains(&kind.as_str());
    must(reply.status == 200, "is not handed over");
    must(is_picture || kind == "application/pdf", "is of no kind that we keep");
    must(reply.header("x-content-type-options") == "nosniff", "may be sniffed");
    let policy = reply.header("content-security-policy");
    must(policy.starts_with("sandbox; default-src 'none'"), "is in no sandbox");
    must(!policy.contains("allow"), "may do something in its sandbox");
    must(reply.header("cache-control") == "private, no-store", "may be stored");
    must(reply.header("cross-origin-resource-policy") == "same-origin", "may be embedded");
    let how = if is_picture { "inline; " } else { "attachment; " };
    must(reply.header("content-disposition").starts_with(how), "is shown otherwise");
    if is_picture {
        let marked = reply.bytes.windows(MARK.len()).any(|w| w == MARK);
        must(!marked, "carries what it came with");
        must(image::load_from_memory(&reply.bytes).is_ok(), "is no picture");
    } else {
        must(reply.bytes.starts_with(b"%PDF-"), "is no PDF");
    }
    wrong
}
