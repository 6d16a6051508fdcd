//! What changed about the constraints, indexes, policies, triggers and grants of a table; what follows from a change of a
//! column goes to that change.

use std::collections::BTreeSet;

use perch_core::schema::{Constraint, Grant, Index, Name, Policy, quoted};

use super::Compared;
use crate::schema::change::What;
use crate::schema::text::{code, listed, mentions};

impl<'a> Compared<'a> {
    /// The change of a column that `line` follows from, given the columns concerned and what the thing says.
    fn follows_column(
        &mut self,
        columns: &[String],
        says: &str,
        is_gone: bool,
        line: &str,
    ) -> bool {
        let about =
            |name: &str| columns.iter().any(|one| one == name) || mentions(says, &quoted(name));
        let whose = if is_gone {
            self.deleted.iter().find(|name| about(name)).copied()
        } else if !columns.is_empty() && columns.iter().all(|one| self.added.contains(one.as_str()))
        {
            columns.first().map(String::as_str)
        } else {
            None
        };
        let Some(change) = whose.and_then(|name| self.columns.get_mut(name)) else {
            return false;
        };
        change.details.push(line.to_owned());
        true
    }

    /// True when the columns of something changed their type, which rewrites what it says.
    fn is_rewritten(&self, says: &str) -> bool {
        self.columns.iter().any(|(name, change)| {
            change.what == What::ColumnUpdated && mentions(says, &quoted(name))
        })
    }

    pub(super) fn constraints(&mut self, gone: &BTreeSet<&Name>) {
        let (before, after) = (&self.before.constraints, &self.after.constraints);
        let find = |list: &'a [Constraint], name: &str| list.iter().find(|one| one.name == name);
        let mut lost: Vec<&Constraint> = before
            .iter()
            .filter(|one| find(after, &one.name).is_none())
            .collect();
        for now in after {
            let line = format!("constraint {}: {}", code(&now.name), code(&now.definition));
            if let Some(was) = find(before, &now.name) {
                let differs = self.renames.differ(&was.definition, &now.definition);
                if differs && !self.is_rewritten(&now.definition) {
                    self.own
                        .push(format!("{line} instead of {}", code(&was.definition)));
                }
                continue;
            }
            let same = |was: &&Constraint| !self.renames.differ(&was.definition, &now.definition);
            if let Some(at) = lost.iter().position(same) {
                let was = lost.remove(at);
                self.own.push(format!(
                    "constraint {} was called {}",
                    code(&now.name),
                    code(&was.name)
                ));
            } else if !self.follows_column(&now.columns, "", false, &line) {
                self.own.push(line);
            }
        }
        for was in lost {
            let line = format!("without constraint {}", code(&was.name));
            if let Some(table) = was.references.as_ref().filter(|table| gone.contains(table)) {
                let here = code(&self.after.name.to_string());
                self.follows.push((
                    table.clone(),
                    format!("{here} lost its foreign key {}", code(&was.name)),
                ));
            } else if !self.follows_column(&was.columns, &was.definition, true, &line) {
                self.own.push(line);
            }
        }
    }

    pub(super) fn indexes(&mut self) {
        let attached = self.before.partition != self.after.partition;
        let (before, after) = (&self.before.indexes, &self.after.indexes);
        let find = |list: &'a [Index], name: &str| list.iter().find(|one| one.name == name);
        let mut lost: Vec<&Index> = before
            .iter()
            .filter(|one| find(after, &one.name).is_none())
            .collect();
        for now in after {
            let object = format!("index {}", code(&now.name));
            let mut detail = code(&now.definition);
            if let Some(was) = find(before, &now.name) {
                let differs = self.renames.differ(&was.definition, &now.definition);
                if was.valid != now.valid {
                    detail = if now.valid {
                        "it can be used now"
                    } else {
                        "it cannot be used"
                    }
                    .into();
                } else if !differs || self.is_rewritten(&now.definition) {
                    continue;
                }
                self.other(object, detail);
                continue;
            }
            // Its own name stands in what it says.
            let same = |was: &&Index| {
                let was = was
                    .definition
                    .replacen(&quoted(&was.name), &quoted(&now.name), 1);
                !self.renames.differ(&was, &now.definition)
            };
            if let Some(at) = lost.iter().position(same) {
                let was = lost.remove(at);
                self.other(object, format!("it was called {}", code(&was.name)));
            } else if attached {
                self.own.push(format!("{object}: {detail}"));
            } else if !self.follows_column(&now.columns, "", false, &format!("{object}: {detail}"))
            {
                self.other(object, detail);
            }
        }
        for was in lost {
            let object = format!("index {}", code(&was.name));
            let line = format!("without {object}");
            if !attached && !self.follows_column(&was.columns, &was.definition, true, &line) {
                self.other(object, "removed".into());
            }
        }
    }

