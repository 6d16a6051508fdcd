//! Writes the made-up samples redaction is measured on: `true_positives.jsonl` and `false_positives.jsonl` in the folder
//! given.

#[path = "../tests/redaction/samples.rs"]
mod samples;

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use samples::Sample;

/// Another seed than that of the tests: what is measured was not looked at.
const SEED: u64 = 7_420;
/// One in so many secrets is written, so that a run of the program each does not take an hour.
const EVERY: usize = 30;

fn write(path: PathBuf, samples: impl Iterator<Item = Sample>) -> std::io::Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    for sample in samples {
        let mut line =
            serde_json::json!({ "rule": sample.kind, "text": sample.text, "made": "generated" });
        if sample.secrets.is_empty() {
            line["also"] = serde_json::json!([]);
        } else {
            line["secrets"] = sample.secrets.into();
        }
        writeln!(file, "{line}")?;
    }
    file.flush()
}

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("the folder to write to"));
    std::fs::create_dir_all(&folder)?;
    let secrets = samples::secrets(SEED, 1).into_iter().step_by(EVERY);
    write(folder.join("true_positives.jsonl"), secrets)?;
    let look_alikes = samples::look_alikes(SEED, 1).into_iter().step_by(3);
    write(folder.join("false_positives.jsonl"), look_alikes)
}
