//! Hands `tauri.conf.json` and the capabilities to Tauri's build step, under feature `desktop` only.

fn main() {
    #[cfg(feature = "desktop")]
    {
        let attributes = tauri_build::Attributes::new()
            .capabilities_path_pattern("./src-tauri/capabilities/**/*");
        tauri_build::try_build(attributes).expect("tauri.conf.json and src-tauri/capabilities fit together");
    }
}
