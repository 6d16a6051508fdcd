#!/usr/bin/env bash
# Installs the .deb in a clean Debian, starts Perch there under a screen of its own, and removes it without a trace.
#
#   scripts/package-test.sh PACKAGE.deb
#
# The clean system is made by debootstrap from the mirror that apt here is set up for; it needs root and about 2 GB, and
# is deleted at the end. Perch runs in it as an ordinary user.
set -euo pipefail

package=$(realpath "$1")
[ "$(id -u)" = 0 ] || { echo "A clean system is made by root: sudo scripts/package-test.sh $1" >&2 && exit 1; }
command -v debootstrap >/dev/null || apt-get install -q -y --no-install-recommends debootstrap

. /etc/os-release
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -1)
root=$(mktemp -d)
inside() { chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }

clean_up() {
    umount -l "$root/dev/shm" "$root/dev/pts" "$root/proc" 2>/dev/null || true
    rm -rf "$root"
}
trap clean_up EXIT

say() { printf '== %s\n' "$1"; }

say "a clean $VERSION_CODENAME"
debootstrap --variant=minbase --include=xvfb,dbus-x11,ca-certificates,xdotool,procps \
    "$VERSION_CODENAME" "$root" "$mirror" >"$root.log" 2>&1 || { tail -20 "$root.log" >&2 && exit 1; }
rm -f "$root.log"
# What names the mirror and the way to it is the same here and there.
cp -a /etc/apt/. "$root/etc/apt/"
cp /etc/resolv.conf "$root/etc/resolv.conf"
[ ! -d /usr/local/share/ca-certificates ] || cp -a /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
mount -t proc proc "$root/proc"
mkdir -p "$root/dev/pts" "$root/dev/shm"
mount -t devpts devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
inside useradd --create-home ada
inside apt-get update -q >/dev/null

# All that a package and the ones it needs bring is told apart from what was there; the names of all files.
files() { (cd "$root" && find . -xdev -path ./proc -prune -o -path ./dev -prune -o -path ./tmp -prune -o -print | sort); }

say "what Perch needs, without it"
needs=$(dpkg-deb --field "$package" Depends | tr ',' '\n' | sed 's/([^)]*)//;s/|.*//' | xargs)
# shellcheck disable=SC2086 # a list of names
inside apt-get install -q -y --no-install-recommends $needs >/dev/null
before=$(files)

say "install"
cp "$package" "$root/tmp/perch.deb"
inside apt-get install -q -y --no-install-recommends /tmp/perch.deb >/dev/null
inside perch --version

say "start, look, quit"
cat >"$root/tmp/look.sh" <<'LOOK'
set -eu
export HOME=/home/ada XDG_RUNTIME_DIR=/tmp/run-ada
mkdir -p -m 700 "$XDG_RUNTIME_DIR"
cd "$HOME"
perch --hidden &
pid=$!
tries=100
until [ -S "$HOME/.local/share/perch/engine.sock" ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "perch did not start" >&2; exit 1; }
    kill -0 "$pid" || { echo "perch ended" >&2; exit 1; }
    sleep 0.2
done
perch status
# No tray shows here, so its window stands by itself.
timeout 30 xdotool search --sync --onlyvisible --name '^Perch$' >/dev/null
kill "$pid"
wait "$pid"
perch uninstall --yes
left=$(find "$HOME" -iname '*perch*')
[ -z "$left" ] || { printf 'left in the home folder:\n%s\n' "$left" >&2; exit 1; }
LOOK
inside su ada -c 'xvfb-run --auto-servernum dbus-run-session -- sh /tmp/look.sh'

say "remove"
inside apt-get purge -q -y perch >/dev/null
after=$(files)
# The package manager's own books, and what a user's session leaves of others.
left=$(comm -13 <(printf '%s\n' "$before") <(printf '%s\n' "$after") | grep -vE '^\./(var/(lib|cache|log)/|home/ada/)' || true)
named=$(cd "$root" && find . -xdev -path ./proc -prune -o -path ./tmp -prune -o -iname '*perch*' -print)
if [ -n "$left$named" ]; then
    printf 'left behind:\n%s\n%s\n' "$left" "$named" >&2
    exit 1
fi
echo "nothing is left"
