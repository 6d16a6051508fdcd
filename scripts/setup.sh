#!/usr/bin/env bash
# Installs what is missing to build, run or test Perch, saying what and why.
#
#   scripts/setup.sh headless   build and run without a desktop
#   scripts/setup.sh desktop    build and run the tray and its panel
#   scripts/setup.sh test       all that `make test` uses: a private desktop, browsers, pictures
#
# Uses apt where there is one, with sudo where needed. Elsewhere it prints what to install and fails.
set -euo pipefail

NODE_NEEDED="20.19"

# What each package is for, per part. Debian and Ubuntu call them by the same names.
headless_packages() {
    cat <<'LIST'
build-essential  the C compiler that SQLite, libgit2 and TLS are built with
pkg-config       finds the libraries of this system
git              Perch reads repositories and makes commits with it
LIST
}

desktop_packages() {
    cat <<'LIST'
libwebkit2gtk-4.1-dev  the web view the panel is shown in
xdg-utils              opens links in your browser
LIST
}

test_packages() {
    cat <<'LIST'
xvfb                  a screen for the desktop tests
dbus                  their session bus
dbus-x11              lets programs find that bus
openbox               their window manager
xfce4-panel           shows the tray icon
xfce4-notifyd         shows toasts with buttons
gnome-keyring         keeps secrets as on a real desktop
libsecret-tools       looks at those secrets from outside
webkit2gtk-driver     drives the panel
prometheus            scrapes /metrics, and holds the series of tests
prometheus-alertmanager  raises their alerts
postgresql-15         the database whose schema is watched
curl                  asks it what it read
chromium              runs the panel in a browser
chromium-driver       drives that browser
xdotool               clicks on icon and toasts
imagemagick           takes pictures of the screen
default-jdk-headless  compiles the Java among the builds that must fail
golang-go             compiles and checks their Go, and asks a module proxy in tests of package ecosystems
python3-pip           asks a package index in those tests
python3-venv          holds the Python tools of scripts/test-tools.sh
shellcheck            reads their shell scripts
yamllint              reads their settings files
strace                kills Perch at each commit and send, to see what it makes of it
fonts-dejavu-core     letters on those pictures
adwaita-icon-theme    icons of the panel's host
LIST
}

packages_of() {
    case $1 in
        headless) headless_packages ;;
        desktop) headless_packages && desktop_packages ;;
        test) headless_packages && desktop_packages && test_packages ;;
        *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2 && exit 2 ;;
    esac
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

install_packages() {
    local missing=() name why
    while read -r name why; do
        installed "$name" && continue
        printf 'missing: %-22s %s\n' "$name" "$why"
        missing+=("$name")
    done
    [ ${#missing[@]} = 0 ] && return

    local root=()
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Neither root nor sudo. As root: apt-get install --no-install-recommends ${missing[*]}" >&2
            exit 1
        fi
        root=(sudo)
    fi
    echo "installing with apt: ${missing[*]}"
    "${root[@]}" apt-get update -q
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}"
}

without_apt() {
    local hint="" webview=""
    if command -v dnf >/dev/null; then
        [ "$1" = headless ] || webview=" webkit2gtk4.1-devel xdg-utils"
        hint="sudo dnf install gcc gcc-c++ make pkgconf git$webview"
    elif command -v pacman >/dev/null; then
        [ "$1" = headless ] || webview=" webkit2gtk-4.1 xdg-utils"
        hint="sudo pacman -S --needed base-devel git$webview"
    elif command -v zypper >/dev/null; then
        [ "$1" = headless ] || webview=" webkit2gtk3-devel xdg-utils"
        hint="sudo zypper install -t pattern devel_basis && sudo zypper install git$webview"
    fi
    if [ "$(uname -s)" != Linux ]; then
        command -v cc >/dev/null || { echo "No C compiler. On macOS: xcode-select --install" >&2 && exit 1; }
        [ "$1" != test ] || { echo "The desktop tests need Linux; \`make check\` runs here" >&2 && exit 1; }
        return
    fi
    if [ "$1" = test ]; then
        echo "The tests need a Debian or Ubuntu system; \`make check\` runs without" >&2
        exit 1
    fi
    command -v cc >/dev/null && command -v git >/dev/null &&
        { [ "$1" = headless ] || pkg-config --exists webkit2gtk-4.1; } && return
    echo "This system has no apt. Install what Perch is built with: ${hint:-a C compiler, git, WebKitGTK 4.1 with its headers}" >&2
    exit 1
}

need_rust() {
    command -v cargo >/dev/null && return
    echo "Rust is missing. Install it with rustup (stable), then run this again" >&2
    exit 1
}

need_node() {
    local found
    found=$(node --version 2>/dev/null | tr -d v) || true
    if [ -z "$found" ] || [ "$(printf '%s\n' "$NODE_NEEDED" "$found" | sort -V | head -1)" != "$NODE_NEEDED" ]; then
        echo "The panel is built with Node.js $NODE_NEEDED or newer, found: ${found:-none}. Install it, then run this again" >&2
        exit 1
    fi
}

part=${1:-}
list=$(packages_of "$part")
if command -v apt-get >/dev/null; then
    install_packages <<<"$list"
else
    without_apt "$part"
fi
need_rust
need_node
