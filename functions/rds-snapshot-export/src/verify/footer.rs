//! The rows of a Parquet file, from its footer.
//!
//! **Source**: Apache Parquet, "File format": a file ends with its metadata, the metadata's length in 4 bytes, and `PAR1`.

use cloud_store::{Store, StoreError};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    FooterTail, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData,
};

/// The length and the mark at the end of a file, in bytes.
const TAIL: u64 = 8;

/// What the first request reads; most footers fit, so most files take one.
const FIRST_READ: u64 = 64 * 1024;

/// Why a file's rows can't be told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FooterError {
    /// The file can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is there is no Parquet file, or not a whole one.
    #[error("{object} of {size_bytes} bytes is not a whole Parquet file")]
    Broken {
        object: String,
        size_bytes: u64,
        source: ParquetError,
    },
}

/// The rows of the file at `key`, which has `size_bytes`.
pub(crate) async fn rows(store: &Store, key: &str, size_bytes: u64) -> Result<u64, FooterError> {
    let broken = |source| FooterError::Broken {
        object: store.url(key),
        size_bytes,
        source,
    };
    let from = size_bytes.saturating_sub(FIRST_READ);
    let end = store.get_range(key, from..size_bytes).await?;
    let tail = end.len().checked_sub(8).map(|at| &end[at..]);
    let tail =
        tail.ok_or_else(|| broken(ParquetError::EOF("the file has no footer".to_owned())))?;
    let tail = FooterTail::try_from(tail).map_err(broken)?;
    let length = tail.metadata_length() as u64;
    if length + TAIL > size_bytes {
        let words = format!("the footer would have {length} bytes");
        return Err(broken(ParquetError::EOF(words)));
    }
    let start = size_bytes - TAIL - length;
    let footer = if start >= from {
        let at = usize::try_from(start - from).unwrap_or(usize::MAX);
        end.slice(at..end.len() - 8)
    } else {
        store.get_range(key, start..size_bytes - TAIL).await?
    };
    let metadata = ParquetMetaDataReader::decode_metadata(&footer).map_err(broken)?;
    checked_rows(&metadata).map_err(broken)
}

/// The file's rows, which must be those of its row groups.
fn checked_rows(metadata: &ParquetMetaData) -> Result<u64, ParquetError> {
    let rows = metadata.file_metadata().num_rows();
    let of_groups: i64 = metadata
        .row_groups()
        .iter()
        .map(RowGroupMetaData::num_rows)
        .sum();
    let rows = u64::try_from(rows).ok().filter(|_| rows == of_groups);
    rows.ok_or_else(|| {
        ParquetError::General("the file's rows are not those of its row groups".to_owned())
    })
}
