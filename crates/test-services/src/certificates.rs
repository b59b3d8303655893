//! Certificates for servers of tests.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// Writes an authority, `ca.pem`, and the certificate that it gave `host`: `server.crt`, and `server.key`, which only its owner may read.
///
/// # Errors
/// `host` is no name of a host, or the folder can't be written.
pub fn write_certificates(folder: &Path, host: &str) -> io::Result<()> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority =
        CertifiedIssuer::self_signed(authority, new_key()?).map_err(io::Error::other)?;
    let key = new_key()?;
    let server = CertificateParams::new(vec![host.to_owned()]);
    let server = server.and_then(|server| server.signed_by(&key, &authority));
    let server = server.map_err(io::Error::other)?;
    fs::write(folder.join("ca.pem"), authority.pem())?;
    fs::write(folder.join("server.crt"), server.pem())?;
    fs::write(folder.join("server.key"), key.serialize_pem())?;
    fs::set_permissions(folder.join("server.key"), Permissions::from_mode(0o600))
}

fn new_key() -> io::Result<KeyPair> {
    KeyPair::generate().map_err(io::Error::other)
}
