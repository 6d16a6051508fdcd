//! Perch in an office: behind a proxy that wants a login, in front of a forge whose certificate is by an authority of the
//! office's own. Each obstacle is told with what to do, and is gone once that was done.

use std::net::SocketAddr;

use perch_testkit::forge::{Forge, Speaks};
use perch_testkit::network::{AUTHORITY, Proxy, Tls};
use tokio::runtime::Runtime;

use crate::world::{World, wait_for};

const REPO: &str = "acme/api";
const HOST: &str = "forge.test";

struct Office {
    _runtime: Runtime,
    forge: Forge,
    tls: Tls,
    proxy: Proxy,
    login: String,
}

impl Office {
    fn open() -> Self {
        let runtime = Runtime::new().expect("threads can be had");
        // Assembled here, so that nothing in the source looks like a login.
        let login = ["ada", "lovelace"].join(":");
        let (forge, tls, proxy) = runtime.block_on(async {
            let forge = Forge::start_as(Speaks::Gitea).await;
            let address: SocketAddr = forge
                .base_url()
                .trim_start_matches("http://")
                .parse()
                .expect("an address");
            let tls = Tls::in_front_of(address, HOST).await;
            let proxy = Proxy::to(tls.address, &login).await;
            (forge, tls, proxy)
        });
        forge.with(|far| far.create(REPO));
        Self {
            _runtime: runtime,
            forge,
            tls,
            proxy,
            login,
        }
    }

    /// A machine there; `login` is what its user told the proxy's setting.
    fn machine(&self, login: Option<&str>) -> World {
        let login = login.map_or_else(String::new, |login| format!("{login}@"));
        let proxy = format!("http://{login}{}", self.proxy.address);
        World::new()
            .with("HTTPS_PROXY", &proxy)
            .with("NO_PROXY", "")
    }

    fn authority(&self, world: &World) -> String {
        let file = world.folder().join("office.pem");
        std::fs::write(&file, &self.tls.authority).expect("written");
        file.to_string_lossy().into_owned()
    }
}

fn connect(world: &World) {
    let base = format!("https://{HOST}");
    let arguments = ["connect", "gitea", REPO, "--base-url", &base];
    world.json_of_input(&arguments, "any\n");
}

/// The problem of the only connection, once it has one.
fn broken(world: &World) -> String {
    wait_for("the connection to be broken", || {
        let state = &world.json(&["status"])["connections"][0]["state"];
        (state["state"] == "broken").then(|| format!("{} {}", state["problem"], state["next_step"]))
    })
}

fn doctor(world: &World) -> (bool, String) {
    let output = world.perch(&["doctor"]);
    let said = String::from_utf8(output.stdout).expect("text");
    (output.status.success(), said)
}

#[test]
fn behind_a_proxy_with_a_login_an_authority_of_the_office_s_own_is_named_and_then_believed() {
    let office = Office::open();
    let world = office.machine(Some(&office.login));
    let served = world.serve(None).expect("it starts");
    connect(&world);
    let told = broken(&world);
    assert!(told.contains(AUTHORITY), "{told}");
    assert!(told.contains("`ca_file`"), "{told}");
    let (well, said) = doctor(&world);
    assert!(
        !well && said.contains(&format!("is by `{AUTHORITY}`")),
        "{said}"
    );

    let settings = world.perch(&["settings", "ca_file", "no-whole-path.pem"]);
    assert!(!settings.status.success());
    let file = office.authority(&world);
    world.says(&["settings", "ca_file", &file]);
    world.says(&["check"]);
    wait_for("the connection to be well", || {
        let status = world.json(&["status"]);
        (status["connections"][0]["state"]["state"] == "well").then_some(())
    });
    let (_, said) = doctor(&world);
    assert!(said.contains("acme/api: readable and writable"), "{said}");
    assert!(office.proxy.tunnels() > 0, "nothing went past the proxy");
    assert_eq!(office.proxy.refused(), 0);
    assert!(!office.forge.take_log().is_empty());

    // A file that is gone is told, and what was believed stays so until it can be read again.
    std::fs::remove_file(&file).expect("it was there");
    world.says(&["settings", "toasts", "false"]);
    let problems = world.json(&["status"])["problems"].to_string();
    assert!(problems.contains("`ca_file`"), "{problems}");
    assert!(served.quit().success());
}

#[test]
fn a_proxy_that_wants_a_login_is_told_with_where_to_put_it() {
    let office = Office::open();
    let world = office.machine(None);
    let served = world.serve(None).expect("it starts");
    connect(&world);
    let told = broken(&world);
    assert!(
        told.contains("proxy") && told.contains("HTTPS_PROXY"),
        "{told}"
    );
    let (well, said) = doctor(&world);
    assert!(!well && said.contains("asks for a login"), "{said}");
    assert!(office.proxy.refused() > 0);
    assert_eq!(office.proxy.tunnels(), 0);
    assert!(served.quit().success());
}
