//! Verified loading of rows into PostgreSQL or SQLite, staged and swapped in one transaction.
