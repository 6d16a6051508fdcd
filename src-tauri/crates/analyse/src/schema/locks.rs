//! What each statement of a migration locks and for whom that matters, and how it is written so that nobody waits.
//!
//! The lock is PostgreSQL's own (chapter "Explicit Locking" and the page of each command); what squawk's rules say is added
//! where no words of ours are better. What the migration itself has just made is not in use, so its locks hold up nobody.

use perch_core::schema::quoted;
use perch_core::sql::{Statement, statements};
use squawk_linter::{Linter, Rule};
use squawk_syntax::SourceFile;

/// A lock on a relation, weaker ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// Writers go on.
    RowExclusive,
    /// Readers and writers go on; other changes of the schema wait.
    ShareUpdateExclusive,
    /// Writers wait.
    Share,
    /// Writers wait.
    ShareRowExclusive,
    /// Writers wait, and those who lock rows.
    Exclusive,
    /// Everybody waits, readers too.
    AccessExclusive,
}

impl Lock {
    /// As PostgreSQL writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// Who waits for it.
    pub fn holds_up(self) -> &'static str {
        match self {
            Self::RowExclusive | Self::ShareUpdateExclusive => "nobody who reads or writes",
            Self::Share | Self::ShareRowExclusive | Self::Exclusive => "everyone who writes",
            Self::AccessExclusive => "everyone who reads or writes",
        }
    }
}

/// A statement that others wait for, or that loses something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazard {
    /// The 1-based line it begins at.
    pub line: u32,
    /// The statement on one line, cut.
    pub statement: String,
    /// The relation it locks, as it is written there.
    pub relation: String,
    /// The lock; absent where squawk alone has something to say.
    pub lock: Option<Lock>,
    /// How long: true while every row is read or written.
    pub whole_table: bool,
    /// What is wrong with it, if anything, a sentence.
    pub problem: Option<String>,
    /// How it is written so that nobody waits, SQL.
    pub rewrite: Option<String>,
    /// True when rows or columns are gone afterwards.
    pub destroys: bool,
}

/// The line of a rewrite below which a later migration begins: in one transaction the first part's lock would be kept.
pub const AFTERWARDS: &str = "-- Afterwards, in a migration of its own:";

/// What each statement of a migration does to those who use the database.
pub fn hazards(script: &str) -> Vec<Hazard> {
    let all = statements(script);
    let mut made: Vec<String> = Vec::new();
    let mut found = Vec::new();
    let said = squawk(script);
    for (number, statement) in all.iter().enumerate() {
        let words = Words::of(statement);
        if let Some(new) = words.creates() {
            made.push(new);
        }
        let until = all.get(number + 1).map_or(u32::MAX, |next| next.line);
        let notes = || {
            said.iter()
                .find(|(line, _)| (statement.line..until.max(statement.line + 1)).contains(line))
                .map(|(_, note)| note.clone())
        };
        let Some(mut hazard) = words.hazard(statement) else {
            continue;
        };
        if made.contains(&bare(&hazard.relation)) {
            continue;
        }
        if hazard.problem.is_none() {
            hazard.problem = notes();
        }
        found.push(hazard);
    }
    found
}

/// The rules of squawk that matter beside the locks, each by the line it speaks of.
fn squawk(script: &str) -> Vec<(u32, String)> {
    let parsed = SourceFile::parse(script);
    let rules = [
        Rule::AddingRequiredField,
        Rule::AddingNotNullableField,
        Rule::AddingSerialPrimaryKeyField,
        Rule::AddingFieldWithDefault,
        Rule::BanDropColumn,
        Rule::BanDropTable,
        Rule::BanTruncateCascade,
        Rule::ChangingColumnType,
        Rule::DisallowedUniqueConstraint,
        Rule::RenamingColumn,
        Rule::RenamingTable,
        Rule::BanConcurrentIndexCreationInTransaction,
        Rule::TransactionNesting,
    ];
    let mut linter = Linter::from(rules);
    linter
        .lint(&parsed, script)
        .into_iter()
        .map(|violation| {
            let at = usize::from(violation.text_range.start()).min(script.len());
            let before = script.get(..at).unwrap_or_default();
            let line = 1 + u32::try_from(before.matches('\n').count()).unwrap_or(0);
            (
                line,
                format!(
                    "{} (squawk: `{}`)",
                    violation.message.trim_end_matches('.'),
                    violation.code
                ),
            )
        })
        .collect()
}

/// A statement's words in upper case, and as they are written.
struct Words {
    upper: Vec<String>,
    written: Vec<String>,
}

impl Words {
    fn of(statement: &Statement) -> Self {
        let spaced = statement
            .text
            .replace('(', " ( ")
            .replace(',', " , ")
            .replace(')', " ) ");
        let written: Vec<String> = spaced.split_whitespace().map(str::to_owned).collect();
        Self {
            upper: written.iter().map(|word| word.to_uppercase()).collect(),
            written,
        }
    }

    fn begins(&self, words: &str) -> bool {
        let mut own = self.upper.iter();
        words
            .split(' ')
            .all(|word| own.next().is_some_and(|one| one == word))
    }

