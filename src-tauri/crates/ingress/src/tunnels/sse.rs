//! Reads server-sent events (WHATWG HTML, section 9.2.6) from bytes as they come. No IO.

/// Bytes of one event at most: a body of 25 MiB in base64, with its headers.
const LONGEST: usize = 36 << 20;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Event {
    /// Its name; empty for an unnamed one.
    pub(super) name: String,
    /// Its data, lines joined by LF.
    pub(super) data: Vec<u8>,
    /// Its id, if it has one of its own.
    pub(super) id: Option<String>,
}

/// An event is longer than anything a forge sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// The stream read so far.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    after_cr: bool,
    begun: bool,
    event: Event,
    has_data: bool,
}

impl Events {
    /// Takes in more of the stream and returns the events that it completes.
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<Event>, TooLong> {
        let mut events = Vec::new();
        while let Some(&first) = bytes.first() {
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if self.line.len() + self.event.data.len() + part.len() > LONGEST {
                return Err(TooLong);
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { break };
            self.after_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            events.extend(self.end_line());
        }
        Ok(events)
    }

    /// Takes the line in; an empty one ends the event.
    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let mut line = &line[..];
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.has_data).then_some(event);
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = match colon {
            Some(at) => (&line[..at], &line[at + 1..]),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let text = || String::from_utf8_lossy(value).into_owned();
        match field {
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push(b'\n');
                }
                self.event.data.extend_from_slice(value);
            }
            b"event" => self.event.name = text(),
            b"id" if !value.contains(&0) => self.event.id = Some(text()),
            // `retry` is for browsers; a line that begins with a colon is a comment.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str, id: Option<&str>) -> Event {
        Event {
            name: name.into(),
            data: data.into(),
            id: id.map(Into::into),
        }
    }

    #[test]
    fn events_are_read_however_lines_end_and_wherever_the_stream_is_cut() {
        let text = "\u{feff}id: 0\nevent: ready\ndata: {}\n\n: keepalive\n\nevent: ping\n\ndata:one\ndata:  two\n\
                    retry: 5\nid\n\ndata\n\n";
        let expected = [
            event("ready", "{}", Some("0")),
            event("", "one\n two", Some("")),
            event("", "", None),
        ];
        for ending in ["\n", "\r\n", "\r"] {
            let stream = text.replace('\n', ending);
            for size in [1, 2, 3, 7, stream.len()] {
                let mut events = Events::default();
                let mut found = Vec::new();
                for part in stream.as_bytes().chunks(size) {
                    found.extend(events.push(part).expect("short"));
                }
                assert_eq!(found, expected, "{ending:?} in parts of {size}");
            }
        }
    }

    #[test]
    fn an_event_without_an_end_is_given_up() {
        let mut events = Events::default();
        assert_eq!(events.push(b"data: "), Ok(vec![]));
        let megabyte = vec![b'x'; 1 << 20];
        let pushed = (0..40).try_for_each(|_| events.push(&megabyte).map(drop));
        assert_eq!(pushed, Err(TooLong));
    }
}
