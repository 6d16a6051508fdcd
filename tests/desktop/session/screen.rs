//! The screen: pictures of it, and a hand on pointer and keys.

use std::path::PathBuf;
use std::process::{Command, Output};

/// The screen of the private desktop.
pub(crate) struct Screen {
    folder: PathBuf,
}

/// A part of the screen in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Area {
    /// The strip on top where the panel with the tray is.
    pub(crate) const STRIP: Self = Self {
        x: 0,
        y: 0,
        width: 1280,
        height: 28,
    };

    pub(crate) fn centre(self) -> (usize, usize) {
        (self.x + self.width / 2, self.y + self.height / 2)
    }
}

/// A part of the screen as it was, three bytes a pixel.
#[derive(Clone)]
pub(crate) struct Picture {
    pub(crate) area: Area,
    pixels: Vec<u8>,
}

impl Picture {
    /// Red, green and blue at a place within the picture.
    pub(crate) fn pixel(&self, x: usize, y: usize) -> &[u8] {
        let at = (y * self.area.width + x) * 3;
        &self.pixels[at..at + 3]
    }

    /// The smallest part of the screen that holds all that differs between two pictures of one area.
    pub(crate) fn difference(&self, other: &Self) -> Option<Area> {
        assert_eq!(self.area, other.area, "two pictures of one area");
        let different: Vec<(usize, usize)> = (0..self.area.height)
            .flat_map(|y| (0..self.area.width).map(move |x| (x, y)))
            .filter(|&(x, y)| self.pixel(x, y) != other.pixel(x, y))
            .collect();
        let left = different.iter().map(|at| at.0).min()?;
        let right = different.iter().map(|at| at.0).max()?;
        let top = different.iter().map(|at| at.1).min()?;
        let bottom = different.iter().map(|at| at.1).max()?;
        Some(Area {
            x: self.area.x + left,
            y: self.area.y + top,
            width: right - left + 1,
            height: bottom - top + 1,
        })
    }
}

impl Screen {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Keeps a picture of the whole screen as `NAME.png`.
    pub(crate) fn save(&self, name: &str) {
        let file = self.folder.join(format!("{name}.png"));
        run(Command::new("import").args(["-window", "root"]).arg(file));
    }

    /// A picture of a part of the screen.
    pub(crate) fn picture(&self, area: Area) -> Picture {
        let Area {
            x,
            y,
            width,
            height,
        } = area;
        let output = run(Command::new("import").args([
            "-window",
            "root",
            "-crop",
            &format!("{width}x{height}+{x}+{y}"),
            "-depth",
            "8",
            "rgb:-",
        ]));
        assert_eq!(output.stdout.len(), width * height * 3, "a whole picture");
        Picture {
            area,
            pixels: output.stdout,
        }
    }

    /// Clicks with the left (1) or right (3) button.
    pub(crate) fn click(&self, (x, y): (usize, usize), button: u8) {
        run(Command::new("xdotool").args([
            "mousemove",
            &x.to_string(),
            &y.to_string(),
            "click",
            &button.to_string(),
        ]));
    }

    /// Puts the pointer where it disturbs nothing.
    pub(crate) fn rest_pointer(&self) {
        run(Command::new("xdotool").args(["mousemove", "640", "400"]));
    }

    /// Presses a key for whoever has the focus.
    pub(crate) fn press(&self, key: &str) {
        run(Command::new("xdotool").args(["key", key]));
    }

    /// The visible windows that `xdotool search` finds by `how` (`--name`, `--class`) and `pattern`.
    pub(crate) fn windows(&self, how: &str, pattern: &str) -> Vec<Area> {
        let found = Command::new("xdotool")
            .args(["search", "--onlyvisible", how, pattern])
            .output()
            .expect("xdotool runs");
        String::from_utf8_lossy(&found.stdout)
            .lines()
            .filter_map(|id| self.geometry(id))
            .collect()
    }

    /// Where a window is; nothing if it has gone meanwhile.
    fn geometry(&self, id: &str) -> Option<Area> {
        let output = Command::new("xdotool")
            .args(["getwindowgeometry", "--shell", id])
            .output()
            .expect("xdotool runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.strip_prefix('=')?.parse().ok()
        };
        Some(Area {
            x: field("X")?,
            y: field("Y")?,
            width: field("WIDTH")?,
            height: field("HEIGHT")?,
        })
    }

    /// The panel's page, if it is in view.
    pub(crate) fn panel(&self) -> Option<Area> {
        self.windows("--name", "^Perch$").first().copied()
    }
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{} did not run: {error}", command.get_program().display());
    });
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
