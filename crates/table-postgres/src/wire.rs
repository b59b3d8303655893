//! Values as PostgreSQL sends them in binary.
//!
//! Source: PostgreSQL source, the `…send` functions of `src/backend/utils/adt`.

use std::error::Error;

use table_diff::{KeyType, TimeType, key};
use tokio_postgres::types::{FromSql, Type};

/// 1970-01-01 to 2000-01-01, from which PostgreSQL counts.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

/// Why bytes are no value of their type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unfit(pub(crate) &'static str);

const NO_VALUE: Unfit = Unfit("a cell is none of its type");

/// The server counts from 2000, and we from 1970: of the server's last years 30 are beyond us.
const TOO_LATE: Unfit = Unfit(
    "a time in its key or of its change is in one of the 30 years before 294277, which can't be compared: set it to infinity or an earlier one",
);

/// The cells of a row that is there as a whole.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    left: u16,
    bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    /// The next cell; `None` for NULL.
    #[inline]
    pub(crate) fn next_field(&mut self) -> Result<Option<&'a [u8]>, Unfit> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or(Unfit("it has too few cells"))?;
        let (field, left) = split_field(self.bytes).ok_or(NO_VALUE)?;
        self.bytes = left;
        Ok(field)
    }
}

/// Takes a row of a binary COPY off the front of `bytes`; its fields are `None` at the end of all rows. `None` where it is not all there yet.
#[inline]
pub(crate) fn split_row(bytes: &[u8]) -> Option<(Option<Fields<'_>>, &[u8])> {
    let (count, fields) = bytes.split_first_chunk()?;
    let count = i16::from_be_bytes(*count);
    let Ok(count) = u16::try_from(count) else {
        return Some((None, fields));
    };
    let mut left = fields;
    for _ in 0..count {
        (_, left) = split_field(left)?;
    }
    let bytes = &fields[..fields.len() - left.len()];
    Some((Some(Fields { left: count, bytes }), left))
}

/// Takes a cell off the front of `bytes`: its length, -1 for NULL, and itself.
#[inline]
fn split_field(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (length, left) = bytes.split_first_chunk()?;
    match usize::try_from(i32::from_be_bytes(*length)) {
        Ok(length) => {
            let (field, left) = left.split_at_checked(length)?;
            Some((Some(field), left))
        }
        Err(_) => Some((None, left)),
    }
}

/// Puts a cell of a key behind `keys`, encoded.
#[inline]
pub(crate) fn push_key(
    keys: &mut Vec<u8>,
    kind: KeyType,
    field: Option<&[u8]>,
) -> Result<(), Unfit> {
    let field = field.ok_or(Unfit("its key is NULL"))?;
    match kind {
        KeyType::Integer => key::push_integer(keys, integer(field)?),
        KeyType::Uuid => key::push_uuid(keys, field.try_into().map_err(|_| NO_VALUE)?),
        KeyType::Date => key::push_date(keys, days(field)?),
        KeyType::DateTime | KeyType::Moment => key::push_datetime(keys, microseconds(field)?),
        KeyType::Boolean => key::push_boolean(keys, field == [1]),
        KeyType::Text => key::push_text(keys, field),
        KeyType::Bytes => key::push_bytes(keys, field),
        KeyType::Decimal => {
            let text = std::str::from_utf8(field).map_err(|_| NO_VALUE)?;
            key::push_decimal(keys, text).map_err(|_| NO_VALUE)?;
        }
        // PostgreSQL has no such type.
        KeyType::Unsigned => return Err(NO_VALUE),
    }
    Ok(())
}

/// A time of change, in the unit of its type.
#[inline]
pub(crate) fn time(kind: TimeType, field: Option<&[u8]>) -> Result<Option<i64>, Unfit> {
    let Some(field) = field else {
        return Ok(None);
    };
    match kind {
        TimeType::Integer => integer(field),
        TimeType::Date => days(field).map(i64::from),
        TimeType::DateTime | TimeType::Moment => microseconds(field),
    }
    .map(Some)
}

/// A row's hash.
#[inline]
pub(crate) fn hash(field: Option<&[u8]>) -> Result<u64, Unfit> {
    let field = field.ok_or(Unfit("its hash is NULL"))?;
    integer(field).map(i64::cast_unsigned)
}

/// A whole number of 16, 32 or 64 bits.
#[inline]
fn integer(field: &[u8]) -> Result<i64, Unfit> {
    if let Ok(bytes) = field.try_into() {
        return Ok(i64::from_be_bytes(bytes));
    }
    if let Ok(bytes) = field.try_into() {
        return Ok(i32::from_be_bytes(bytes).into());
    }
    let bytes = field.try_into().map_err(|_| NO_VALUE)?;
    Ok(i16::from_be_bytes(bytes).into())
}

/// Days since 1970; what is infinite stays so.
#[inline]
fn days(field: &[u8]) -> Result<i32, Unfit> {
    let days = i32::from_be_bytes(field.try_into().map_err(|_| NO_VALUE)?);
    match days {
        i32::MIN | i32::MAX => Ok(days),
        days => days.checked_add(EPOCH_DAYS).ok_or(TOO_LATE),
    }
}

/// Microseconds since 1970; what is infinite stays so.
#[inline]
fn microseconds(field: &[u8]) -> Result<i64, Unfit> {
    let microseconds = i64::from_be_bytes(field.try_into().map_err(|_| NO_VALUE)?);
    match microseconds {
        i64::MIN | i64::MAX => Ok(microseconds),
        microseconds => microseconds.checked_add(EPOCH_MICROSECONDS).ok_or(TOO_LATE),
    }
}

/// A cell of an ordinary answer as its bytes; `None` for NULL.
pub(crate) struct Cell<'a>(pub(crate) Option<&'a [u8]>);

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(_: &Type, bytes: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Some(bytes)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
