//! `pom.xml`: dependencies, plugins and the parent, with versions written out or in a property of the same file.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range as Span;

use roxmltree::{Document, Node};

use super::{Kind, Manifest, Requirement, name};
use crate::dependencies::range::Bare;

pub(super) static KIND: Kind = Kind {
    is: |path| name(path) == "pom.xml",
    read,
};

fn read(manifest: &Manifest<'_>) -> Result<Vec<Requirement>, String> {
    let document = Document::parse(manifest.text).map_err(|error| error.to_string())?;
    let named = |node: &Node<'_, '_>, name: &str| node.tag_name().name() == name;
    let properties: BTreeMap<&str, Span<usize>> = document
        .descendants()
        .filter(|node| named(node, "properties"))
        .flat_map(|node| node.children().filter(Node::is_element))
        .filter_map(|node| Some((node.tag_name().name(), written(&node)?)))
        .collect();
    let mut found: Vec<Requirement> = Vec::new();
    // Several artifacts may share one property; it moves once.
    let mut moved = BTreeSet::new();
    for node in document.descendants() {
        if !["dependency", "plugin", "parent"]
            .iter()
            .any(|name| named(&node, name))
        {
            continue;
        }
        let child = |name: &str| node.children().find(|node| named(node, name));
        let text = |name: &str| child(name).and_then(|node| node.text()).map(str::trim);
        let group =
            text("groupId").or(named(&node, "plugin").then_some("org.apache.maven.plugins"));
        let (Some(group), Some(artifact), Some(version)) =
            (group, text("artifactId"), child("version"))
        else {
            continue;
        };
        let span = match version.text().and_then(property) {
            Some(name) => properties.get(name).cloned(),
            None => written(&version),
        };
        let requirement = span.and_then(|span| {
            manifest.requirement("maven", &format!("{group}:{artifact}"), span, Bare::Exact)
        });
        found.extend(requirement.filter(|one| moved.insert(one.span.start)));
    }
    Ok(found)
}

/// The name in `${name}`.
fn property(text: &str) -> Option<&str> {
    text.trim().strip_prefix("${")?.strip_suffix('}')
}

/// Where the text of an element stands.
fn written(node: &Node<'_, '_>) -> Option<Span<usize>> {
    node.first_child()
        .filter(Node::is_text)
        .map(|text| text.range())
}
