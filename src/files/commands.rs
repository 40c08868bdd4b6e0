use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;
use futures::stream::BoxStream;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::objects::Objects;
use super::store::Kept;
use super::{Kind, StoredFile, name, pdf, picture, store};
use crate::config::{FILE_BYTES_MAX, FilePlace};
use crate::db::{Db, DbError};
use crate::kernel::signing::sha256;
use crate::kernel::time::Timestamp;

/// Pictures are decoded one at a time in the whole process, because a large one needs much memory.
static DRAWING: Semaphore = Semaphore::const_new(1);
/// How many files, of up to 10 MB each, are in memory at a time.
static HOLDING: Semaphore = Semaphore::const_new(3);
/// How long a file waits for its turn.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long an object is kept that no file names.
const UNNAMED: TimeDelta = TimeDelta::days(1);
/// A removal that takes longer was abandoned by its worker.
const REMOVAL: TimeDelta = TimeDelta::hours(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("the file is empty")]
    Empty,
    /// More than 10 MB, or a picture that cannot be made smaller.
    #[error("the file is too big")]
    TooBig,
    #[error("the file is none of the kinds that are kept")]
    Kind,
    /// Cut short, or not what its first bytes say.
    #[error("the file is broken")]
    Broken,
    /// More than [`super::PIXELS_MAX`] pixels.
    #[error("the picture has too many pixels")]
    TooManyPixels,
}

impl Problem {
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Empty => "files-empty",
            Self::TooBig => "files-too-big",
            Self::Kind => "files-kind",
            Self::Broken => "files-broken",
            Self::TooManyPixels => "files-too-many-pixels",
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error(transparent)]
    Problem(#[from] Problem),
    /// Too many wait, or the same content is being removed; a later attempt will succeed.
    #[error("too much is being uploaded at the moment")]
    Busy,
    /// The store cannot be reached or written, or lacks an object that a row names.
    #[error("the object store: {0}")]
    Store(#[from] object_store::Error),
    #[error("the upload cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Db(#[from] DbError),
}

struct Made {
    kind: Kind,
    content: Vec<u8>,
    size: Option<(u32, u32)>,
}

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    objects: Objects,
}

impl Files {
    /// Fails with [`FileError::Store`] if the folder cannot be created.
    pub fn new(place: &FilePlace) -> Result<Self, FileError> {
        Ok(Self { objects: Objects::new(place)? })
    }

    /// Checks, cleans and stores an upload. [`super::keep_in`] must write its row within a day.
    pub async fn keep(&self, db: &Db, upload: File, given: &str) -> Result<Kept, FileError> {
        let _held = turn(&HOLDING).await?;
        let content = blocking(move || read(upload)).await??;
        let made = match Kind::sniff(&content) {
            None if content.is_empty() => return Err(Problem::Empty.into()),
            None => return Err(Problem::Kind.into()),
            Some(Kind::Pdf) => {
                pdf::check(&content)?;
                Made { kind: Kind::Pdf, content, size: None }
            }
            Some(kind) => {
                let drawing = turn(&DRAWING).await?;
                blocking(move || {
                    let drawn = picture::draw_anew(kind, &content);
                    // Released only now, because the caller may be gone before this ends.
                    drop(drawing);
                    drawn.map(|p| Made {
                        kind: p.kind,
                        content: p.content,
                        size: Some((p.width, p.height)),
                    })
                })
                .await??
            }
        };
        let sha256 = hex::encode(sha256(&made.content));
        let bytes = i64::try_from(made.content.len()).unwrap_or(i64::MAX);
        if !store::announce(db, &sha256, bytes).await? {
            return Err(FileError::Busy);
        }
        self.objects.put(&sha256, Bytes::from(made.content)).await?;
        Ok(Kept { sha256, kind: made.kind, bytes, size: made.size, name: name::clean(given) })
    }

    /// Streams the content. Fails with [`FileError::Store`], also if the row has another size.
    pub async fn read(
        &self,
        file: &StoredFile,
    ) -> Result<BoxStream<'static, Result<Bytes, object_store::Error>>, FileError> {
        let (bytes, content) = self.objects.get(&file.sha256).await?;
        if bytes == file.bytes {
            return Ok(content);
        }
        let source = format!("{} has {bytes} bytes and not {}", file.sha256, file.bytes).into();
        Err(object_store::Error::Generic { store: "files", source }.into())
    }

    /// Checks that the store can be written.
    pub async fn probe(&self) -> Result<(), FileError> {
        Ok(self.objects.probe().await?)
    }

    /// Removes up to `limit` objects that no file has named for a day. Returns how many.
    pub async fn clean_up(&self, db: &Db, now: Timestamp, limit: i64) -> Result<usize, FileError> {
        let (before, stale) = (now - UNNAMED, now - REMOVAL);
        let mut removed = 0;
        for sha256 in store::unnamed(db, before, stale, limit).await? {
            // First nobody may name it any more, then the object goes, then the row.
            if store::begin_removal(db, &sha256, before, stale).await? {
                self.objects.remove(&sha256).await?;
                store::end_removal(db, &sha256).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

async fn turn(turns: &'static Semaphore) -> Result<SemaphorePermit<'static>, FileError> {
    let waited = tokio::time::timeout(PATIENCE, turns.acquire()).await;
    waited.ok().and_then(Result::ok).ok_or(FileError::Busy)
}

/// Runs slow work off the threads that serve requests. A panic counts as a broken file.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "a file broke its decoder");
        Problem::Broken
    })
}

fn read(mut upload: File) -> Result<Vec<u8>, FileError> {
    upload.rewind()?;
    let mut content = Vec::new();
    upload.take(FILE_BYTES_MAX + 1).read_to_end(&mut content)?;
    if content.len() as u64 > FILE_BYTES_MAX {
        return Err(Problem::TooBig.into());
    }
    Ok(content)
}
