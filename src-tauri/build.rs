//! Hands `tauri.conf.json`, capabilities and permissions to Tauri's build step, under feature `desktop` only.

fn main() {
    // The page is built in, here by Tauri's macro and by `serve`'s, neither of which cargo watches.
    println!("cargo:rerun-if-changed=ui/dist");
    // The panel is embedded from here; without it built, Perch says so instead of failing to compile.
    std::fs::create_dir_all("ui/dist").expect("the folder of the built panel can be made");
    #[cfg(feature = "desktop")]
    {
        let permissions = tauri_build::AppManifest::new()
            .permissions_path_pattern("./src-tauri/permissions/*.toml");
        let attributes = tauri_build::Attributes::new()
            .capabilities_path_pattern("./src-tauri/capabilities/**/*")
            .app_manifest(permissions);
        tauri_build::try_build(attributes)
            .expect("tauri.conf.json, capabilities and permissions fit together");
    }
}
