use std::path::{Path, PathBuf};

use secrecy::SecretString;
use url::Url;

use super::{Mode, Reader};

pub const FILE_BYTES_MAX: u64 = 10 * 1024 * 1024;

#[derive(Debug, Clone)]
pub enum FilePlace {
    /// A folder, which machines that serve the same people must share.
    Local(PathBuf),
    S3(S3),
}

#[derive(Debug, Clone)]
pub struct S3 {
    /// It must not be readable without credentials.
    pub bucket: String,
    pub region: String,
    /// `None` for Amazon's own.
    pub endpoint: Option<Url>,
    pub access_key_id: String,
    pub secret_access_key: SecretString,
}

impl Reader<'_> {
    pub(super) fn files(&mut self, mode: Mode, data_dir: &Path) -> FilePlace {
        match self.text("SURETY_FILES_STORE").as_deref() {
            None | Some("local") => {}
            Some("s3") => return FilePlace::S3(self.s3(mode)),
            Some(_) => self.wrong.push("SURETY_FILES_STORE is none of local, s3".into()),
        }
        FilePlace::Local(data_dir.join("files"))
    }

    fn s3(&mut self, mode: Mode) -> S3 {
        let mut needed = |name: &str| {
            self.text(name).unwrap_or_else(|| {
                self.wrong.push(format!("{name} is missing"));
                String::new()
            })
        };
        let bucket = needed("SURETY_FILES_S3_BUCKET");
        let access_key_id = needed("SURETY_FILES_S3_ACCESS_KEY_ID");
        let secret_access_key = needed("SURETY_FILES_S3_SECRET_ACCESS_KEY").into();
        let region = self.text("SURETY_FILES_S3_REGION").unwrap_or_else(|| "us-east-1".into());
        let endpoint = self.text("SURETY_FILES_S3_ENDPOINT").map(|text| text.parse::<Url>());
        let endpoint = match endpoint {
            None => None,
            Some(Ok(url)) if url.scheme() == "https" => Some(url),
            Some(Ok(url)) if url.scheme() == "http" && mode.is_development() => Some(url),
            Some(_) => {
                let what = "SURETY_FILES_S3_ENDPOINT is no address that begins with https://";
                self.wrong.push(what.into());
                None
            }
        };
        S3 { bucket, region, endpoint, access_key_id, secret_access_key }
    }
}