    fn has(&self, words: &str) -> bool {
        self.place(words).is_some()
    }

    /// Where these words stand one after another.
    fn place(&self, words: &str) -> Option<usize> {
        let words: Vec<&str> = words.split(' ').collect();
        self.upper
            .windows(words.len())
            .position(|part| part.iter().eq(words.iter()))
    }

    /// The name that follows `after`, past words that only qualify.
    fn name_after(&self, after: &str) -> Option<String> {
        let from = self.place(after)? + after.split(' ').count();
        let skipped = ["IF", "NOT", "EXISTS", "ONLY", "CONCURRENTLY"];
        let at =
            (from..self.upper.len()).find(|&at| !skipped.contains(&self.upper[at].as_str()))?;
        Some(self.written[at].clone())
    }

    /// The table or view this statement makes.
    fn creates(&self) -> Option<String> {
        if !self.begins("CREATE") || self.has("CREATE INDEX") {
            return None;
        }
        let kind = ["TABLE", "VIEW"]
            .into_iter()
            .find(|kind| self.upper.iter().take(5).any(|word| word == kind))?;
        self.name_after(kind).map(|name| bare(&name))
    }

    fn hazard(&self, statement: &Statement) -> Option<Hazard> {
        let (relation, lock, whole_table) = self.lock()?;
        let (problem, rewrite) = self.better(&relation);
        Some(Hazard {
            line: statement.line,
            statement: cut(&statement.text),
            relation,
            lock: Some(lock),
            whole_table,
            problem: problem.map(str::to_owned),
            rewrite,
            destroys: self.destroys(),
        })
    }

    fn destroys(&self) -> bool {
        self.begins("DROP TABLE")
            || self.begins("TRUNCATE")
            || self.begins("DROP MATERIALIZED VIEW")
            || (self.begins("DELETE FROM") && !self.has("WHERE"))
            || (self.begins("ALTER TABLE") && self.drops_column())
    }

    fn drops_column(&self) -> bool {
        let kept = [
            "CONSTRAINT",
            "DEFAULT",
            "NOT",
            "IDENTITY",
            "EXPRESSION",
            "OWNED",
        ];
        self.upper
            .iter()
            .zip(self.upper.iter().skip(1))
            .any(|(one, next)| one == "DROP" && !kept.contains(&next.as_str()))
    }

    /// The relation, the strongest lock on it, and whether every row is looked at while it is held.
    fn lock(&self) -> Option<(String, Lock, bool)> {
        use Lock::{
            AccessExclusive, Exclusive, RowExclusive, Share, ShareRowExclusive,
            ShareUpdateExclusive,
        };
        let on = |after: &str, lock, whole| self.name_after(after).map(|name| (name, lock, whole));
        if self.begins("CREATE INDEX") || self.begins("CREATE UNIQUE INDEX") {
            let lock = if self.has("CONCURRENTLY") {
                ShareUpdateExclusive
            } else {
                Share
            };
            return on("ON", lock, true);
        }
        if self.begins("ALTER TABLE") {
            let (lock, whole) = self.alter();
            return on("ALTER TABLE", lock, whole);
        }
        let first = [
            ("ALTER MATERIALIZED VIEW", AccessExclusive, false),
            ("ALTER VIEW", AccessExclusive, false),
            ("DROP TABLE", AccessExclusive, false),
            ("DROP MATERIALIZED VIEW", AccessExclusive, false),
            ("DROP VIEW", AccessExclusive, false),
            ("TRUNCATE TABLE", AccessExclusive, false),
            ("TRUNCATE", AccessExclusive, false),
            ("UPDATE", RowExclusive, true),
            ("DELETE FROM", RowExclusive, true),
            ("VACUUM FULL", AccessExclusive, true),
            ("CLUSTER", AccessExclusive, true),
            ("REINDEX TABLE", Share, true),
            ("COMMENT ON TABLE", ShareUpdateExclusive, false),
        ];
        for (words, lock, whole) in first {
            if self.begins(words) {
                return on(words, lock, whole);
            }
        }
        if self.begins("REFRESH MATERIALIZED VIEW") {
            let lock = if self.has("CONCURRENTLY") {
                Exclusive
            } else {
                AccessExclusive
            };
            return on("REFRESH MATERIALIZED VIEW", lock, true);
        }
        let second = [
            ("TRIGGER", "CREATE", ShareRowExclusive),
            ("TRIGGER", "DROP", AccessExclusive),
            ("POLICY", "CREATE", AccessExclusive),
            ("POLICY", "ALTER", AccessExclusive),
            ("POLICY", "DROP", AccessExclusive),
        ];
        for (kind, verb, lock) in second {
            if self.begins(verb) && self.upper.iter().take(4).any(|word| word == kind) {
                return on("ON", lock, false);
            }
        }
        None
    }

