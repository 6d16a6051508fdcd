//! Reading `config.toml`: from its text to checked settings, or to everything that is wrong with it.

use std::path::PathBuf;

use jiff::civil::{Time, Weekday};
use perch_core::filter::NEVER_BY_ITSELF;
use perch_core::id::UserId;
use perch_core::preferences::EVERY_DAY;
use toml_edit::Document;

use super::section::{Problems, Section};
use super::{Problem, Rules, Settings, Theme, connection, filters, listen_address, model};
use crate::nearest::nearest;

const DAYS: std::ops::RangeInclusive<u32> = 1..=36_500;

/// Reads `text`. All problems are told at once, except that a text that is no TOML tells only that.
pub(super) fn read(text: &str, rules: &Rules) -> Result<Settings, Vec<Problem>> {
    let mut problems = Problems::of(text);
    let mut settings = Settings::new(rules.login.clone());
    match Document::parse(text) {
        Ok(document) => {
            let root = Section::new(document.as_table(), None);
            read_root(root, rules, &mut settings, &mut problems);
        }
        Err(error) => {
            let message = error.message().replace('\n', ", ");
            problems.add(error.span().map(|span| span.start), message);
        }
    }
    let found = problems.into_found();
    if found.is_empty() {
        Ok(settings)
    } else {
        Err(found)
    }
}

fn read_root(
    mut root: Section<'_>,
    rules: &Rules,
    settings: &mut Settings,
    problems: &mut Problems<'_>,
) {
    if let Some(text) = root.text("listen", problems) {
        match listen_address(text) {
            Ok(listen) => settings.listen = listen,
            Err(problem) => problems.add(root.place("listen"), format!("`listen`: {problem}")),
        }
    }
    if let Some(text) = root.text("tunnel_listen", problems) {
        match listen_address(text) {
            Ok(listen) => settings.tunnel_listen = listen,
            Err(problem) => problems.add(
                root.place("tunnel_listen"),
                format!("`tunnel_listen`: {problem}"),
            ),
        }
    }
    if let Some(text) = root.text("theme", problems) {
        if let Some((_, theme)) = Theme::NAMES.iter().find(|(name, _)| *name == text) {
            settings.theme = *theme;
        } else {
            let names = Theme::NAMES.map(|(name, _)| name);
            problems.add(root.place("theme"), none_called("theme", text, &names));
        }
    }
    if let Some(text) = root.text("editor", problems) {
        if rules.editors.contains(&text) {
            text.clone_into(&mut settings.editor);
        } else {
            let problem = none_called("editor", text, &rules.editors);
            problems.add(root.place("editor"), problem);
        }
    }
    let seconds = root.number("poll_seconds", 10..=86_400, problems);
    settings.poll_seconds = seconds.unwrap_or(settings.poll_seconds);
    if let Some(text) = root
        .text("ca_file", problems)
        .filter(|text| !text.is_empty())
    {
        let file = PathBuf::from(text);
        if file.is_absolute() {
            settings.ca_file = Some(file);
        } else {
            let message = format!("`ca_file` is `{text}`; write the whole path of the file");
            problems.add(root.place("ca_file"), message);
        }
    }
    read_preferences(&mut root, settings, problems);
    if let Some(section) = root.section("stale", "stale", problems) {
        read_stale(section, settings, problems);
    }
    if let Some(section) = root.section("retention", "retention", problems) {
        read_retention(section, settings, problems);
    }
    read_users(&mut root, settings, problems);
    settings.preferences.mutes = filters::read_mutes(&mut root, problems);
    settings.preferences.filters = filters::read_filters(&mut root, problems);
    let sections = root.sections("connection", problems);
    settings.connections = connection::read_all(sections, rules, settings, problems);
    settings.models = model::read_all(root.sections("model", problems), rules, problems);
    if let Some(section) = root.section("model_budget", "model_budget", problems) {
        settings.model_limits = model::read_limits(section, problems);
    }
    root.finish(problems);
}

fn read_preferences(root: &mut Section<'_>, settings: &mut Settings, problems: &mut Problems<'_>) {
    let wanted = &mut settings.preferences;
    let toasts = root.flag("toasts", problems);
    wanted.toasts = toasts.unwrap_or(wanted.toasts);
    let toasts_per_hour = root.number("toasts_per_hour", 0..=600, problems);
    wanted.toasts_per_hour = toasts_per_hour.unwrap_or(wanted.toasts_per_hour);
    let stale_days = root.number("stale_days", 1..=3650, problems);
    wanted.stale_days = stale_days.unwrap_or(wanted.stale_days);
    let dependencies_days = root.number("dependencies_days", 0..=365, problems);
    wanted.dependencies_days = dependencies_days.unwrap_or(wanted.dependencies_days);
    let release_age_days = root.number("release_age_days", 0..=365, problems);
    wanted.release_age_days = release_age_days.unwrap_or(wanted.release_age_days);
    if let Some(kinds) = root.texts("toast_actions", problems) {
        wanted.toast_actions = kinds;
    }
    if let Some(kinds) = root.texts("auto_accept", problems) {
        for kind in &kinds {
            if NEVER_BY_ITSELF.contains(&kind.as_str()) {
                let message =
                    format!("`{kind}` never runs by itself; take it out of `auto_accept`");
                problems.add(root.place("auto_accept"), message);
            }
        }
        wanted.auto_accept = kinds;
    }
    if let Some(text) = root.text("quiet_hours", problems) {
        match quiet_hours(text) {
            Ok(hours) => wanted.quiet_hours = hours,
            Err(problem) => problems.add(root.place("quiet_hours"), problem),
        }
    }
    if let Some(names) = root.texts("working_days", problems) {
        match working_days(&names) {
            Ok(days) => wanted.working_days = days,
            Err(problem) => problems.add(root.place("working_days"), problem),
        }
    }
}

