//! An authority of our own and a certificate of it for 127.0.0.1, made with the openssl program.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::runs;

/// The files.
pub struct Certificates {
    pub authority: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Whether they can be made here, or why not.
pub fn can_be_made() -> Result<(), &'static str> {
    if runs("openssl", &["version"]) { Ok(()) } else { Err("the program openssl is not here") }
}

impl Certificates {
    /// Makes them in that folder.
    pub fn make(folder: &Path) -> Self {
        let names = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n";
        std::fs::write(folder.join("names"), names).expect("a file");
        let key = ["-newkey", "rsa:2048", "-nodes"];
        let run = |args: &[&str]| {
            let made = Command::new("openssl").args(args).current_dir(folder).output().expect("openssl runs");
            assert!(made.status.success(), "{args:?}: {}", String::from_utf8_lossy(&made.stderr));
        };
        let own =
            ["-x509", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=pushdeck test"];
        run(&[&["req"], &key[..], &own[..]].concat());
        let asked = ["-keyout", "key.pem", "-out", "asked.pem", "-subj", "/CN=127.0.0.1"];
        run(&[&["req"], &key[..], &asked[..]].concat());
        run(&[
            "x509",
            "-req",
            "-in",
            "asked.pem",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "names",
            "-out",
            "cert.pem",
        ]);
        let [authority, certificate, key] = ["ca.pem", "cert.pem", "key.pem"].map(|name| folder.join(name));
        Self { authority, certificate, key }
    }
}
