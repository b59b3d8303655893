//! Logging in as a service account, whose token is the password.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::connections::stage;
use crate::stage::PASSWORD;

/// The metadata server of Cloud Run, which gives this token. It keeps the heads of the requests.
fn metadata_server(token: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heads);
    std::thread::spawn(move || {
        for line in listener.incoming() {
            let mut line = line.unwrap();
            let mut head = [0; 4096];
            let read = line.read(&mut head).unwrap();
            kept.lock()
                .unwrap()
                .push(String::from_utf8_lossy(&head[..read]).into_owned());
            let body =
                format!(r#"{{"access_token":"{token}","expires_in":3599,"token_type":"Bearer"}}"#);
            let length = body.len();
            let head = "HTTP/1.1 200 OK\r\nmetadata-flavor: Google\r\ncontent-type: application/json\r\nconnection: close";
            write!(line, "{head}\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        }
    });
    (host, heads)
}

#[test]
fn a_token_of_the_service_account_is_the_password() {
    let stage = stage();
    stage.sql(&format!(
        "CREATE ROLE token LOGIN SUPERUSER PASSWORD '{PASSWORD}'"
    ));
    let (host, heads) = metadata_server(PASSWORD);
    let url = stage.address("token", "sslmode=require");
    let env = [
        ("DATABASE_URL", url.as_str()),
        ("DATABASE_AUTH", "iam"),
        ("GCE_METADATA_HOST", &host),
    ];
    stage.run_with(&["up"], &env).with_code(0);
    assert_eq!(stage.version(), "1|f");
    let heads = heads.lock().unwrap();
    let asked = heads.iter().find(|head| head.contains("/token")).unwrap();
    for part in [
        "sqlservice.login",
        "alloydb.login",
        "metadata-flavor: Google",
    ] {
        assert!(
            asked.to_lowercase().contains(&part.to_lowercase()),
            "{part}: {asked}"
        );
    }
}
