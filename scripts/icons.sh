#!/usr/bin/env bash
# Writes every committed icon from icons/src. Needs rsvg-convert (librsvg2-bin) and ImageMagick's convert.
set -euo pipefail
cd "$(dirname "$0")/../icons"

convert=/usr/bin/convert
command -v "$convert" >/dev/null || convert=convert
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

draw() { rsvg-convert --width "$2" --height "$2" "$1" --output "$3"; }

# The application.
draw src/app.svg 512 icon.png
draw src/app.svg 32 32x32.png
draw src/app.svg 128 128x128.png
draw src/app.svg 256 128x128@2x.png
for size in 16 24 32 48 64 256 512 1024; do draw src/app.svg "$size" "$work/$size.png"; done
draw src/app.svg 128 "$work/128.png"
"$convert" "$work"/{16,24,32,48,64,256}.png icon.ico

# The tray: panels of any colour at each size a panel asks for, and macOS templates at 18 points.
mkdir -p tray
for source in src/tray-*.svg; do
    state=$(basename "$source" .svg)
    state=${state#tray-}
    for size in 22 24 32 48; do
        rsvg-convert --stylesheet src/tray-panel.css --width "$size" --height "$size" "$source" \
            --output "tray/$state@$size.png"
    done
    for scale in 1 2; do
        name=tray/${state}Template
        [ "$scale" = 2 ] && name="$name@2x"
        rsvg-convert --stylesheet src/tray-template.css --width $((18 * scale)) --height $((18 * scale)) \
            "$source" --output "$name.png"
    done
done

# icon.icns: the word "icns", its whole length, then each PNG behind its four-letter type and length.
big_endian() { printf "\\x$(printf %02x $(($1 >> 24 & 255)))\\x$(printf %02x $(($1 >> 16 & 255)))\\x$(printf %02x $(($1 >> 8 & 255)))\\x$(printf %02x $(($1 & 255)))"; }
: >"$work/body"
for entry in icp4:16 icp5:32 ic07:128 ic08:256 ic09:512 ic10:1024 ic11:32 ic12:64 ic13:256 ic14:512; do
    picture=$work/${entry#*:}.png
    {
        printf '%s' "${entry%:*}"
        big_endian $(($(stat -c %s "$picture") + 8))
        cat "$picture"
    } >>"$work/body"
done
{
    printf icns
    big_endian $(($(stat -c %s "$work/body") + 8))
    cat "$work/body"
} >icon.icns
