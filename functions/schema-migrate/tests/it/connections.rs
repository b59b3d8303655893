//! The ways to log in: socket, TLS with an authority's file, a password from a file.

use std::fs;

use test_services::{PostgresServer, write_certificates};

use crate::stage::{PASSWORD, Stage};

/// The host that the server's certificate names, which is not the one it is reached by, as with Cloud SQL's.
const HOST: &str = "instance.example";
/// Roles that must prove who they are: one anywhere, one only over TLS, in plain text, as Cloud SQL takes a token.
const HBA: &str = "host all guarded 127.0.0.1/32 scram-sha-256\n\
    hostssl all token 127.0.0.1/32 password\n\
    hostnossl all token 127.0.0.1/32 reject\n\
    local all all trust\n\
    host all all 127.0.0.1/32 trust\n";

pub(crate) fn stage() -> Stage {
    let server = PostgresServer::start_with(|folder| {
        write_certificates(folder, HOST)?;
        fs::write(folder.join("hba"), HBA)?;
        let file = |name: &str| folder.join(name).display().to_string();
        Ok(vec![
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", file("server.crt")),
            format!("ssl_key_file={}", file("server.key")),
        ])
    });
    let stage = Stage::on(server.unwrap());
    stage.file("1_a.up.sql", "CREATE TABLE a ();");
    stage
}

impl Stage {
    pub(crate) fn address(&self, login: &str, options: &str) -> String {
        let port = self.server.port();
        format!("postgres://{login}@127.0.0.1:{port}/shop?{options}")
    }

    fn authority(&self) -> String {
        self.server.folder().join("ca.pem").display().to_string()
    }
}

#[test]
fn a_socket_of_cloud_sql_is_a_folder() {
    let stage = stage();
    let (port, folder) = (stage.server.port(), stage.server.folder().display());
    let url = format!("postgres://postgres:{PASSWORD}@/shop?host={folder}&port={port}");
    stage
        .run_with(&["up"], &[("DATABASE_URL", &url)])
        .with_code(0);
    assert_eq!(stage.version(), "1|f");
}

#[test]
fn a_server_proves_itself_by_the_authoritys_file() {
    let stage = stage();
    let authority = stage.authority();
    let with = |mode: &str| {
        stage.address(
            "postgres",
            &format!("sslmode={mode}&sslrootcert={authority}"),
        )
    };
    stage
        .run_with(&["up"], &[("DATABASE_URL", &with("verify-ca"))])
        .with_code(0);
    stage
        .run_with(&["up"], &[("DATABASE_URL", &with("verify-full"))])
        .with_code(1)
        .says("connecting to");
    let strangers = tempfile::tempdir().unwrap();
    write_certificates(strangers.path(), HOST).unwrap();
    let stranger = strangers.path().join("ca.pem").display().to_string();
    let url = stage.address(
        "postgres",
        &format!("sslmode=verify-ca&sslrootcert={stranger}"),
    );
    stage
        .run_with(&["up"], &[("DATABASE_URL", &url)])
        .with_code(1)
        .says("connecting to");
}

#[test]
fn a_password_comes_from_a_mounted_file() {
    let stage = stage();
    stage.sql(&format!(
        "CREATE ROLE guarded LOGIN SUPERUSER PASSWORD '{PASSWORD}'"
    ));
    let secrets = tempfile::tempdir().unwrap();
    let secret = |name: &str, text: &str| {
        let path = secrets.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let password = secret("password", &format!("{PASSWORD}\n"));
    let url = stage.address("guarded:old", "sslmode=require");
    stage
        .run_with(&["up"], &[("DATABASE_URL", &url)])
        .with_code(1)
        .says("password authentication failed");
    let env = [
        ("DATABASE_URL", url.as_str()),
        ("DATABASE_PASSWORD_FILE", &password),
    ];
    stage.run_with(&["up"], &env).with_code(0);
    let whole = secret(
        "url",
        &stage.address(&format!("guarded:{PASSWORD}"), "sslmode=require"),
    );
    stage
        .run_with(&["status"], &[("DATABASE_URL_FILE", &whole)])
        .with_code(0);
    stage
        .run_with(&["status"], &[("DATABASE_PASSWORD_FILE", "/nowhere")])
        .with_code(2)
        .says("can't be read");
}

#[test]
fn a_server_that_is_not_there_is_a_passing_fault() {
    let stage = stage();
    let url = format!("postgres://u:{PASSWORD}@127.0.0.1:1/shop?sslmode=disable");
    stage
        .run_with(&["up"], &[("DATABASE_URL", &url)])
        .with_code(6)
        .says("connecting to postgresql://u@127.0.0.1:1/shop");
    let url = stage
        .address("postgres", "sslmode=require")
        .replace("/shop?", "/nothing?");
    stage
        .run_with(&["up"], &[("DATABASE_URL", &url)])
        .with_code(1)
        .says("database \"nothing\" does not exist");
}
