//! The program.

#[cfg(feature = "desktop")]
fn main() {
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|_, _, _| {}))
        .run(tauri::generate_context!())
        .expect("runs");
}
#[cfg(not(feature = "desktop"))]
fn main() {}
