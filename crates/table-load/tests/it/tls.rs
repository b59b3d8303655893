//! What `sslmode` promises, against a server whose authority nobody knows and whose certificate is for `localhost`.

use function_core::{Retryable as _, Secret, chain};
use table_load::{Database, LoadError, Mode};

use crate::cluster::TestDatabase;
use crate::tables::{customers, plan};

#[tokio::test]
async fn sslmode_means_what_it_means_to_libpq() {
    let place = TestDatabase::create().await;
    let roots = format!("sslrootcert={}", TestDatabase::authority().display());
    let encrypted = async |host: &str, options: &str| encrypted(&place, host, options).await;

    assert_eq!(
        encrypted("127.0.0.1", "sslmode=disable").await.unwrap(),
        "f"
    );
    assert_eq!(encrypted("127.0.0.1", "sslmode=prefer").await.unwrap(), "t");
    assert_eq!(
        encrypted("127.0.0.1", "sslmode=require").await.unwrap(),
        "t"
    );
    assert_eq!(
        encrypted("localhost", &format!("sslmode=verify-full&{roots}"))
            .await
            .unwrap(),
        "t"
    );
    // As with Cloud SQL: the authority is known, the name is not in the certificate.
    assert_eq!(
        encrypted("127.0.0.1", &format!("sslmode=verify-ca&{roots}"))
            .await
            .unwrap(),
        "t"
    );
    assert_eq!(
        encrypted("127.0.0.1", &format!("sslmode=require&{roots}"))
            .await
            .unwrap(),
        "t"
    );

    let refused = [
        (
            "127.0.0.1",
            format!("sslmode=verify-full&{roots}"),
            "certificate not valid for name",
        ),
        (
            "localhost",
            "sslmode=verify-full".to_owned(),
            "UnknownIssuer",
        ),
        ("localhost", "sslmode=verify-ca".to_owned(), "UnknownIssuer"),
        (
            "localhost",
            "sslmode=verify-ca&sslrootcert=/none.pem".to_owned(),
            "sslrootcert /none.pem: ",
        ),
    ];
    for (host, options, reason) in refused {
        let error = encrypted(host, &options).await.unwrap_err();
        assert!(
            chain(&error).contains(reason) && !error.is_retryable(),
            "{options}: {}",
            chain(&error)
        );
    }
}

/// Whether the server sees a load's line encrypted.
async fn encrypted(place: &TestDatabase, host: &str, options: &str) -> Result<String, LoadError> {
    let database = Database::from_url(&Secret::new(place.tcp_url("postgres", host, options)))?;
    let load = database
        .begin(&plan(Mode::Replace, vec![customers()]))
        .await?;
    let seen = place
        .query(
            "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
             WHERE datname = current_database() AND application_name = 'tasuki app 12'",
        )
        .await;
    load.finish(&[0]).await?;
    Ok(seen.into_iter().flatten().flatten().collect())
}
