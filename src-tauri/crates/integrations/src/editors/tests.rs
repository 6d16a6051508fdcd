//! Which editor is chosen and with what words, against folders of programs that write down what they were given.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;

use super::*;

/// A machine with these programs; each writes its words, one a line, to `said` beside it.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn with(programs: &[&str]) -> Self {
        let machine = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        let bin = machine.path("bin");
        fs::create_dir_all(&bin).expect("made");
        fs::create_dir_all(machine.path("clone/src")).expect("made");
        for name in programs {
            let program = bin.join(name);
            let said = machine.path("said");
            let script = format!(
                "#!/bin/sh\nfor word in \"$0\" \"$@\"; do printf '%s\\n' \"${{word##*/bin/}}\"; done > {0}.new\nmv {0}.new {0}\n",
                said.display()
            );
            fs::write(&program, script).expect("written");
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("set");
        }
        machine
    }

    fn path(&self, within: &str) -> PathBuf {
        self.folder.path().join(within)
    }

    fn editors(&self, editor: Option<&str>) -> Editors {
        Editors::new(Surroundings {
            path: vec![self.path("bin")],
            home: Some(self.path("home")),
            local_programs: None,
            editor: editor.map(str::to_owned),
            terminal: None,
            display: true,
        })
    }

    /// The words of what would be started, without folders.
    fn words(&self, editors: &Editors, wanted: &str, line: Option<u32>) -> String {
        let (root, file) = (self.path("clone"), self.path("clone/src/main.rs"));
        let spot = Spot {
            root: &root,
            file: &file,
            line,
        };
        match editors.command(wanted, spot) {
            Err(error) => error.to_string(),
            Ok(command) => {
                let words: Vec<String> = command
                    .words
                    .iter()
                    .map(|word| word.to_string_lossy().into_owned())
                    .collect();
                let root = format!("{}/", self.folder.path().display());
                words.join(" ").replace(&root, "").replace("bin/", "")
            }
        }
    }
}

#[test]
fn each_editor_is_told_the_line_in_its_own_manner() {
    let file = "clone/src/main.rs";
    for (program, id, words) in [
        ("code", "vscode", format!("code --goto {file}:7")),
        (
            "com.visualstudio.code",
            "vscode",
            format!("com.visualstudio.code --goto {file}:7"),
        ),
        ("codium", "vscodium", format!("codium --goto {file}:7")),
        ("cursor", "cursor", format!("cursor --goto {file}:7")),
        (
            "rustrover",
            "jetbrains",
            format!("rustrover --line 7 {file}"),
        ),
        ("zeditor", "zed", format!("zeditor {file}:7")),
        ("subl", "sublime", format!("subl {file}:7")),
    ] {
        let machine = Machine::with(&[program]);
        let editors = machine.editors(None);
        assert_eq!(machine.words(&editors, id, Some(7)), words);
        // The only one there is the one that is found by itself.
        assert_eq!(machine.words(&editors, AUTO, Some(7)), words);
        let found: Vec<&str> = editors
            .known()
            .iter()
            .filter(|one| one.found)
            .map(|one| one.id)
            .collect();
        assert_eq!(found, [id]);
    }
}

#[test]
fn what_the_environment_names_comes_first_and_gets_a_terminal_where_it_needs_one() {
    let machine = Machine::with(&[
        "code",
        "zed",
        "nvim",
        "hx",
        "xterm",
        "kitty",
        "gnome-terminal",
    ]);
    let file = "clone/src/main.rs";
    for (environment, wanted, words) in [
        (Some("zed --wait"), AUTO, format!("zed {file}:7")),
        (Some("/nowhere/code"), AUTO, format!("code --goto {file}:7")),
        (Some("nvim -p"), AUTO, format!("code --goto {file}:7")),
        (
            Some("nvim -p"),
            ENVIRONMENT,
            format!("kitty nvim -p +7 {file}"),
        ),
        (Some("hx"), ENVIRONMENT, format!("kitty hx {file}:7")),
        (Some("zed --wait"), ENVIRONMENT, format!("zed {file}:7")),
    ] {
        let editors = machine.editors(environment);
        assert_eq!(
            machine.words(&editors, wanted, Some(7)),
            words,
            "{environment:?}"
        );
    }
    let mut editors = machine.editors(Some("nvim"));
    editors.surroundings.terminal = Some("gnome-terminal --wait".into());
    assert_eq!(
        machine.words(&editors, ENVIRONMENT, None),
        format!("gnome-terminal --wait -- nvim {file}")
    );
    let alone = Machine::with(&["vim", "xterm"]);
    assert_eq!(
        alone.words(&alone.editors(Some("vim")), AUTO, Some(2)),
        format!("xterm -e vim +2 {file}")
    );
}

#[test]
fn a_project_is_opened_in_the_editor_it_is_marked_for() {
    let machine = Machine::with(&["code", "idea"]);
    let editors = machine.editors(None);
    assert!(machine.words(&editors, AUTO, None).starts_with("code "));
    fs::create_dir(machine.path("clone/.idea")).expect("made");
    assert!(machine.words(&editors, AUTO, None).starts_with("idea "));
}

#[test]
fn what_is_not_there_is_said_with_what_to_do() {
    let machine = Machine::with(&["vim", "xterm"]);
    let mut editors = machine.editors(None);
    for (wanted, words) in [
        (
            AUTO,
            "no editor was found on this machine; install one, or set $VISUAL and start Perch again",
        ),
        (
            "zed",
            "Zed was not found on this machine; choose another editor in the settings",
        ),
        (
            ENVIRONMENT,
            "an editor in $VISUAL or $EDITOR was not found on this machine; choose another editor in the settings",
        ),
    ] {
        assert_eq!(machine.words(&editors, wanted, None), words);
    }
    // Without a screen neither a window nor a terminal would show.
    editors.surroundings.editor = Some("vim".into());
    editors.surroundings.display = false;
    assert!(
        machine
            .words(&editors, AUTO, None)
            .starts_with("no editor was found")
    );
}

#[test]
fn a_file_whose_name_means_ill_reaches_the_editor_as_one_word() {
    let machine = Machine::with(&["code"]);
    let root = machine.path("clone");
    for name in [
        "a b.rs",
        "$(touch owned).rs",
        "; touch owned; .rs",
        "--help",
        "`id`'\".rs",
    ] {
        let file = root.join(name);
        let spot = Spot {
            root: &root,
            file: &file,
            line: Some(3),
        };
        assert_eq!(machine.editors(None).open("vscode", spot), Ok("VS Code"));
        let said = read_when_there(&machine.path("said"));
        assert_eq!(
            said,
            format!("code\n--goto\n{}:3\n", file.display()),
            "{name}"
        );
        fs::remove_file(machine.path("said")).expect("removed");
    }
    assert!(!root.join("owned").exists());
}

#[test]
fn an_editor_that_gives_up_at_once_is_told() {
    let machine = Machine::with(&["code"]);
    fs::write(machine.path("bin/code"), "#!/bin/sh\nexit 3\n").expect("written");
    let root = machine.path("clone");
    let spot = Spot {
        root: &root,
        file: &root,
        line: None,
    };
    let error = machine
        .editors(None)
        .open("vscode", spot)
        .expect_err("it fails");
    assert_eq!(
        error.to_string(),
        "VS Code did not open: it ended at once with exit status: 3"
    );
}

fn read_when_there(path: &Path) -> String {
    for _ in 0..500 {
        if let Ok(text) = fs::read_to_string(path) {
            return text;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("the editor was not started")
}
