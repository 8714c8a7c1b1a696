//! A small server on this host that plays a script, for tests.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers requests with these bodies, in order, and keeps their first lines.
pub async fn server(answers: Vec<String>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut answers = answers.into_iter();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = Vec::new();
            let mut part = [0; 4096];
            while !request.windows(4).any(|four| four == b"\r\n\r\n") {
                match socket.read(&mut part).await {
                    Ok(n) if n > 0 => request.extend_from_slice(&part[..n]),
                    _ => break,
                }
            }
            let text = String::from_utf8_lossy(&request).into_owned();
            lines.lock().expect("the lines").push(text.lines().next().unwrap_or_default().to_owned());
            let body = answers.next().unwrap_or_else(|| r#"{"code":1004,"msg":"no more"}"#.to_owned());
            let head =
                format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            // A client that has gone away is the test's own business.
            drop(socket.write_all(format!("{head}{body}").as_bytes()).await);
        }
    });
    (base, asked)
}
