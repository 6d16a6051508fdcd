//! Answers what the page calls: what only the desktop knows here, everything else from the host.
//! What concerns the window alone never comes this far; see [`super::window`].

use perch_api::error::{ApiError, Code};
use serde_json::{Value, json};
use tauri::{AppHandle, Manager as _};

use super::{Shell, autostart, links};

/// Carries out `cmd`. Answers and errors are the api's JSON.
///
/// The desktop's own commands:
///
/// | command | payload | answer |
/// | --- | --- | --- |
/// | `link_open` | `{url}` | `{}`; https only |
/// | `autostart_get` | | `{enabled}` |
/// | `autostart_set` | `{enabled}` | `{enabled}` |
pub(super) async fn answer(app: &AppHandle, cmd: String, payload: Value) -> Result<Value, Value> {
    if let Some(answer) = own(app, &cmd, &payload) {
        return answer.map_err(|error| json_of(&error));
    }
    let call = app.state::<Shell>().host.call(cmd, payload);
    call.await
}

/// The error as it crosses the border.
pub(super) fn json_of(error: &ApiError) -> Value {
    serde_json::to_value(error).expect("an error of two strings is always JSON")
}

/// The switch `key` of what `cmd` was given.
pub(super) fn switch(cmd: &str, payload: &Value, key: &str) -> Result<bool, ApiError> {
    payload.get(key).and_then(Value::as_bool).ok_or_else(|| {
        ApiError::new(
            Code::Invalid,
            format!("`{cmd}` needs `{key}`: true or false"),
        )
    })
}

fn own(app: &AppHandle, cmd: &str, payload: &Value) -> Option<Result<Value, ApiError>> {
    let failed = |message: String| ApiError::new(Code::Failed, message);
    Some(match cmd {
        "link_open" => payload
            .get("url")
            .and_then(Value::as_str)
            .ok_or_else(|| "`link_open` needs `url`".to_owned())
            .and_then(links::open)
            .map(|()| json!({}))
            .map_err(|message| ApiError::new(Code::Invalid, message)),
        "autostart_get" => autostart::is_enabled(app)
            .map(|enabled| json!({ "enabled": enabled }))
            .map_err(failed),
        "autostart_set" => switch(cmd, payload, "enabled").and_then(|enabled| {
            autostart::set(app, enabled).map_err(failed)?;
            Ok(json!({ "enabled": enabled }))
        }),
        _ => return None,
    })
}
