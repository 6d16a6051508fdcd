//! A Markdown document as plain text: the same words in the same order, laid out with line ends and blanks alone.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// `markdown` as plain text.
pub(crate) fn plain(markdown: &str) -> String {
    let options = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS | Options::ENABLE_TASKLISTS;
    let mut page = Page::default();
    for event in Parser::new_ext(markdown, options) {
        page.take(event);
    }
    let mut text = page.text.trim().to_owned();
    text.push('\n');
    text
}

/// Quotes and lists within each other are shown this deep: a line of thousands of quotes would otherwise be laid out in
/// the square of its length.
const DEEPEST: usize = 32;

/// What is written so far.
#[derive(Default)]
struct Page {
    text: String,
    /// The words of the block at hand.
    line: String,
    /// What every line begins with: quotes and the indent of lists.
    lead: String,
    /// How long it was before each of them.
    outer: Vec<usize>,
    /// The bullet of the item that has just begun.
    bullet: Option<String>,
    lists: Vec<Option<u64>>,
    links: Vec<(usize, String)>,
    heading: Option<HeadingLevel>,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) => self.line.push_str(&text),
            Event::SoftBreak => self.line.push(' '),
            Event::HardBreak => self.line.push('\n'),
            Event::Rule => {
                self.line.push_str("----");
                self.block();
            }
            Event::TaskListMarker(done) => self.line.push_str(if done { "[x] " } else { "[ ] " }),
            // Comments and tags are for the page, not for the reader.
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.heading = Some(level),
            Tag::BlockQuote(_) => {
                self.block();
                self.go_in("> ");
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.block();
                self.go_in("    ");
            }
            Tag::List(start) => {
                self.tight_block();
                self.lists.push(start);
            }
            Tag::Item => {
                let bullet = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".into(),
                };
                self.go_in(&" ".repeat(bullet.chars().count()));
                self.bullet = Some(bullet);
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((self.line.len(), dest_url.into_string()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::MetadataBlock(_) => self.block(),
            TagEnd::Heading(_) => {
                let mark = match self.heading.take() {
                    Some(HeadingLevel::H1) => "=",
                    Some(HeadingLevel::H2) => "-",
                    _ => "",
                };
                if !mark.is_empty() {
                    let width = self.line.chars().count().max(3);
                    self.line.push('\n');
                    self.line.push_str(&mark.repeat(width));
                }
                self.block();
            }
            TagEnd::BlockQuote(_) => {
                self.tight_block();
                if let Some(text) = self
                    .text
                    .strip_suffix(&format!("{}\n", self.lead.trim_end()))
                {
                    self.text.truncate(text.len());
                }
                self.go_out();
                self.gap();
            }
            TagEnd::CodeBlock => {
                self.block();
                self.go_out();
            }
            TagEnd::Item => {
                self.tight_block();
                self.bullet = None;
                self.go_out();
            }
            TagEnd::List(_) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.gap();
                }
            }
            TagEnd::Link | TagEnd::Image => {
                if let Some((at, address)) = self.links.pop() {
                    let shown = &self.line[at..];
                    if !is_reference(shown) && shown != address && !address.is_empty() {
                        self.line.push_str(&format!(" <{address}>"));
                    }
                }
            }
            _ => {}
        }
    }

    /// Begins what is quoted or indented by `lead`.
    fn go_in(&mut self, lead: &str) {
        self.outer.push(self.lead.len());
        if self.outer.len() <= DEEPEST {
            self.lead.push_str(lead);
        }
    }

    /// Ends what [`Page::go_in`] began.
    fn go_out(&mut self) {
        if let Some(outer) = self.outer.pop() {
            self.lead.truncate(outer);
        }
    }

    /// Ends a block with a blank line after it; within an item its lines follow each other.
    fn block(&mut self) {
        self.tight_block();
        if self.lists.is_empty() {
            self.gap();
        }
    }

    fn tight_block(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.trim().is_empty() {
            return;
        }
        for (number, line) in line.trim_end().split('\n').enumerate() {
            let mut lead = self.lead.clone();
            if number == 0
                && let Some(bullet) = self.bullet.take()
            {
                lead.truncate(self.outer.last().copied().unwrap_or_default());
                lead.push_str(&bullet);
            }
            self.text.push_str(format!("{lead}{line}").trim_end());
            self.text.push('\n');
        }
    }

    fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push_str(self.lead.trim_end());
            self.text.push('\n');
        }
    }
}

/// True for words that say by themselves what they lead to: `#42`, `!42`, `9d1c0e2`, `@ada`.
fn is_reference(shown: &str) -> bool {
    let digits = |rest: &str| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit());
    shown.strip_prefix(['#', '!']).is_some_and(digits)
        || shown.starts_with('@')
        || (shown.len() >= 7 && shown.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_reads_the_same_without_marks() {
        let markdown = "---\nstatus: proposed\n---\n\n# Title\n\nSome *words* and `code`,\nsoftly broken.\n\n## List\n\n- one ([#12](https://f.test/12))\n- two\n  - three\n    more\n\n1. first\n2. second\n\n> said\n> so\n>\n> twice\n\n[All](https://f.test/all)\n\n```sh\nrun it\n  twice\n```\n\n<!-- hidden -->\n- [ ] open\n";
        assert_eq!(
            plain(markdown),
            "status: proposed\n\nTitle\n=====\n\nSome words and code, softly broken.\n\nList\n----\n\n- one (#12)\n- two\n  - three more\n\n1. first\n2. second\n\n> said so\n>\n> twice\n\nAll <https://f.test/all>\n\n    run it\n      twice\n\n- [ ] open\n"
        );
    }
}
