//! Architecture decision records: the next one of the repository's series, in its own template and headings.

use super::folder::{Custom, Series};
use super::outline::Filling;
use super::{About, Ask, Document, Kind, Material, Need};
use crate::markdown::inline;

pub(super) static KIND: Adr = Adr;

pub(super) struct Adr;

static ABOUT: About = About {
    name: "Decision record",
    argument: "Title",
    example: "Keep ranges as text",
    required: true,
    needs_checkout: false,
};

static CUSTOM: Custom = Custom {
    folders: &[
        "adr",
        "adrs",
        "decisions",
        "architecture-decisions",
        "decision-records",
        "architecture-decision-records",
    ],
    dated: false,
};

/// What a record says where the repository has none: Nygard's sections, with the options that MADR adds.
const SECTIONS: &[&str] = &["Status", "Context", "Options", "Decision", "Consequences"];

/// The file in which adr-tools keep the name of the folder.
const TOLD: &str = ".adr-dir";

impl Kind for Adr {
    fn id(&self) -> &'static str {
        "adr"
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn needs(&self, _ask: &Ask, material: &Material) -> Result<Vec<Need>, String> {
        let told = material
            .paths()
            .iter()
            .any(|path| path == TOLD)
            .then(|| Need::Text(TOLD.into()));
        if let Some(need) = told
            && !material.answered.contains(&need)
        {
            return Ok(vec![need]);
        }
        Ok(material.open(series(material).read().into_iter().map(Need::Text)))
    }

    fn write(&self, ask: &Ask, material: &Material) -> Result<Document, String> {
        let title = crate::markdown::visible(&ask.argument);
        if title.is_empty() {
            return Err("a decision needs a title: perch adr \"Keep ranges as text\"".into());
        }
        let series = series(material);
        let filling = Filling {
            title: inline(&title),
            number: series.next(),
            today: material.today(),
            author: material
                .survey
                .as_ref()
                .and_then(|survey| survey.person.as_deref())
                .map(inline),
            status: series.undecided(material),
            fields: Vec::new(),
            section: &|_| None,
        };
        series.document(title, material, SECTIONS, &filling, Vec::new())
    }
}

fn series(material: &Material) -> Series {
    let told = material
        .texts
        .get(TOLD)
        .map(|text| text.trim().trim_matches('/').trim_start_matches("./"));
    Series::find(
        material.paths(),
        &CUSTOM,
        told.filter(|folder| !folder.is_empty()),
    )
}