fn read_stale(mut section: Section<'_>, settings: &mut Settings, problems: &mut Problems<'_>) {
    let stale = &mut settings.preferences.stale;
    let days = section.number("issue_days", 1..=3650, problems);
    stale.issue_days = days.unwrap_or(stale.issue_days);
    for (key, wanted) in [
        ("exempt_labels", &mut stale.exempt_labels),
        ("exempt_milestones", &mut stale.exempt_milestones),
    ] {
        if let Some(names) = section.texts(key, problems) {
            *wanted = names;
        }
    }
    let drafts = section.flag("drafts", problems);
    stale.drafts = drafts.unwrap_or(stale.drafts);
    section.finish(problems);
}

/// What to say of a choice that is none.
fn none_called(what: &str, text: &str, names: &[&'static str]) -> String {
    match nearest(text, names.iter().copied()) {
        Some(near) => format!("there is no {what} `{text}`; did you mean `{near}`?"),
        None => format!(
            "there is no {what} `{text}`; there are {}",
            names.join(", ")
        ),
    }
}

/// `22:00-07:00`, or nothing for none.
fn quiet_hours(text: &str) -> Result<Option<(Time, Time)>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
    let hours = text
        .split_once('-')
        .and_then(|(from, to)| Some((time(from)?, time(to)?)));
    match hours {
        Some((from, to)) if from == to => Err(format!(
            "`quiet_hours` begin and end at the same time; for no toasts at all set `toasts = false` \
             instead of `{text}`"
        )),
        Some(hours) => Ok(Some(hours)),
        None => Err(format!(
            "`quiet_hours` must be two times such as `22:00-07:00`, not `{text}`"
        )),
    }
}

/// `["mon", "tue"]`; days may be written in full.
fn working_days(names: &[String]) -> Result<Vec<Weekday>, String> {
    let day = |name: &String| {
        let known = |day: &&Weekday| {
            let full = format!("{day:?}");
            name.eq_ignore_ascii_case(&full) || name.eq_ignore_ascii_case(&full[..3])
        };
        EVERY_DAY.iter().find(known).copied().ok_or_else(|| {
            format!("`{name}` in `working_days` is no day; write mon, tue, wed, thu, fri, sat, sun")
        })
    };
    if names.is_empty() {
        return Err(
            "`working_days` names no day; for no toasts at all set `toasts = false`".into(),
        );
    }
    let days = names.iter().map(day).collect::<Result<Vec<_>, _>>()?;
    Ok(EVERY_DAY
        .into_iter()
        .filter(|day| days.contains(day))
        .collect())
}

fn read_retention(mut section: Section<'_>, settings: &mut Settings, problems: &mut Problems<'_>) {
    let kept = &mut settings.retention;
    for (key, days) in [
        ("deliveries_days", &mut kept.deliveries_days),
        ("events_days", &mut kept.events_days),
        ("logs_days", &mut kept.logs_days),
    ] {
        *days = section.number(key, DAYS, problems).unwrap_or(*days);
    }
    if kept.deliveries_days > kept.events_days {
        let message = format!(
            "`deliveries_days` ({}) must not be more than `events_days` ({})",
            kept.deliveries_days, kept.events_days
        );
        problems.add(section.place("deliveries_days"), message);
    }
    section.finish(problems);
}

fn read_users(root: &mut Section<'_>, settings: &mut Settings, problems: &mut Problems<'_>) {
    let mut users: Vec<UserId> = Vec::new();
    for mut section in root.sections("user", problems) {
        match section.text("name", problems) {
            Some(name) => {
                let at = section.place("name");
                if let Err(problem) = user_name(name) {
                    problems.add(at, problem);
                } else if users.iter().any(|user| user.as_str() == name) {
                    problems.add(at, format!("the user `{name}` stands twice; take one out"));
                }
                users.push(UserId::new(name));
            }
            None if section.has("name") => {}
            None => problems.add(section.at, "a [[user]] needs a `name`"),
        }
        section.finish(problems);
    }
    if !users.is_empty() {
        settings.users = users;
    }
}

/// Says what is wrong with a user's name.
pub(super) fn user_name(name: &str) -> Result<(), String> {
    let fits = !name.is_empty()
        && name.chars().count() <= 64
        && name.trim() == name
        && !name.chars().any(|c| c.is_control() || "/\\\"'".contains(c));
    if fits {
        return Ok(());
    }
    Err(format!(
        "`{name}` cannot be a user's name; give 1 to 64 characters without slashes and quotes"
    ))
}