    pub(super) fn policies(&mut self) {
        let (before, after) = (&self.before.policies, &self.after.policies);
        let mut lost: Vec<&Policy> = before
            .iter()
            .filter(|one| !after.iter().any(|other| other.name == one.name))
            .collect();
        for now in after {
            let object = format!("policy {}", code(&now.name));
            let Some(was) = before.iter().find(|one| one.name == now.name) else {
                let mut renamed = now.clone();
                let at = lost.iter().position(|was| {
                    renamed.name.clone_from(&was.name);
                    !self.policy_differs(was, &renamed)
                });
                let detail = match at {
                    Some(at) => format!("it was called {}", code(&lost.remove(at).name)),
                    None => format!("added {}", policy(now)),
                };
                self.other(object, detail);
                continue;
            };
            if self.policy_differs(was, now) {
                let rule = |one: &Policy| {
                    format!(
                        "{}{}",
                        one.using.as_deref().unwrap_or_default(),
                        one.check.as_deref().unwrap_or_default()
                    )
                };
                let only_text = Policy {
                    using: now.using.clone(),
                    check: now.check.clone(),
                    ..was.clone()
                } == *now;
                if !(only_text && self.is_rewritten(&rule(now))) {
                    self.other(
                        object,
                        format!("{} instead of {}", policy(now), policy(was)),
                    );
                }
            }
        }
        for was in lost {
            let object = format!("policy {}", code(&was.name));
            let says = format!("{:?} {:?}", was.using, was.check);
            if !self.follows_column(&[], &says, true, &format!("without {object}")) {
                self.other(object, "removed".into());
            }
        }
    }

    fn policy_differs(&self, was: &Policy, now: &Policy) -> bool {
        let same = (&was.command, was.permissive, &was.roles)
            == (&now.command, now.permissive, &now.roles);
        !same
            || self
                .renames
                .differ_at_all(was.using.as_deref(), now.using.as_deref())
            || self
                .renames
                .differ_at_all(was.check.as_deref(), now.check.as_deref())
    }

    pub(super) fn triggers(&mut self) {
        let (before, after) = (&self.before.triggers, &self.after.triggers);
        for now in after {
            let object = format!("trigger {}", code(&now.name));
            match before.iter().find(|one| one.name == now.name) {
                None => self.other(object, code(&now.definition)),
                Some(was) if self.renames.differ(&was.definition, &now.definition) => {
                    self.other(
                        object,
                        format!(
                            "{} instead of {}",
                            code(&now.definition),
                            code(&was.definition)
                        ),
                    );
                }
                Some(_) => {}
            }
        }
        for was in before {
            if !after.iter().any(|one| one.name == was.name) {
                let object = format!("trigger {}", code(&was.name));
                let line = format!("without {object}");
                if !self.follows_column(&[], &was.definition, true, &line) {
                    self.other(object, "removed".into());
                }
            }
        }
    }

    pub(super) fn grants(&mut self) {
        let (before, after) = (&self.before.grants, &self.after.grants);
        let mut details = Vec::new();
        let none = Vec::new();
        let roles: BTreeSet<&str> = before
            .iter()
            .chain(after)
            .map(|one| one.role.as_str())
            .collect();
        for role in roles {
            let of = |list: &'a [Grant]| {
                list.iter()
                    .find(|one| one.role == role)
                    .map(|one| &one.privileges)
            };
            let (was, now) = (of(before).unwrap_or(&none), of(after).unwrap_or(&none));
            let more: Vec<&String> = now.iter().filter(|one| !was.contains(one)).collect();
            let less: Vec<&String> = was
                .iter()
                .filter(|one| !now.contains(one))
                // Those on a column go with it.
                .filter(|one| {
                    !self
                        .deleted
                        .iter()
                        .any(|name| one.ends_with(&format!("({})", quoted(name))))
                })
                .collect();
            if !more.is_empty() {
                details.push(format!("{} may {} now", code(role), listed(&more)));
            }
            if !less.is_empty() {
                details.push(format!("{} may no longer {}", code(role), listed(&less)));
            }
        }
        if !details.is_empty() {
            let object = format!("grants on {}", code(&self.after.name.to_string()));
            let mut change = self.change(What::Other, object);
            change.details = details;
            self.others.push(change);
        }
    }

    fn other(&mut self, object: String, detail: String) {
        let mut change = self.change(What::Other, object);
        change.details.push(detail);
        self.others.push(change);
    }
}

fn policy(policy: &Policy) -> String {
    let mut text = format!("for {} to {}", policy.command, policy.roles.join(", "));
    if !policy.permissive {
        text = format!("as restrictive {text}");
    }
    if let Some(using) = &policy.using {
        text.push_str(&format!(" using ({using})"));
    }
    if let Some(check) = &policy.check {
        text.push_str(&format!(" with check ({check})"));
    }
    code(&text)
}
