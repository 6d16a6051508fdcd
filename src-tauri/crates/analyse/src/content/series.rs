//! The next document of a series: laid out and worded as the repository's template or the documents before it.

use super::folder::Series;
use super::outline::{self, Filling, Outline};
use super::{Document, Material};

/// Words for a document that is not decided yet, beside those for one that is, in the languages documents are kept in.
const UNDECIDED: &[(&str, &[&str])] = &[
    (
        "proposed",
        &["accepted", "rejected", "superseded", "deprecated", "draft"],
    ),
    (
        "vorgeschlagen",
        &[
            "akzeptiert",
            "angenommen",
            "abgelehnt",
            "ersetzt",
            "entwurf",
        ],
    ),
    ("proposé", &["accepté", "acceptée", "rejeté", "remplacé"]),
    (
        "propuesto",
        &["aceptado", "aceptada", "rechazado", "reemplazado"],
    ),
    (
        "proposto",
        &["aceito", "aceite", "rejeitado", "accettato", "substituído"],
    ),
    ("предложено", &["принято", "отклонено", "заменено"]),
    ("提议", &["已接受", "接受", "已拒绝"]),
    ("提案", &["承認", "承認済み", "却下"]),
];

impl Series {
    /// The files that show how the next document is to look: the template and the five newest members.
    pub(super) fn read(&self) -> Vec<String> {
        let members = self.members.iter().take(5);
        self.template.iter().chain(members).cloned().collect()
    }

    /// The members read, the newest first.
    fn examples<'a>(&self, material: &'a Material) -> Vec<(&'a str, &'a str)> {
        self.members
            .iter()
            .take(5)
            .filter_map(|path| material.texts.get_key_value(path))
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect()
    }

    /// What documents that are not decided are called here: as others were, else in the language of those decided.
    pub(super) fn undecided(&self, material: &Material) -> Option<String> {
        let said: Vec<String> = self
            .examples(material)
            .iter()
            .filter_map(|(_, text)| Outline::example(text).said("status"))
            .map(|text| text.trim_matches(['"', '*', '_', '`']).to_owned())
            .collect();
        let word = |text: &String| {
            text.split([' ', ',', '.', ':', '('])
                .next()
                .unwrap_or_default()
                .to_lowercase()
        };
        let language = UNDECIDED.iter().find(|(open, decided)| {
            said.iter()
                .any(|text| word(text) == *open || decided.contains(&word(text).as_str()))
        });
        let open = match language {
            Some((open, _)) => *open,
            None if said.is_empty() => "proposed",
            None => return None,
        };
        let in_front = self
            .examples(material)
            .first()
            .is_some_and(|(_, text)| text.starts_with("---"));
        let small = said
            .first()
            .map_or(in_front, |text| text.starts_with(char::is_lowercase));
        let template = self
            .template
            .as_ref()
            .and_then(|path| material.texts.get(path));
        let small =
            small || said.is_empty() && template.is_some_and(|text| text.starts_with("---"));
        let mut letters = open.chars();
        Some(if small {
            open.to_owned()
        } else {
            letters.next().map_or(String::new(), |first| {
                first.to_uppercase().chain(letters).collect()
            })
        })
    }

    /// How the next document is laid out: as the template, else as those before it, else of `sections`.
    fn outline(&self, material: &Material, sections: &[&str]) -> Outline {
        let outlines: Vec<Outline> = self
            .examples(material)
            .iter()
            .map(|(_, text)| Outline::example(text))
            .collect();
        let template = self
            .template
            .as_ref()
            .and_then(|path| material.texts.get(path));
        match (template, outlines.first()) {
            (Some(text), _) => Outline::template(text),
            (None, Some(newest)) if !newest.headings().is_empty() => {
                newest.clone().common(&outlines)
            }
            _ => Outline::of(sections),
        }
    }

    /// The headings the next document has.
    pub(super) fn headings(&self, material: &Material, sections: &[&str]) -> Vec<String> {
        self.outline(material, sections)
            .headings()
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    /// The next document: in the template, else as those before it, else of `sections`.
    pub(super) fn document(
        &self,
        title: String,
        material: &Material,
        sections: &[&str],
        filling: &Filling<'_>,
        mut remarks: Vec<String>,
    ) -> Result<Document, String> {
        self.writable()?;
        let examples = self.examples(material);
        let template = self
            .template
            .as_ref()
            .and_then(|path| material.texts.get(path));
        let outline = self.outline(material, sections);
        let sample = examples
            .first()
            .and_then(|(path, text)| Some((outline::title(text)?, Self::number_of(path)?)));
        let path = self.path(&title, &material.today());
        let own = || match filling.number.as_deref() {
            // Where nothing shows how, the number leads: `1. Title`.
            Some(number) if template.is_none() && examples.is_empty() => Some((
                format!("{}. ", number.trim_start_matches('0')),
                number.parse().ok()?,
            )),
            _ => None,
        };
        let sample = sample.or_else(own);
        let markdown = outline.fill(
            filling,
            sample
                .as_ref()
                .map(|(title, number)| (title.as_str(), *number)),
        );
        if let Some(index) = self.index(material.paths()) {
            remarks.push(format!(
                "`{index}` may list these documents; add a line for this one"
            ));
        }
        let plain = path.ends_with(".txt");
        let mut document = Document::new_file(title, path, markdown, remarks);
        if plain && let perch_core::patch::Change::Create { content } = &mut document.file.change {
            *content = crate::markdown::plain(content);
        }
        Ok(document)
    }
}
