//! DynamoDB tables into S3 as of one moment, followed to the end and verified.
