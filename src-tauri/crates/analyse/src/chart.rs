//! Small charts: a series with the place where its level moved, as SVG and as a line of characters. Pure.

use std::fmt::Write as _;

use jiff::Timestamp;
use perch_core::metric::{Regression, Sample};

/// Width and height of the picture, in pixels.
const SIZE: (f64, f64) = (480.0, 96.0);

/// Room above and below the line.
const ROOM: f64 = 8.0;

/// Gray that is read on white and on black.
const QUIET: &str = "#8a8f98";

/// Red that is.
const LOUD: &str = "#d9534f";

/// Letters of a line of characters, low to high.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Characters of such a line at most.
const LINE: usize = 48;

/// The samples of a regression as a picture: before in gray, since in red, the two levels dashed. It holds shapes and
/// numbers only, no text of strangers.
pub(crate) fn svg(regression: &Regression) -> String {
    let (width, height) = SIZE;
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" fill=\"none\">"
    );
    let samples = &regression.samples;
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return picture + "</svg>";
    };
    let (low, high) = range(samples);
    let across = last.at.duration_since(first.at).as_secs_f64().max(1.0);
    let x = |at: Timestamp| at.duration_since(first.at).as_secs_f64() / across * width;
    let y = |value: f64| height - ROOM - (value - low) / (high - low) * (height - 2.0 * ROOM);
    let bad = x(regression.first_bad).clamp(0.0, width);
    let levels = [
        (regression.before.median, 0.0, bad, QUIET),
        (regression.after.median, bad, width, LOUD),
    ];
    for (level, from, to, colour) in levels {
        let y = y(level.clamp(low, high));
        let _ = write!(
            picture,
            "<path d=\"M{from:.1} {y:.1}H{to:.1}\" stroke=\"{colour}\" stroke-dasharray=\"4 4\" opacity=\"0.7\"/>"
        );
    }
    let _ = write!(
        picture,
        "<path d=\"M{bad:.1} 0V{height}\" stroke=\"{LOUD}\" opacity=\"0.35\"/>"
    );
    let split = samples.partition_point(|sample| sample.at < regression.first_bad);
    // The last good sample joins both parts.
    let parts = [
        (&samples[..split], QUIET),
        (&samples[split.saturating_sub(1)..], LOUD),
    ];
    for (part, colour) in parts {
        let mut path = String::new();
        for (number, sample) in part.iter().enumerate() {
            let letter = if number == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{:.1} {:.1}", x(sample.at), y(sample.value));
        }
        let _ = write!(
            picture,
            "<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"1.5\" stroke-linejoin=\"round\"/>"
        );
    }
    picture + "</svg>"
}

/// The same as one line, for where no pictures are shown.
pub(crate) fn line(samples: &[Sample]) -> String {
    let (low, high) = range(samples);
    let size = samples.len().div_ceil(LINE).max(1);
    samples
        .chunks(size)
        .map(|part| {
            let most = part.iter().map(|one| one.value).fold(f64::MIN, f64::max);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of seven is a small whole number"
            )]
            let bar = ((most - low) / (high - low) * 7.0).round().clamp(0.0, 7.0) as usize;
            BARS[bar]
        })
        .collect()
}

/// The least and the greatest value, never the same.
fn range(samples: &[Sample]) -> (f64, f64) {
    let values = || samples.iter().map(|sample| sample.value);
    let low = values().fold(f64::INFINITY, f64::min);
    let high = values().fold(f64::NEG_INFINITY, f64::max);
    if !low.is_finite() || !high.is_finite() {
        return (0.0, 1.0);
    }
    let least = (high.abs().max(low.abs()) * 1e-6).max(f64::MIN_POSITIVE);
    if high - low < least {
        (low - 0.5, high + 0.5)
    } else {
        (low, high)
    }
}

/// A number with three digits that count.
pub(crate) fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".into();
    }
    let size = value.abs();
    let (scaled, unit) = match size {
        1e9.. => (value / 1e9, "G"),
        1e6.. => (value / 1e6, "M"),
        1e4.. => (value / 1e3, "k"),
        _ => (value, ""),
    };
    if size < 1e-3 {
        return format!("{value:.2e}");
    }
    let digits = match scaled.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        0.1.. => 3,
        0.01.. => 4,
        _ => 5,
    };
    let text = format!("{scaled:.digits$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{text}{unit}")
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_short_and_keep_what_counts() {
        for (value, expected) in [
            (0.0, "0"),
            (0.000_12, "1.20e-4"),
            (0.043_21, "0.0432"),
            (0.2, "0.2"),
            (12.345, "12.3"),
            (1_234.5, "1234"),
            (52_300.0, "52.3k"),
            (-3_200_000.0, "-3.2M"),
        ] {
            assert_eq!(number(value), expected);
        }
    }
}
