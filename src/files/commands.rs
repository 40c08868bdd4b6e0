//! Keeping files, reading them, and removing what nobody names.

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

/// Pictures are drawn one at a time in the whole process: a large one takes much memory.
static DRAWING: Semaphore = Semaphore::const_new(1);
/// So many files are in memory at a time, each of at most 10 MB.
static HOLDING: Semaphore = Semaphore::const_new(3);
/// How long a file waits for its turn.
const PATIENCE: Duration = Duration::from_secs(30);

/// An object that no file names is kept for so long.
const UNNAMED: TimeDelta = TimeDelta::days(1);
/// A removal that took longer was given up by its worker.
const REMOVAL: TimeDelta = TimeDelta::hours(1);

/// What is wrong with a file that somebody uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("the file is empty")]
    Empty,
    /// It is larger than 10 MB, or a picture that cannot be made smaller.
    #[error("the file is too big")]
    TooBig,
    /// It is none of the kinds that are kept.
    #[error("the file is none of the kinds that are kept")]
    Kind,
    /// It is cut short, or is not what it begins as.
    #[error("the file is broken")]
    Broken,
    /// It is a picture of more than 40 megapixels.
    #[error("the picture has too many pixels")]
    TooManyPixels,
}

impl Problem {
    /// The key of the text that tells its uploader.
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

/// Why a file was not kept, or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error(transparent)]
    Problem(#[from] Problem),
    /// Too many wait, or its content is just being removed: a later try will do.
    #[error("too much is being uploaded at the moment")]
    Busy,
    /// The store cannot be reached or written, or lacks what a row names.
    #[error("the object store: {0}")]
    Store(#[from] object_store::Error),
    /// The upload cannot be read back.
    #[error("the upload cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What becomes of an upload.
struct Made {
    kind: Kind,
    content: Vec<u8>,
    size: Option<(u32, u32)>,
}

/// The files of an installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    objects: Objects,
}

impl Files {
    /// The files in the store of the configuration.
    /// Fails with [`FileError::Store`] when its folder cannot be made.
    pub fn new(place: &FilePlace) -> Result<Self, FileError> {
        Ok(Self { objects: Objects::new(place)? })
    }

    /// Looks at an upload, cleans it, and stores what is left. The file becomes one with
    /// [`super::keep_in`], within a day.
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
                    // Not before: whoever waits for it may be gone while it is still at work.
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

    /// The content of a file, as it comes.
    /// Fails with [`FileError::Store`]; also when what is there has another size than the row says.
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

    /// That the store can be written.
    pub async fn probe(&self) -> Result<(), FileError> {
        Ok(self.objects.probe().await?)
    }

    /// Removes what no file has named for a day. Gives how many objects went.
    pub async fn clean_up(&self, db: &Db, now: Timestamp, limit: i64) -> Result<usize, FileError> {
        let before = now - UNNAMED;
        let mut removed = 0;
        for sha256 in store::unnamed(db, before, now - REMOVAL, limit).await? {
            // First nobody may name it any more, then it goes, then the row that kept its place.
            if store::begin_removal(db, &sha256, before).await? {
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

/// Runs what takes long off the threads that serve requests. A decoder that panics on a file says
/// that the file is broken.
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
