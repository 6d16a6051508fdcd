//! A real PostgreSQL of a test's own: a folder, a socket in it and nothing else, run by an ordinary user since the server
//! refuses root. It ends with its value.

use std::io::{BufRead as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// Where Debian and Ubuntu put the server's programs, a folder for each version.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// The user and group `nobody`, who own nothing else.
const NOBODY: u32 = 65_534;

/// A server that runs.
pub struct Postgres {
    folder: tempfile::TempDir,
    programs: PathBuf,
    server: Option<Child>,
}

impl Postgres {
    /// Starts a server with an empty database `postgres` and the roles that the API of Supabase has.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("pg")
            .tempdir_in("/tmp")
            .expect("a temporary folder can be made");
        let mut found = Self {
            folder,
            programs: programs(),
            server: None,
        };
        if is_root() {
            let folder = found.folder.path();
            chown(folder, Some(NOBODY), Some(NOBODY)).expect("root gives folders away");
        }
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(found.folder.path(), mode).expect("the folder is ours");
        let data = found.data();
        let made = found
            .program("initdb")
            .args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "-D",
            ])
            .arg(&data)
            .output()
            .expect("initdb runs");
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        found.run();
        found.sql(
            "CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE service_role BYPASSRLS;
             GRANT USAGE ON SCHEMA public TO anon, authenticated;
             ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated;
             CREATE SCHEMA auth;
             CREATE TABLE auth.users (id uuid PRIMARY KEY, email text);
             CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE SET search_path = '' AS 'SELECT NULL::uuid';
             CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE SET search_path = '' AS 'SELECT ''{}''::jsonb';
             GRANT USAGE ON SCHEMA auth TO anon, authenticated;",
        );
        found
    }

    /// Where it is, as a connection string of its owner.
    pub fn address(&self) -> String {
        self.address_of("postgres")
    }

    /// The same for another role.
    pub fn address_of(&self, role: &str) -> String {
        let socket = self.folder.path().to_string_lossy().replace('/', "%2F");
        format!("postgresql://{role}@{socket}/postgres")
    }

    /// Runs statements, each by itself; they must succeed.
    pub fn sql(&self, statements: &str) {
        let output = self.psql(statements, &["-v", "ON_ERROR_STOP=1"]);
        assert!(
            output.status.success(),
            "{statements}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Makes so many tables of eight columns, each with a key and an index.
    pub fn fill(&self, tables: usize) {
        let mut script = String::new();
        for number in 0..tables {
            script.push_str(&format!(
                "CREATE TABLE t{number} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent bigint,
                     name text NOT NULL, a int, b int, c date, d jsonb, e uuid);
                 CREATE INDEX ON t{number} (parent);"
            ));
            // A transaction of all of them would run out of locks.
            if number % 100 == 99 || number + 1 == tables {
                self.sql(&format!("BEGIN; {script} COMMIT;"));
                script.clear();
            }
        }
    }

    /// What a query answers: a line for each row, columns apart by `|`.
    pub fn ask(&self, query: &str) -> String {
        let output = self.psql(query, &["-v", "ON_ERROR_STOP=1", "-At"]);
        assert!(
            output.status.success(),
            "{query}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join(".s.PGSQL.5432")
    }

    /// Runs statements in a session that stays open.
    pub fn hold(&self, statements: &str) -> Held {
        let mut child = self
            .program("psql")
            .args([
                "-X", "-q", "-A", "-t", "-U", "postgres", "-d", "postgres", "-h",
            ])
            .arg(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("psql runs");
        let mut stdin = child.stdin.take().expect("it is piped");
        writeln!(stdin, "{statements};\n\\echo held").expect("it reads");
        let mut said = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        std::io::BufReader::new(stdout)
            .read_line(&mut said)
            .expect("it answers");
        assert_eq!(said.trim(), "held");
        Held {
            child,
            _stdin: stdin,
        }
    }

    /// Ends the server as if its machine had lost power; [`Postgres::run`] starts it again.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Starts the server over the data it has.
    pub fn run(&mut self) {
        let server = self
            .program("postgres")
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.folder.path())
            .args([
                "-F",
                "-c",
                "listen_addresses=",
                "-c",
                "autovacuum=off",
                "-c",
                "max_connections=20",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server runs");
        self.server = Some(server);
        for _ in 0..600 {
            if self.psql("SELECT 1", &[]).status.success() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("PostgreSQL did not start within 30 s");
    }

    fn psql(&self, input: &str, options: &[&str]) -> Output {
        let mut child = self
            .program("psql")
            .args(["-X", "-q", "-U", "postgres", "-d", "postgres", "-h"])
            .arg(self.folder.path())
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("psql runs");
        let mut stdin = child.stdin.take().expect("it is piped");
        // It may end before it has read all.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("psql ends")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of the server's, run by an ordinary user.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8");
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The programs of the newest version that is installed.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir(PROGRAMS).into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("postgres").exists())
        .collect();
    found.sort();
    let (_, bin) = found
        .pop()
        .expect("PostgreSQL is installed; if not, `scripts/setup.sh test` does it");
    bin
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt as _;
        own.uid() == 0
    })
}

/// A session that keeps what it locked until this ends.
pub struct Held {
    child: Child,
    _stdin: std::process::ChildStdin,
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
