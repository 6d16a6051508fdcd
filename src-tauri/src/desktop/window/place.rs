//! The panel's remembered size and place, in a small file of its own beside the database.
//!
//! Not a setting: it is written by moving the window, and losing it costs nothing.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// The file's name in the data folder.
const FILE: &str = "panel.json";

/// The panel's smallest size; below it the bar on top does not fit.
pub(super) const SMALLEST: (u32, u32) = (360, 420);

/// What is remembered of the panel. Sizes and positions are in logical pixels of the whole desktop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    /// The page's width.
    pub(super) width: u32,
    /// The page's height.
    pub(super) height: u32,
    /// The window's left upper corner; absent until it was shown somewhere that has places.
    pub(super) corner: Option<(i32, i32)>,
    /// It stays when it loses focus.
    pub(super) pinned: bool,
    /// The user was told that nothing here shows a tray icon.
    pub(super) told_no_tray: bool,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            width: 440,
            height: 680,
            corner: None,
            pinned: false,
            told_no_tray: false,
        }
    }
}

impl Place {
    /// What was remembered, or the first size where nothing readable was.
    pub(super) fn read(folder: &Path) -> Self {
        let place = std::fs::read(folder.join(FILE))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok())
            .unwrap_or_default();
        Self {
            width: place.width.clamp(SMALLEST.0, 4000),
            height: place.height.clamp(SMALLEST.1, 4000),
            ..place
        }
    }

    /// Remembers it. A folder that cannot be written is said in the log and no more.
    pub(super) fn write(&self, folder: &Path) {
        let write = || -> std::io::Result<()> {
            let fresh = folder.join(format!("{FILE}.new"));
            std::fs::write(&fresh, serde_json::to_vec_pretty(self)?)?;
            std::fs::rename(fresh, folder.join(FILE))
        };
        if let Err(error) = write() {
            tracing::warn!(%error, folder = %folder.display(), "the panel's place was not kept");
        }
    }
}

/// A part of the desktop in logical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Area {
    fn holds(&self, (x, y): (i32, i32)) -> bool {
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }
}

/// Distance between the panel and the edge of the work area.
const MARGIN: i32 = 8;

/// Where the panel's corner goes: where it was, if its title bar is still on a screen; else beside
/// the click on the tray; else in the right upper corner of the first screen.
///
/// `areas` are the screens without panels and task bars, the primary one first.
pub(super) fn corner(
    place: &Place,
    click: Option<(i32, i32)>,
    areas: &[Area],
) -> Option<(i32, i32)> {
    let width = i32::try_from(place.width).unwrap_or(i32::MAX);
    let height = i32::try_from(place.height).unwrap_or(i32::MAX);
    if let Some((x, y)) = place.corner {
        let grip = (x.saturating_add(width / 2), y.saturating_add(MARGIN));
        if areas.iter().any(|area| area.holds(grip)) {
            return Some((x, y));
        }
    }
    let nearest = |point: (i32, i32)| {
        areas.iter().min_by_key(|area| {
            let x = point.0.clamp(area.x, area.x + area.width) - point.0;
            let y = point.1.clamp(area.y, area.y + area.height) - point.1;
            x.abs() + y.abs()
        })
    };
    let (area, wanted) = if let Some(click) = click {
        (nearest(click)?, (click.0 - width / 2, click.1))
    } else {
        let first = areas.first()?;
        (first, (first.x + first.width, first.y))
    };
    let fit = |wanted: i32, start: i32, room: i32, size: i32| {
        let last = (start + room - size - MARGIN).max(start);
        wanted.clamp((start + MARGIN).min(last), last)
    };
    Some((
        fit(wanted.0, area.x, area.width, width),
        fit(wanted.1, area.y, area.height, height),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Area = Area {
        x: 0,
        y: 28,
        width: 1280,
        height: 772,
    };
    const SECOND: Area = Area {
        x: 1280,
        y: 0,
        width: 1920,
        height: 1080,
    };

    #[test]
    fn the_panel_opens_beside_what_was_clicked_and_wholly_on_a_screen() {
        let place = Place::default();
        for (name, kept, click, expected) in [
            ("first time, no click", None, None, (832, 36)),
            ("icon in a panel on top", None, Some((1200, 14)), (832, 36)),
            ("icon at the bottom", None, Some((600, 799)), (380, 112)),
            (
                "icon on the second screen",
                None,
                Some((3190, 1070)),
                (2752, 392),
            ),
            ("where it was", Some((100, 90)), Some((1200, 14)), (100, 90)),
            ("where no screen is now", Some((9000, 90)), None, (832, 36)),
            (
                "title bar above the screen",
                Some((100, -400)),
                None,
                (832, 36),
            ),
        ] {
            let place = Place {
                corner: kept,
                ..place.clone()
            };
            assert_eq!(
                corner(&place, click, &[SCREEN, SECOND]),
                Some(expected),
                "{name}"
            );
        }
    }

    #[test]
    fn a_panel_larger_than_the_screen_starts_at_its_corner() {
        let place = Place {
            width: 2000,
            height: 2000,
            ..Place::default()
        };
        assert_eq!(corner(&place, None, &[SCREEN]), Some((0, 28)));
    }

    #[test]
    fn without_a_screen_the_system_chooses() {
        assert_eq!(corner(&Place::default(), Some((5, 5)), &[]), None);
    }

    #[test]
    fn what_is_written_is_read_again_and_what_is_broken_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Place::read(folder.path()), Place::default());
        let place = Place {
            width: 900,
            height: 700,
            corner: Some((-20, 40)),
            pinned: true,
            told_no_tray: true,
        };
        place.write(folder.path());
        assert_eq!(Place::read(folder.path()), place);

        std::fs::write(
            folder.path().join(FILE),
            b"{\"width\": 1, \"height\": 9999999}",
        )
        .unwrap();
        let read = Place::read(folder.path());
        assert_eq!((read.width, read.height), (360, 4000));
        std::fs::write(folder.path().join(FILE), b"{\"width\":").unwrap();
        assert_eq!(Place::read(folder.path()), Place::default());
    }
}
