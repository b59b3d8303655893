//! Parquet files, as the export service writes them: gzip inside, whatever the name says.

use std::ops::Range;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type,
};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use serde_json::Value;

use super::table::{Column, Exported, Table};

/// Rows in a row group; a file of more has several, so its count is nowhere but in the footer.
const GROUP: u64 = 10_000;

/// A file of the rows in `range`.
pub(crate) fn file(table: &Table, range: &Range<u64>) -> Result<Vec<u8>> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::GZIP(parquet::basic::GzipLevel::default()))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema(table)?, Arc::new(properties))?;
    let mut start = range.start;
    while start < range.end {
        let end = range.end.min(start + GROUP);
        let mut group = writer.next_row_group()?;
        let mut index = 0;
        while let Some(column) = group.next_column()? {
            let values = (start..end)
                .map(|row| table.value(row, index))
                .collect::<Vec<_>>();
            write(column, table.columns[index].exported(), &values)?;
            index += 1;
        }
        group.close()?;
        start = end;
    }
    writer.into_inner()
}

fn schema(table: &Table) -> Result<Arc<Type>> {
    let fields = table.columns.iter().map(field).collect::<Result<_>>()?;
    let schema = Type::group_type_builder("spark_schema").with_fields(fields);
    schema.build().map(Arc::new)
}

fn field(column: &Column) -> Result<Arc<Type>> {
    let (physical, converted) = match column.exported() {
        Exported::Int32 => (Physical::INT32, ConvertedType::NONE),
        Exported::Int64 => (Physical::INT64, ConvertedType::NONE),
        Exported::Double => (Physical::DOUBLE, ConvertedType::NONE),
        Exported::Boolean => (Physical::BOOLEAN, ConvertedType::NONE),
        Exported::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
    };
    let builder = Type::primitive_type_builder(&column.name, physical)
        .with_converted_type(converted)
        .with_repetition(Repetition::OPTIONAL);
    builder.build().map(Arc::new)
}

fn write(column: SerializedColumnWriter<'_>, exported: Exported, values: &[Value]) -> Result<()> {
    match exported {
        Exported::Int32 => typed::<Int32Type>(column, values, |value| {
            value.as_i64().and_then(|value| i32::try_from(value).ok())
        }),
        Exported::Int64 => typed::<Int64Type>(column, values, Value::as_i64),
        Exported::Double => typed::<DoubleType>(column, values, Value::as_f64),
        Exported::Boolean => typed::<BoolType>(column, values, Value::as_bool),
        Exported::Text => typed::<ByteArrayType>(column, values, |value| match value {
            Value::Null => None,
            Value::String(text) => Some(ByteArray::from(text.as_str())),
            other => Some(ByteArray::from(other.to_string().as_str())),
        }),
    }
}

fn typed<T: DataType>(
    mut column: SerializedColumnWriter<'_>,
    values: &[Value],
    convert: impl Fn(&Value) -> Option<T::T>,
) -> Result<()> {
    let converted = values.iter().map(convert).collect::<Vec<_>>();
    let levels = converted
        .iter()
        .map(|value| i16::from(value.is_some()))
        .collect::<Vec<_>>();
    let present = converted.into_iter().flatten().collect::<Vec<_>>();
    column
        .typed::<T>()
        .write_batch(&present, Some(&levels), None)?;
    column.close()
}
