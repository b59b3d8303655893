//! Objects in `gs://`, `s3://`, `file://` and memory behind one narrow port.
//!
//! An object becomes visible whole or not at all: [`Upload`] streams it, and only
//! [`Upload::finish`] publishes it. Dropping or aborting an upload leaves nothing that anybody can
//! see. A reader keeps the version that it opened, also after a cut line.
//!
//! Writes can be made conditional on what was seen before ([`Precondition`]), which is what
//! makes a run that is triggered twice, or that stood still for an hour, unable to overwrite
//! the work of another. One caution: when the answer to a write is lost and the write is sent
//! again, it may find its own object and end as [`StoreError::Precondition`]. So does a run that
//! is triggered again; both go on by reading what is there.
//!
//! # What each store does
//!
//! | | `gs://` | `s3://` | folder |
//! |---|---|---|---|
//! | preconditions hold | at the start and at the end of an upload | at its end | at its end, among processes that share the file system's locks |
//! | a version is | the generation | the entity tag: the same bytes have the same one | modification time, inode and size |
//! | checksum, end to end | CRC32C, compared with the service's answer; a wrong object is removed | CRC-32 of each part and of the whole, checked by the service before it publishes | none; flushed to the disk before it is published |
//! | checksum when reading | CRC32C of a whole object | as the service has it | none |
//! | memory of an upload | 3 MiB | 8 MiB | 256 KiB |
//! | largest object | 5 TiB | 78 GiB | the file system's |
//! | passing faults | tried 10 times, within about 40 s | tried 8 times, within about 30 s | not tried again |
//! | what a killed process leaves | nothing visible; the service forgets it after a week | the parts, until the bucket's rule `AbortIncompleteMultipartUpload` removes them | a file in `.tasuki-partial/`, until the next write in that folder removes it |
//!
//! # Rights
//!
//! | to | `gs://` | `s3://` |
//! |---|---|---|
//! | read, describe | `roles/storage.objectViewer` | `s3:GetObject`, and `s3:ListBucket`: without it, what is absent looks forbidden |
//! | list | `roles/storage.objectViewer` | `s3:ListBucket` on the bucket |
//! | create, replace | `roles/storage.objectUser` | `s3:PutObject`, `s3:AbortMultipartUpload`; with a customer's key also `kms:GenerateDataKey` and `kms:Decrypt` |
//! | delete | `roles/storage.objectUser` | `s3:DeleteObject` |
//!
//! The credentials are the application's default ones on Google Cloud, and on AWS those of the
//! SDK's default chain. `STORAGE_EMULATOR_HOST` and `AWS_ENDPOINT_URL` lead to other servers.
//!
//! **Source**: Cloud Storage, "IAM roles" and "Resumable uploads"; Amazon S3 User Guide,
//! "Conditional requests", "Checking object integrity" and "Multipart upload limits".
//!
//! # Use
//!
//! ```text
//! let store = Store::open("gs://backups/kintone", &env).await?;
//! let mut upload = store.upload("example/12/20261121030000.csv", Put::new("text/csv").absent()).await?;
//! upload.write(chunk).await?;
//! let meta = upload.finish().await?;
//! ```

mod address;
mod error;
mod faulty;
mod file;
#[cfg(feature = "gs")]
mod gs;
mod key;
mod memory;
mod port;
#[cfg(feature = "s3")]
mod s3;

pub use address::Address;
pub use error::StoreError;
pub use faulty::{Fault, Faulty, Operation, Step};
pub use memory::Memory;
pub use port::{
    Backend, BackendUpload, ObjectMeta, ObjectStream, Precondition, Put, Store, Upload, Version,
};
