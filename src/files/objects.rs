use std::path::Path as FsPath;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ClientOptions, Error, ObjectStore, ObjectStoreExt as _, RetryConfig};
use secrecy::ExposeSecret;

use crate::config::FilePlace;
use crate::config::files::S3;

const TIMEOUT: Duration = Duration::from_secs(20);

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
}

impl Objects {
    /// Creates a local folder, private to us; does not contact an S3 store.
    pub fn new(place: &FilePlace) -> Result<Self, Error> {
        let store: Arc<dyn ObjectStore> = match place {
            FilePlace::Local(folder) => Arc::new(local(folder)?),
            FilePlace::S3(s3) => Arc::new(remote(s3)?),
        };
        Ok(Self { store })
    }

    /// Stores a content atomically under its hash, replacing an equal one.
    pub async fn put(&self, sha256: &str, content: Bytes) -> Result<(), Error> {
        self.store.put(&place_of(sha256), content.into()).await.map(|_| ())
    }

    /// Returns the size in bytes and the content.
    pub async fn get(
        &self,
        sha256: &str,
    ) -> Result<(u64, BoxStream<'static, Result<Bytes, Error>>), Error> {
        let found = self.store.get(&place_of(sha256)).await?;
        Ok((found.meta.size, found.into_stream()))
    }

    /// Succeeds if there is nothing to remove.
    pub async fn remove(&self, sha256: &str) -> Result<(), Error> {
        match self.store.delete(&place_of(sha256)).await {
            Err(Error::NotFound { .. }) => Ok(()),
            other => other,
        }
    }

    /// Checks that the store can be written, with an object that is deleted again.
    pub async fn probe(&self) -> Result<(), Error> {
        let place = Path::from(format!("ready/{}", uuid::Uuid::new_v4().simple()));
        self.store.put(&place, Bytes::from_static(b"ready").into()).await?;
        self.store.delete(&place).await
    }
}

/// Two levels, so that no folder gets too large.
fn place_of(sha256: &str) -> Path {
    let start = sha256.get(..2).unwrap_or_default();
    Path::from(format!("{start}/{sha256}"))
}

/// Objects are written to a temporary name, synced and renamed.
fn local(folder: &FsPath) -> Result<LocalFileSystem, Error> {
    let made = make_folder(folder);
    made.map_err(|e| Error::Generic { store: "folder", source: Box::new(e) })?;
    Ok(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))
}

#[cfg(unix)]
fn make_folder(folder: &FsPath) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &FsPath) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

fn remote(s3: &S3) -> Result<impl ObjectStore, Error> {
    // Required for TLS; fails harmlessly if a provider is already installed.
    rustls::crypto::ring::default_provider().install_default().ok();
    let is_plain = s3.endpoint.as_ref().is_some_and(|url| url.scheme() == "http");
    let options = ClientOptions::new()
        .with_timeout(TIMEOUT)
        .with_connect_timeout(TIMEOUT)
        .with_allow_http(is_plain);
    let retry = RetryConfig { max_retries: 3, retry_timeout: TIMEOUT, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&s3.bucket)
        .with_region(&s3.region)
        .with_access_key_id(&s3.access_key_id)
        .with_secret_access_key(s3.secret_access_key.expose_secret())
        .with_client_options(options)
        // Not every store supports it, and we remove one object at a time.
        .with_disable_bulk_delete(true)
        .with_retry(retry);
    if let Some(endpoint) = &s3.endpoint {
        builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
    }
    builder.build()
}
