//! Rows of files (photos, voice notes): which are here, whose documents name them, and uploads under way. The bytes are elsewhere
//! ([`crate::files`]).

use super::Result;
use beehive_core::{DeviceId, DocId, FileHash};

/// A file whose bytes are here, whole and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// The SHA-256 of its bytes.
    pub hash: FileHash,
    /// Its length in bytes.
    pub size: u64,
    /// Its media type.
    pub media: String,
    /// The device that brought it.
    pub device: DeviceId,
    /// When it was whole, seconds since 1970.
    pub at: i64,
}

/// The random name of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UploadId(pub [u8; 16]);

impl UploadId {
    /// Reads the name as it stands in an address.
    pub fn parse(text: &str) -> Option<Self> {
        let mut id = [0; 16];
        hex::decode_to_slice(text, &mut id).ok().map(|()| Self(id))
    }
}

impl std::fmt::Display for UploadId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// An upload, under way or done. How much of it has come is what is on the disk, not a row: the two could disagree after a power cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRow {
    /// Its name.
    pub id: UploadId,
    /// The device it belongs to; nobody else can go on with it.
    pub device: DeviceId,
    /// What its bytes must hash to.
    pub hash: FileHash,
    /// The document that names the file.
    pub doc: DocId,
    /// How long the file is.
    pub size: u64,
    /// Its media type.
    pub media: String,
    /// When it began, seconds since 1970.
    pub created_at: i64,
    /// When the file was whole.
    pub done_at: Option<i64>,
}

/// Reads of files.
pub trait ReadFiles {
    /// One file.
    fn file(&self, hash: &FileHash) -> Result<Option<FileRow>>;
    /// All files, oldest first.
    fn all_files(&self) -> Result<Vec<FileRow>>;
    /// The documents that a file was brought for.
    fn documents_of_file(&self, hash: &FileHash) -> Result<Vec<DocId>>;
    /// One upload.
    fn upload(&self, id: &UploadId) -> Result<Option<UploadRow>>;
    /// The newest upload of a device for a file and a document, if it is not done.
    fn upload_under_way(&self, device: &DeviceId, hash: &FileHash, doc: &DocId) -> Result<Option<UploadRow>>;
    /// How many uploads of a device are not done.
    fn uploads_under_way(&self, device: &DeviceId) -> Result<u64>;
    /// How many uploads a device has begun since a time, and the bytes they announced.
    fn uploaded_since(&self, device: &DeviceId, since: i64) -> Result<(u64, u64)>;
    /// Uploads that began before a time, done or not.
    fn uploads_before(&self, before: i64) -> Result<Vec<UploadRow>>;
    /// The names of all uploads that are not done.
    fn upload_ids(&self) -> Result<Vec<UploadId>>;
}

/// Writes of files.
pub trait WriteFiles {
    /// Begins an upload.
    fn add_upload(&self, upload: &UploadRow) -> Result<()>;
    /// Notes that the file of an upload is whole.
    fn finish_upload(&self, id: &UploadId, at: i64) -> Result<()>;
    /// Forgets an upload.
    fn drop_upload(&self, id: &UploadId) -> Result<()>;
    /// Notes a file that is here. One that is known already stays as it was.
    fn put_file(&self, file: &FileRow) -> Result<()>;
    /// Notes that a file belongs to a document.
    fn link_file(&self, hash: &FileHash, doc: &DocId) -> Result<()>;
}
