//! The end of a stored log, however long the log is.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use flate2::read::MultiGzDecoder;

const PIECE: usize = 64 << 10;

/// The last lines of the gzipped log at `path` that fit into `max_bytes`, and the 1-based number of the first of them.
///
/// Lines end at LF, CRLF or a lone CR. Of a last line longer than `max_bytes` its end is given. Memory stays near
/// `max_bytes`. A log cut short gives what is there.
pub fn read_log_end(path: &Path, max_bytes: usize) -> io::Result<(Vec<u8>, u64)> {
    let mut log = MultiGzDecoder::new(BufReader::with_capacity(PIECE, File::open(path)?));
    let mut piece = vec![0; PIECE];
    let mut kept: VecDeque<u8> = VecDeque::new();
    let mut gone = LineEnds::default();
    loop {
        let read = match log.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        };
        kept.extend(&piece[..read]);
        let excess = kept.len().saturating_sub(max_bytes);
        let (front, back) = kept.as_slices();
        gone.pass(&front[..excess.min(front.len())]);
        gone.pass(&back[..excess.saturating_sub(front.len())]);
        kept.drain(..excess);
    }
    let mut kept = Vec::from(kept);
    let begun = gone.rest_of_line(&kept);
    gone.pass(&kept[..begun]);
    kept.drain(..begun);
    Ok((kept, gone.complete() + 1))
}

/// Counts the line ends of bytes that pass by.
#[derive(Debug, Default)]
struct LineEnds {
    count: u64,
    last: Option<u8>,
}

impl LineEnds {
    fn pass(&mut self, bytes: &[u8]) {
        let Some((first, last)) = bytes.first().zip(bytes.last()) else {
            return;
        };
        if self.last == Some(b'\r') && *first != b'\n' {
            self.count += 1;
        }
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            // A CR counts unless an LF follows; what follows the last byte is not known yet.
            let counts = bytes[at] == b'\n' || bytes.get(at + 1).is_some_and(|next| *next != b'\n');
            self.count += u64::from(counts);
        }
        self.last = Some(*last);
    }

    /// How many bytes of `next` still belong to the line that has begun to pass; none if nothing follows it.
    fn rest_of_line(&self, next: &[u8]) -> usize {
        match (self.last, next.first()) {
            (None | Some(b'\n'), _) | (_, None) => 0,
            (Some(b'\r'), Some(first)) => usize::from(*first == b'\n'),
            _ => memchr::memchr2(b'\n', b'\r', next)
                .map(|at| at + 1 + usize::from(next[at..].starts_with(b"\r\n")))
                .filter(|end| *end < next.len())
                .unwrap_or(0),
        }
    }

    /// The count when what follows begins a line of its own.
    fn complete(&self) -> u64 {
        let lone = self.last == Some(b'\r');
        self.count + u64::from(lone)
    }
}
