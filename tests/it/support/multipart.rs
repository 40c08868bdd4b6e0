//! Forms in parts, as browsers send files; and as nobody but an attacker writes them.

use reqwest::Method;

use super::form;
use super::reply::Reply;
use super::visitor::Visitor;

/// What the parts are told apart by.
pub const BOUNDARY: &str = "----surety-test-boundary";

/// A body in parts.
#[derive(Debug, Clone, Default)]
pub struct Parts(pub Vec<u8>);

impl Parts {
    /// A text.
    pub fn text(self, name: &str, value: &str) -> Self {
        self.part(&format!("Content-Disposition: form-data; name=\"{name}\""), value.as_bytes())
    }

    /// A file of this name, said to be of this type.
    pub fn file(self, name: &str, file_name: &str, kind: &str, content: &[u8]) -> Self {
        let name = format!(
            "Content-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
             Content-Type: {kind}"
        );
        self.part(&name, content)
    }

    /// Any part: its header lines, and what is in it.
    pub fn part(mut self, header: &str, content: &[u8]) -> Self {
        self.0.extend_from_slice(format!("--{BOUNDARY}\r\n{header}\r\n\r\n").as_bytes());
        self.0.extend_from_slice(content);
        self.0.extend_from_slice(b"\r\n");
        self
    }

    /// The whole body.
    pub fn end(mut self) -> Vec<u8> {
        self.0.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.0
    }
}

impl Visitor {
    /// Loads the page at `path`, fills in the form that is found as [`Visitor::submit`] finds it,
    /// chooses a file in its field, and sends it in parts. Not followed.
    pub async fn submit_file(
        &mut self,
        path: &str,
        form: &str,
        fields: &[(&str, &str)],
        (file_name, content): (&str, &[u8]),
    ) -> Reply {
        let page = self.go(path).await;
        let filled = form::fill(&page, form, fields, form::Strictness::AsOffered);
        let mut parts = Parts::default();
        for (name, value) in filled.fields.iter().filter(|(name, _)| name != "file") {
            parts = parts.text(name, value);
        }
        let parts = parts.file("file", file_name, "application/octet-stream", content);
        self.send_parts(&filled.action, parts.end()).await
    }

    /// Sends a body in parts as our own pages do.
    pub async fn send_parts(&mut self, path: &str, body: Vec<u8>) -> Reply {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let headers = [("content-type", kind.as_str())];
        let sent = self.try_send_bytes(Method::POST, path, &headers, body).await;
        sent.unwrap_or_else(|e| panic!("{path}: {e:?}"))
    }
}
