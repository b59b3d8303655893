//! Objects in `gs://`, `s3://`, `file://` and memory behind one narrow port.
//!
//! An object becomes visible whole or not at all: [`Upload`] streams it, and only
//! [`Upload::finish`] publishes it. Dropping or aborting an upload leaves nothing behind.
//! Bytes are checked end to end: by the service's own checksum where it has one.
//!
//! Writes can be made conditional on what was seen before ([`Precondition`]), which is what
//! makes a run that is triggered twice, or that stood still for an hour, unable to overwrite
//! the work of another.
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
