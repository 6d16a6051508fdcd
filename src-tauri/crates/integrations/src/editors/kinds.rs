//! What is known of each editor and terminal: its programs, and how a line is named to it.

use std::ffi::OsString;

use perch_core::seam::editor::Spot;

use super::with_line;

/// An editor with windows of its own.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its id in the settings.
    pub(super) id: &'static str,
    /// Its name.
    pub(super) name: &'static str,
    /// Its programs, the likeliest first; names in the manner of Flatpak too.
    pub(super) programs: &'static [&'static str],
    /// Where it is besides the usual places: `~` is the home folder, `%` where Windows installs for one user.
    pub(super) elsewhere: &'static [&'static str],
    /// What in a project's root says that it is worked on with this one.
    pub(super) marks: &'static [&'static str],
    /// How it is told a line.
    pub(super) manner: Manner,
}

/// How an editor is told a file and a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// `--goto FILE:LINE`
    Goto,
    /// `FILE:LINE`
    Colon,
    /// `--line LINE FILE`
    Line,
    /// `+LINE FILE`
    Plus,
}

impl Manner {
    /// The words for `spot`.
    pub(super) fn words(self, spot: Spot<'_>) -> Vec<OsString> {
        let file = || spot.file.as_os_str().to_owned();
        match (self, spot.line) {
            (Self::Goto, line) => vec!["--goto".into(), with_line(spot.file, line)],
            (Self::Colon, line) => vec![with_line(spot.file, line)],
            (Self::Line, Some(line)) => vec!["--line".into(), line.to_string().into(), file()],
            (Self::Plus, Some(line)) => vec![format!("+{line}").into(), file()],
            (Self::Line | Self::Plus, None) => vec![file()],
        }
    }
}

/// Every editor with windows, the commonest first.
pub(super) const ALL: &[Kind] = &[
    Kind {
        id: "vscode",
        name: "VS Code",
        programs: &["code", "com.visualstudio.code", "code-insiders"],
        elsewhere: &[
            "/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code",
            "%/Programs/Microsoft VS Code/bin/code.cmd",
        ],
        marks: &[".vscode"],
        manner: Manner::Goto,
    },
    Kind {
        id: "cursor",
        name: "Cursor",
        programs: &["cursor"],
        elsewhere: &[
            "/Applications/Cursor.app/Contents/Resources/app/bin/cursor",
            "%/Programs/cursor/resources/app/bin/cursor.cmd",
        ],
        marks: &[".cursor"],
        manner: Manner::Goto,
    },
    Kind {
        id: "vscodium",
        name: "VSCodium",
        programs: &["codium", "vscodium", "com.vscodium.codium"],
        elsewhere: &[
            "/Applications/VSCodium.app/Contents/Resources/app/bin/codium",
            "%/Programs/VSCodium/bin/codium.cmd",
        ],
        marks: &[],
        manner: Manner::Goto,
    },
    Kind {
        id: "jetbrains",
        name: "JetBrains",
        programs: &[
            "idea",
            "pycharm",
            "webstorm",
            "rustrover",
            "goland",
            "clion",
            "phpstorm",
            "rubymine",
            "rider",
            "intellij-idea-ultimate",
            "intellij-idea-community",
            "pycharm-professional",
            "pycharm-community",
            "studio",
        ],
        elsewhere: &[
            "/Applications/IntelliJ IDEA.app/Contents/MacOS/idea",
            "/Applications/PyCharm.app/Contents/MacOS/pycharm",
            "/Applications/WebStorm.app/Contents/MacOS/webstorm",
        ],
        marks: &[".idea"],
        manner: Manner::Line,
    },
    Kind {
        id: "zed",
        name: "Zed",
        programs: &["zed", "zeditor", "zedit", "dev.zed.Zed"],
        elsewhere: &["/Applications/Zed.app/Contents/MacOS/cli"],
        marks: &[".zed"],
        manner: Manner::Colon,
    },
    Kind {
        id: "sublime",
        name: "Sublime Text",
        programs: &["subl", "sublime_text", "com.sublimetext.three"],
        elsewhere: &[
            "/opt/sublime_text/sublime_text",
            "/Applications/Sublime Text.app/Contents/SharedSupport/bin/subl",
            "C:/Program Files/Sublime Text/subl.exe",
        ],
        marks: &[],
        manner: Manner::Colon,
    },
];

/// How an editor that lives in a terminal is told a line, by its program.
pub(super) fn in_terminal(program: &str) -> Manner {
    match program {
        "hx" | "helix" => Manner::Colon,
        _ => Manner::Plus,
    }
}

/// Terminals, and the words of each after which a command stands: the desktop's choice first.
pub(super) const TERMINALS: &[(&str, &[&str])] = &[
    ("xdg-terminal-exec", &[]),
    ("x-terminal-emulator", &["-e"]),
    ("ghostty", &["-e"]),
    ("kitty", &[]),
    ("alacritty", &["-e"]),
    ("foot", &[]),
    ("wezterm", &["start", "--"]),
    ("konsole", &["-e"]),
    ("gnome-terminal", &["--"]),
    ("ptyxis", &["--"]),
    ("kgx", &["--"]),
    ("xfce4-terminal", &["-x"]),
    ("wt", &[]),
    ("xterm", &["-e"]),
];