    fn alter(&self) -> (Lock, bool) {
        use Lock::{AccessExclusive, ShareRowExclusive, ShareUpdateExclusive};
        let weak = [
            "VALIDATE CONSTRAINT",
            "SET STATISTICS",
            "ATTACH PARTITION",
            "CLUSTER ON",
        ];
        if let Some(words) = weak.into_iter().find(|words| self.has(words)) {
            return (
                ShareUpdateExclusive,
                words != "SET STATISTICS" && words != "CLUSTER ON",
            );
        }
        if self.has("DETACH PARTITION") && self.has("CONCURRENTLY") {
            return (ShareUpdateExclusive, false);
        }
        if self.has("ENABLE TRIGGER") || self.has("DISABLE TRIGGER") {
            return (ShareRowExclusive, false);
        }
        let not_valid = self.has("NOT VALID");
        let column = self.has("ADD COLUMN") || (self.has("ALTER") && self.has("TYPE"));
        if self.has("FOREIGN KEY") && !column {
            return (ShareRowExclusive, !not_valid);
        }
        let checks = self.has("CHECK") || self.has("UNIQUE") || self.has("PRIMARY KEY");
        let whole = self.has("TYPE")
            || self.has("SET NOT NULL")
            || (self.has("ADD CONSTRAINT") && checks && !not_valid && !self.has("USING INDEX"))
            || (self.has("SET TABLESPACE") || self.has("SET LOGGED") || self.has("SET UNLOGGED"));
        (AccessExclusive, whole)
    }

    /// What is wrong with it, and how it is better written.
    fn better(&self, relation: &str) -> (Option<&'static str>, Option<String>) {
        if (self.begins("CREATE INDEX") || self.begins("CREATE UNIQUE INDEX"))
            && !self.has("CONCURRENTLY")
        {
            let written = self
                .written
                .join(" ")
                .replace("( ", "(")
                .replace(" )", ")")
                .replace(" ,", ",");
            let at = written.to_uppercase().find("INDEX").unwrap_or(0) + "INDEX".len();
            let sql = format!("{} CONCURRENTLY{};", &written[..at], &written[at..]);
            return (
                Some("Nobody can write while the index is built"),
                Some(format!(
                    "-- In a migration of its own, outside a transaction:\n{sql}"
                )),
            );
        }
        if !self.begins("ALTER TABLE") {
            return (None, None);
        }
        if self.has("SET NOT NULL")
            && let Some(column) = self
                .name_after("ALTER COLUMN")
                .or_else(|| self.name_after("ALTER"))
        {
            let check = quoted(&format!(
                "{}_{}_not_null",
                bare(relation),
                column.trim_matches('"')
            ));
            return (
                Some("Everybody waits while every row is looked at"),
                Some(format!(
                    "ALTER TABLE {relation} ADD CONSTRAINT {check} CHECK ({column} IS NOT NULL) NOT VALID;\n{AFTERWARDS}\n\
                     ALTER TABLE {relation} VALIDATE CONSTRAINT {check};\n\
                     ALTER TABLE {relation} ALTER COLUMN {column} SET NOT NULL;\n\
                     ALTER TABLE {relation} DROP CONSTRAINT {check};"
                )),
            );
        }
        let adds = self.has("ADD CONSTRAINT") && !self.has("NOT VALID");
        if adds && (self.has("FOREIGN KEY") || self.has("CHECK")) {
            let name = self.name_after("ADD CONSTRAINT").unwrap_or_default();
            let written = self
                .written
                .join(" ")
                .replace("( ", "(")
                .replace(" )", ")")
                .replace(" ,", ",");
            return (
                Some(if self.has("FOREIGN KEY") {
                    "Writers wait while every row is checked"
                } else {
                    "Everybody waits while every row is checked"
                }),
                Some(format!(
                    "{written} NOT VALID;\n{AFTERWARDS}\n\
                     ALTER TABLE {relation} VALIDATE CONSTRAINT {name};"
                )),
            );
        }
        if adds
            && (self.has("UNIQUE") || self.has("PRIMARY KEY"))
            && !self.has("USING INDEX")
            && let Some(open) = self.written.iter().position(|word| word == "(")
        {
            let name = self.name_after("ADD CONSTRAINT").unwrap_or_default();
            let columns: Vec<&str> = self.written[open + 1..]
                .iter()
                .map(String::as_str)
                .take_while(|word| *word != ")")
                .filter(|word| *word != ",")
                .collect();
            let kind = if self.has("UNIQUE") {
                "UNIQUE"
            } else {
                "PRIMARY KEY"
            };
            return (
                Some("Everybody waits while the index is built"),
                Some(format!(
                    "-- In a migration of its own, outside a transaction:\n\
                     CREATE UNIQUE INDEX CONCURRENTLY {name} ON {relation} ({});\n\
                     ALTER TABLE {relation} ADD CONSTRAINT {name} {kind} USING INDEX {name};",
                    columns.join(", ")
                )),
            );
        }
        (None, None)
    }
}

/// A relation's own name, without schema and quotes.
fn bare(relation: &str) -> String {
    let name = relation.rsplit('.').next().unwrap_or(relation);
    name.trim_matches(['"', '(', ')', ';']).to_owned()
}

/// A statement on one line, cut after so many characters.
const SHOWN: usize = 160;

fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    let cut: String = line.chars().take(SHOWN - 1).collect();
    format!("{}…", cut.trim_end())
}
