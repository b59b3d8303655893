//! The newest RDS or Aurora snapshot as Parquet into S3, followed to the end and verified.
