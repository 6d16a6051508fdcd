#!/usr/bin/env bash
# Runs a command inside a private desktop that is real but for its screen: X server, session bus, keyring,
# window manager, panel with a tray, toasts, and a WebDriver for web views.
#
#   scripts/desktop-session.sh COMMAND [ARGUMENT]...
#
# The command finds DISPLAY, the bus, HOME and the XDG folders of the private desktop in its environment, and
#   PERCH_WEBDRIVER  the driver's address, http://127.0.0.1:PORT
#   PERCH_E2E        an absolute folder for screenshots; the desktop's own logs are in its folder `session`
# Everything started here is ended at the end, by its process id. The exit code is the command's.
set -euo pipefail

NOTIFYD=/usr/lib/$(uname -m)-linux-gnu/xfce4/notifyd/xfce4-notifyd
PIDS=()

start() { # LOG COMMAND...: in the background, remembered for the end
    local log=$PERCH_E2E/session/$1.log
    shift
    "$@" >"$log" 2>&1 &
    PIDS+=($!)
}

stop_all() {
    local at
    for ((at = ${#PIDS[@]} - 1; at >= 0; at--)); do
        kill "${PIDS[at]}" 2>/dev/null || true
        wait "${PIDS[at]}" 2>/dev/null || true
    done
    PIDS=()
}

until_true() { # WHAT COMMAND...: waits up to 20 s
    local what=$1 tries=200
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        if [ "$tries" = 0 ]; then
            echo "desktop-session: $what did not come up; logs are in $PERCH_E2E/session" >&2
            exit 1
        fi
        sleep 0.1
    done
}

owned() {
    dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus /org/freedesktop/DBus \
        org.freedesktop.DBus.NameHasOwner "string:$1" | grep -q true
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

inside() {
    trap stop_all EXIT
    trap 'exit 130' INT TERM HUP

    # An empty password would leave the keyring without a default collection.
    start keyring bash -c \
        'printf "private desktop" | exec gnome-keyring-daemon --unlock --components=secrets --foreground'
    start openbox openbox
    start panel xfce4-panel --disable-wm-check
    start notifyd "$NOTIFYD"
    local port
    for _ in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 20000))
        listens "$port" || break
    done
    TAURI_AUTOMATION=true TAURI_WEBVIEW_AUTOMATION=true start webdriver WebKitWebDriver "--port=$port"
    export PERCH_WEBDRIVER=http://127.0.0.1:$port

    until_true "the keyring" owned org.freedesktop.secrets
    until_true "the toasts" owned org.freedesktop.Notifications
    until_true "the tray" owned org.kde.StatusNotifierWatcher
    until_true "the WebDriver" listens "$port"
    "$@"
}

channel() { # NAME: an xfconf channel's file from standard input
    local folder=$HOME/.config/xfce4/xfconf/xfce-perchannel-xml
    mkdir -p "$folder"
    {
        echo '<?xml version="1.0" encoding="UTF-8"?>'
        echo "<channel name=\"$1\" version=\"1.0\">"
        cat
        echo '</channel>'
    } >"$folder/$1.xml"
}

settings() {
    channel xfce4-panel <<'XML'
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="true"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=640;y=14"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="28"/>
      <property name="icon-size" type="uint" value="22"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
        <value type="int" value="2"/>
        <value type="int" value="3"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="tasklist"/>
    <property name="plugin-2" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-3" type="string" value="systray">
      <property name="icon-size" type="int" value="22"/>
      <property name="square-icons" type="bool" value="true"/>
    </property>
  </property>
XML
    # Toasts stand at the lower left until they are dealt with.
    channel xfce4-notifyd <<'XML'
  <property name="notify-location" type="uint" value="1"/>
  <property name="expire-timeout" type="int" value="-1"/>
  <property name="do-fadeout" type="bool" value="false"/>
  <property name="do-slideout" type="bool" value="false"/>
  <property name="initial-opacity" type="double" value="1.0"/>
  <property name="notification-log" type="bool" value="false"/>
XML
    channel xsettings <<'XML'
  <property name="Net" type="empty">
    <property name="ThemeName" type="string" value="Adwaita"/>
    <property name="IconThemeName" type="string" value="Adwaita"/>
  </property>
XML
}

outside() {
    if [ $# = 0 ]; then
        sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
        exit 2
    fi
    local target=${CARGO_TARGET_DIR:-target}
    [[ $target = /* ]] || target=$PWD/$target
    export PERCH_E2E=${PERCH_E2E:-$target/e2e}
    mkdir -p "$PERCH_E2E/session"

    # Not local: the trap looks at it after this function.
    private=$(mktemp -d)
    trap 'stop_all; rm -rf "$private"' EXIT
    trap 'exit 130' INT TERM HUP

    # Tools stay where they are; everything else of the user's stays out.
    export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
    export HOME=$private/home XDG_RUNTIME_DIR=$private/run
    mkdir -m 700 "$HOME" "$XDG_RUNTIME_DIR"
    unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_STATE_HOME WAYLAND_DISPLAY \
        DBUS_SESSION_BUS_ADDRESS GNOME_KEYRING_CONTROL SSH_AUTH_SOCK \
        CODE_REPO_API_KEY CODE_REPO_WEBHOOK_SECRET CODE_REPO_URL CODE_REPO_PROVIDER \
        GITHUB_TOKEN GITHUB_WEBHOOK_SECRET GITHUB_REPO_URL SUPABASE_URL SUPABASE_SERVICE_ROLE_KEY PERCH_HOME
    export GDK_BACKEND=x11 NO_AT_BRIDGE=1 XDG_CURRENT_DESKTOP=XFCE LIBGL_ALWAYS_SOFTWARE=1
    settings
    # As an installed package would have it.
    install -D -m 644 icons/128x128.png "$HOME/.local/share/icons/hicolor/128x128/apps/perch.png"

    Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp \
        3>"$private/display" >"$PERCH_E2E/session/xvfb.log" 2>&1 &
    PIDS+=($!)
    until_true "the X server" test -s "$private/display"
    export DISPLAY
    DISPLAY=:$(cat "$private/display")

    dbus-run-session -- bash "$0" --inside "$@"
}

if [ "${1:-}" = --inside ]; then
    shift
    inside "$@"
else
    outside "$@"
fi
