//! A socket that ends politely, and whose sender must take its answers.
//!
//! A sender that asks and asks and reads nothing would keep its connection for ever: once it takes nothing for a
//! while, writing to it fails.
//!
//! Closing a socket whose sender is still writing makes the kernel reset it, and the sender loses the answer
//! it was about to read (RFC 9112, section 9.6). So the end of writing is sent first and what still comes is
//! thrown away, for a while and up to a size.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

const LINGER: Duration = Duration::from_secs(2);
const THROWN_AWAY: usize = 32 << 20;

pub(crate) struct Socket {
    stream: TcpStream,
    ending: Option<Ending>,
    /// How long the sender may take nothing.
    patience: Duration,
    /// Until when it may, while it does.
    blocked: Option<Pin<Box<Sleep>>>,
}

struct Ending {
    deadline: Pin<Box<Sleep>>,
    left: usize,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, patience: Duration) -> Self {
        Self {
            stream,
            ending: None,
            patience,
            blocked: None,
        }
    }

    /// `written` as it is, or a fault once the sender has taken nothing for too long.
    fn within_patience<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.blocked = None;
            return written;
        }
        let patience = self.patience;
        let blocked = self
            .blocked
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(blocked.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the sender takes no answers",
        )))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.within_patience(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.within_patience(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, ending, .. } = &mut *self;
        let ending = if let Some(ending) = ending {
            ending
        } else {
            ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
            ending.insert(Ending {
                deadline: Box::pin(tokio::time::sleep(LINGER)),
                left: THROWN_AWAY,
            })
        };
        let mut scratch = [0; 16 << 10];
        while ending.left > 0 && ending.deadline.as_mut().poll(cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut scratch);
            // How it ends no longer matters to anyone.
            if ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer)).is_err() {
                break;
            }
            match buffer.filled().len() {
                0 => break,
                read => ending.left = ending.left.saturating_sub(read),
            }
        }
        Poll::Ready(Ok(()))
    }
}
