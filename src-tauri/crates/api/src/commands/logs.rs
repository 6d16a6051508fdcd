//! The command that reads a whole log, in pages.

use perch_analyse::log::lines::Lines;
use perch_analyse::log::normalise::plain;
use perch_core::facts::Log;
use perch_core::id::UserId;
use perch_core::redact::Redactor;

use crate::api::Api;
use crate::error::{ApiError, Code};
use crate::wire::logs::{AskLog, LogLines};

/// Lines of one page unless it is said.
const PAGE: u32 = 20_000;

/// Lines of one page at most.
const LARGEST: u32 = 50_000;

impl Api {
    pub(super) async fn log(&self, user: &UserId, request: AskLog) -> Result<LogLines, ApiError> {
        let suggestion = self.find_suggestion(user, &request.id).await?;
        let log = self.engine.kept_log(suggestion.event_id).await?;
        let log = log.ok_or_else(|| {
            ApiError::new(
                Code::NotFound,
                "the whole log is not kept on this machine; the run's page has it",
            )
        })?;
        let offset = request.offset.unwrap_or_default() as usize;
        let limit = request.limit.unwrap_or(PAGE).min(LARGEST) as usize;
        tokio::task::spawn_blocking(move || page(&log, offset, limit))
            .await
            .map_err(|error| ApiError::new(Code::Failed, format!("the log was not read: {error}")))
    }
}

fn page(log: &Log, offset: usize, limit: usize) -> LogLines {
    let mut read = Lines::new(log.bytes.as_slice());
    let mut redactor = Redactor::default();
    let mut lines = Vec::new();
    let mut total = 0;
    // Reading from memory does not fail.
    while read.read().unwrap_or(false) {
        // A secret of many lines may begin before the page.
        if total < offset + limit {
            let line = redactor.redact(&plain(read.line())).into_owned();
            if total >= offset {
                lines.push(line);
            }
        }
        total += 1;
    }
    LogLines {
        first_line: log.first_line,
        total: total as u64,
        lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_its_lines_in_plain_words_and_knows_how_many_there_are() {
        let log = Log {
            name: "make".into(),
            bytes: b"one\n\x1b[31mtwo\x1b[0m\r\nthree\rfour".to_vec(),
            first_line: 5,
            url: None,
        };
        let found = page(&log, 1, 2);
        assert_eq!((found.first_line, found.total), (5, 4));
        assert_eq!(found.lines, ["two", "three"]);
        assert_eq!(page(&log, 4, 2).lines, Vec::<String>::new());
    }
}
