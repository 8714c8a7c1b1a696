//! Small proxies, one connection after the other: what the client asked for first is kept.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// What clients asked of a proxy.
pub type Asked = Arc<Mutex<Vec<String>>>;

/// Which protocol it speaks.
#[derive(Clone, Copy)]
pub enum Speaks {
    Http,
    Socks5,
}

/// Serves until the test ends.
pub async fn proxy(speaks: Speaks) -> (SocketAddr, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let asked = Asked::default();
    let all = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.expect("a client");
            let all = Arc::clone(&all);
            tokio::spawn(async move {
                let served = match speaks {
                    Speaks::Http => connect(client, &all).await,
                    Speaks::Socks5 => socks(client, &all).await,
                };
                // Whoever hangs up ends it.
                drop(served);
            });
        }
    });
    (address, asked)
}

fn keep(asked: &Asked, what: String) {
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(what);
}

async fn connect(mut client: TcpStream, asked: &Asked) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let to = head.split(' ').nth(1).unwrap_or_default().to_owned();
    keep(asked, head);
    let mut server = TcpStream::connect(to).await?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// RFC 1928, for a client that names an IPv4 address and no user.
async fn socks(mut client: TcpStream, asked: &Asked) -> std::io::Result<()> {
    client.read_exact(&mut [0; 3]).await?;
    client.write_all(&[5, 0]).await?;
    let mut request = [0; 10];
    client.read_exact(&mut request).await?;
    let [5, 1, 0, 1, a, b, c, d, high, low] = request else { return Ok(()) };
    let to = format!("{a}.{b}.{c}.{d}:{}", u16::from_be_bytes([high, low]));
    keep(asked, to.clone());
    let mut server = TcpStream::connect(to).await?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}
