//! Server-sent events, as model servers stream them (WHATWG HTML, "Server-sent events"): bytes in, events out. Pure.

/// Bytes of one event at most; a longer one is no event of a model.
const LONGEST: usize = 4 << 20;

/// An event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// Its `event` field; empty when there is none.
    pub(super) name: String,
    /// Its `data` lines, joined.
    pub(super) data: String,
}

/// Takes bytes as they come and gives events once they are whole.
#[derive(Debug, Default)]
pub(super) struct Events {
    rest: Vec<u8>,
    event: Event,
    began: bool,
}

/// The stream does not end an event within bounds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Events {
    /// The events that `bytes` complete, in order.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, TooLong> {
        let mut found = Vec::new();
        self.rest.extend_from_slice(bytes);
        let mut start = 0;
        while let Some(length) = self.rest[start..].iter().position(|&byte| byte == b'\n') {
            let line = &self.rest[start..start + length];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = String::from_utf8_lossy(line).into_owned();
            start += length + 1;
            found.extend(self.line(&line));
        }
        self.rest.drain(..start);
        if self.rest.len() + self.event.data.len() > LONGEST {
            return Err(TooLong);
        }
        Ok(found)
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.began).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                if self.began && !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
                self.began = true;
            }
            "event" => value.clone_into(&mut self.event.name),
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str) -> Event {
        Event {
            name: name.into(),
            data: data.into(),
        }
    }

    #[test]
    fn events_are_the_same_however_the_bytes_are_cut() {
        let text = "\u{feff}: hello\r\n\r\nevent: ping\ndata: {}\n\ndata: a\ndata: b ü\n\nid: 7\n\ndata: last";
        let text = text.trim_start_matches('\u{feff}').as_bytes();
        let expected = [event("ping", "{}"), event("", "a\nb ü")];
        for size in 1..=text.len() {
            let mut events = Events::default();
            let mut found = Vec::new();
            for piece in text.chunks(size) {
                found.extend(events.push(piece).unwrap());
            }
            assert_eq!(found, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn an_event_without_an_end_is_given_up() {
        let mut events = Events::default();
        let piece = vec![b'x'; 1 << 20];
        assert!((0..8).any(|_| events.push(&piece).is_err()));
    }
}
