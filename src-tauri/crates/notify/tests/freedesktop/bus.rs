//! A session bus of a test's own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::skipped;

const CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=SOCKET</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A program that ends with this.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A bus that ends with this, on which nothing is started on demand.
pub(crate) struct Bus {
    pub(crate) address: String,
    folder: TempDir,
    daemon: Option<Running>,
}

impl Bus {
    /// Nothing, said so, where there is no `dbus-daemon`.
    pub(crate) fn start() -> Option<Self> {
        if program("dbus-daemon").is_none() {
            skipped("dbus-daemon is not installed");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("bus");
        let config = CONFIG.replace("SOCKET", &socket.to_string_lossy());
        std::fs::write(folder.path().join("bus.conf"), config).expect("a file");
        let mut bus = Self {
            address: String::new(),
            folder,
            daemon: None,
        };
        bus.restart();
        Some(bus)
    }

    /// Ends the bus, if it runs, and starts it at the same address.
    pub(crate) fn restart(&mut self) {
        self.daemon = None;
        let _ = std::fs::remove_file(self.folder.path().join("bus"));
        let mut command = Command::new("dbus-daemon");
        command
            .arg("--config-file")
            .arg(self.folder.path().join("bus.conf"));
        let (daemon, address) = daemon(&mut command);
        (self.daemon, self.address) = (Some(daemon), address);
    }
}

/// Starts a bus and waits for its address.
pub(crate) fn daemon(command: &mut Command) -> (Running, String) {
    let mut daemon = command
        .args(["--nofork", "--nopidfile", "--print-address=1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("dbus-daemon starts");
    let stdout = daemon.stdout.take().expect("it was asked for");
    let mut address = String::new();
    BufReader::new(stdout)
        .read_line(&mut address)
        .expect("an address");
    // The rest is an id, which a bus that is started anew no longer has.
    let (address, _id) = address.trim().split_once(",guid=").expect("both");
    (Running(daemon), address.to_owned())
}

/// Where the program is, if it is installed.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    ["/usr/bin", "/bin", "/usr/local/bin"]
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.exists())
}
