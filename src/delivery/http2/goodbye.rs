//! A connection on which the last words of a server that hangs up are heard.
//!
//! A server that goes away tells up to which stream it has looked (GOAWAY, RFC 9113 §6.8), and many close in the same
//! breath. What is written then meets a closed door, and a client that gives up there never reads the goodbye: whatever
//! was in the air would be unknown, though most of it certainly was not looked at. Here a write that breaks is kept
//! quiet: what the server has said is read to its end first, and the end tells of the break.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

/// A connection whose broken writes show when it is read.
#[derive(Debug)]
pub(super) struct HearsGoodbye<T> {
    inner: T,
    broken: bool,
}

impl<T> HearsGoodbye<T> {
    pub(super) const fn new(inner: T) -> Self {
        Self { inner, broken: false }
    }

    /// What a write came to; once broken, everything is taken and goes nowhere.
    fn quiet<V>(&mut self, written: Poll<io::Result<V>>, taken: V) -> Poll<io::Result<V>> {
        match written {
            Poll::Ready(Err(error)) if error.kind() != io::ErrorKind::Interrupted => {
                self.broken = true;
                Poll::Ready(Ok(taken))
            }
            written => written,
        }
    }
}

impl<T: Read + Unpin> Read for HearsGoodbye<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<T: Write + Unpin> Write for HearsGoodbye<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.broken {
            return Poll::Ready(Ok(buf.len()));
        }
        let written = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.quiet(written, buf.len())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.broken {
            return Poll::Ready(Ok(()));
        }
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        self.quiet(flushed, ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let all = bufs.iter().map(|buf| buf.len()).sum();
        if self.broken {
            return Poll::Ready(Ok(all));
        }
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.quiet(written, all)
    }
}

impl<T: Connection> Connection for HearsGoodbye<T> {
    fn connected(&self) -> Connected {
        self.inner.connected()
    }
}
