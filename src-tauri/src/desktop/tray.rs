//! The tray icon and its menu. Shows a [`Glance`]; touches of it go to the panel or the host.

mod icons;
mod menu;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
#[cfg(target_os = "linux")]
use std::time::Duration;

use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager as _, Wry};

use super::glance::Glance;
use super::goal::Goal;
use super::{Shell, on_main_thread, panel};
use menu::Menu;

/// How long a start at login waits for the desktop's panel to come up before it concludes that there is
/// none that shows icons.
#[cfg(target_os = "linux")]
const LOGIN: Duration = Duration::from_secs(20);
/// How long the answer takes where a panel is there.
#[cfg(target_os = "linux")]
const GLIMPSE: Duration = Duration::from_millis(300);

/// The icon as it stands, and what it shows. Managed from the start, so that a glance may come first.
pub(super) struct Tray(Mutex<Standing>);

struct Standing {
    icon: Option<(TrayIcon<Wry>, Menu)>,
    glance: Glance,
}

impl Tray {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Standing {
            icon: None,
            glance: Glance::starting(),
        }))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Standing) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Puts the icon up as soon as something shows it, and opens the panel if this launch asked for it, or if
/// it is the only way in.
#[cfg(target_os = "linux")]
pub(super) async fn stand(app: AppHandle) {
    use super::tray_host;

    let hidden = app.state::<Shell>().options.hidden;
    // The panel is told whether there is an icon, so that is found out first.
    let patience = if hidden { LOGIN } else { GLIMPSE };
    let mut host = Box::pin(tray_host::appears());
    let mut met = tokio::time::timeout(patience, &mut host).await;
    if matches!(met, Ok(Ok(()))) {
        on_main_thread(&app, put_up);
        if !hidden {
            on_main_thread(&app, |app| panel::open(app, Goal::Inbox));
        }
        return;
    }
    tracing::warn!(
        "nothing on this desktop shows tray icons; start Perch again to see its panel (on GNOME the \
         extension AppIndicator brings the icon)"
    );
    panel::open(&app, Goal::Inbox);
    if met.is_err() {
        met = Ok(host.await);
    }
    match met {
        Ok(Err(error)) => tracing::warn!(%error, "Perch goes on without a tray icon"),
        _ => on_main_thread(&app, put_up),
    }
}

/// Puts the icon up, which Windows and macOS always show, and opens the panel if this launch asked for it.
#[cfg(not(target_os = "linux"))]
pub(super) async fn stand(app: AppHandle) {
    on_main_thread(&app, put_up);
    if !app.state::<Shell>().options.hidden {
        on_main_thread(&app, |app| panel::open(app, Goal::Inbox));
    }
}

fn put_up(app: &AppHandle) {
    // A broken tray library panics instead of returning an error.
    let built = catch_unwind(AssertUnwindSafe(|| build(app)));
    let (icon, menu) = match built {
        Ok(Ok(built)) => built,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the tray icon could not be shown; Perch goes on without it");
            return;
        }
        Err(_) => {
            tracing::warn!("the tray icon could not be shown; Perch goes on without it");
            return;
        }
    };
    app.state::<Shell>().panel.set_tray(true);
    app.state::<Tray>().with(|standing| {
        // What was glanced at while no icon stood is not on it yet.
        let glance = std::mem::replace(&mut standing.glance, Glance::starting());
        standing.icon = Some((icon, menu));
        standing.show(glance);
    });
}

fn build(app: &AppHandle) -> tauri::Result<(TrayIcon<Wry>, Menu)> {
    let starting = Glance::starting();
    let menu = Menu::new(app)?;
    let icon = TrayIconBuilder::with_id("perch")
        .icon(icons::of(starting.state, icons::dense(app)))
        .icon_as_template(cfg!(target_os = "macos"))
        .title(if cfg!(target_os = "macos") {
            ""
        } else {
            "Perch"
        })
        .tooltip(&starting.tooltip)
        .menu(menu.whole())
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| menu::chosen(app, event.id().as_ref()))
        .on_tray_icon_event(|icon, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                position,
                ..
            } = event
            {
                let app = icon.app_handle();
                panel::toggle(app, clicked_at(app, position));
            }
        })
        .build(app)?;
    Ok((icon, menu))
}

/// Where the click was in logical pixels; nothing where the tray does not say.
fn clicked_at(app: &AppHandle, position: tauri::PhysicalPosition<f64>) -> Option<(i32, i32)> {
    if position.x == 0.0 && position.y == 0.0 {
        return None;
    }
    let monitor = app
        .monitor_from_point(position.x, position.y)
        .ok()
        .flatten();
    let scale = monitor.map_or(1.0, |monitor| monitor.scale_factor());
    let point = position.to_logical::<i32>(scale);
    Some((point.x, point.y))
}

/// Shows `glance`, now or as soon as the icon stands.
pub(super) fn show(app: &AppHandle, glance: Glance) {
    on_main_thread(app, move |app| {
        app.state::<Tray>().with(|standing| standing.show(glance));
    });
}

impl Standing {
    /// Changes what differs and nothing else: each change is a message to every tray host.
    fn show(&mut self, glance: Glance) {
        if let Some((icon, menu)) = &mut self.icon {
            let shown = (|| {
                if glance.state != self.glance.state {
                    icon.set_icon_with_as_template(
                        Some(icons::of(glance.state, icons::dense(icon.app_handle()))),
                        cfg!(target_os = "macos"),
                    )?;
                }
                if glance.tooltip != self.glance.tooltip {
                    icon.set_tooltip(Some(&glance.tooltip))?;
                }
                menu.show(icon.app_handle(), &self.glance, &glance)
            })();
            if let Err(error) = shown {
                tracing::warn!(%error, "the tray icon shows an old state");
            }
        }
        self.glance = glance;
    }
}
