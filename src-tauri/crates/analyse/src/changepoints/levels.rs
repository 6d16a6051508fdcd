//! Segments of one level each: the cheapest way to cut a series, by exact dynamic programming.
//!
//! The cost of a segment is the sum of squared distances from its mean; each cut has a price (Jackson et al., "An
//! algorithm for optimal partitioning of data on an interval", 2005). The price rises with the logarithm of the
//! length, as in Schwarz's criterion, and with the noise: some of it measured between neighbours, some of it the spread
//! of the whole, so that a season or a trend is not cut to pieces.

use super::f64_of;

/// Samples beyond this are taken together in blocks before cutting.
const LONGEST: usize = 2_000;

/// Cuts at most: who sees more sees noise.
const MOST: usize = 6;

/// The shortest level, in samples; a shorter one is a spike.
const SHORTEST: usize = 2;

/// What a cut costs, in units of the noise's variance and the logarithm of the length.
const PRICE: f64 = 3.0;

/// The indices of the first samples of each new level, ascending.
pub fn change_points(series: &[f64]) -> Vec<usize> {
    let (blocks, size) = in_blocks(series);
    let smooth = without_spikes(&blocks);
    let Some((scaled, spread)) = standardised(&smooth) else {
        return Vec::new();
    };
    let noise = noise(&blocks, spread);
    let price = |noise: f64| PRICE * noise * f64_of(scaled.len()).ln();
    let mut found = cuts(&scaled, price(noise));
    // What changes that often has no levels but a season: only what stands out of all of it counts.
    if found.len() == MOST {
        found = cuts(&scaled, price(noise.max(1.0)));
    }
    found
        .into_iter()
        .map(|at| refined(series, at * size, size))
        .collect()
}

/// The means of blocks so large that there are no more than [`LONGEST`], and their size.
fn in_blocks(series: &[f64]) -> (Vec<f64>, usize) {
    let size = series.len().div_ceil(LONGEST).max(1);
    let finite = |value: &f64| if value.is_finite() { *value } else { 0.0 };
    let blocks = series
        .chunks(size)
        .map(|block| block.iter().map(finite).sum::<f64>() / f64_of(block.len()))
        .collect();
    (blocks, size)
}

/// Medians of three neighbours: a single odd sample goes, a step stays where it is.
fn without_spikes(series: &[f64]) -> Vec<f64> {
    let median = |at: usize| {
        if at == 0 || at + 1 >= series.len() {
            return series[at];
        }
        let mut three = [series[at - 1], series[at], series[at + 1]];
        three.sort_by(f64::total_cmp);
        three[1]
    };
    (0..series.len()).map(median).collect()
}

/// With mean 0 and variance 1, and the standard deviation it had; nothing for what is too short or never changes.
fn standardised(series: &[f64]) -> Option<(Vec<f64>, f64)> {
    if series.len() < 2 * SHORTEST {
        return None;
    }
    let count = f64_of(series.len());
    let mean = series.iter().sum::<f64>() / count;
    let variance = series
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / count;
    let spread = variance.sqrt();
    let flat = spread <= 1e-9 * mean.abs().max(1e-9);
    let scaled = || series.iter().map(|value| (value - mean) / spread).collect();
    (!flat).then(|| (scaled(), spread))
}

/// The variance a cut is priced by: the geometric mean of what neighbours differ by and of the whole, which is 1.
fn noise(series: &[f64], spread: f64) -> f64 {
    let mut steps: Vec<f64> = series
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs() / spread)
        .collect();
    steps.sort_by(f64::total_cmp);
    let median = steps.get(steps.len() / 2).copied().unwrap_or(0.0);
    // For normal noise the median of absolute differences is 0.954 standard deviations.
    let local = (median / 0.954).powi(2);
    local.sqrt().clamp(0.25, 2.0)
}

/// The best cuts of `series`, each of which costs `price`.
fn cuts(series: &[f64], price: f64) -> Vec<usize> {
    let count = series.len();
    let mut sums = vec![(0.0, 0.0)];
    for value in series {
        let (sum, squares) = sums[sums.len() - 1];
        sums.push((sum + value, squares + value * value));
    }
    let cost = |from: usize, to: usize| {
        let sum = sums[to].0 - sums[from].0;
        (sums[to].1 - sums[from].1 - sum * sum / f64_of(to - from)).max(0.0)
    };
    // best[k][to]: the cost of the first `to` samples in k + 1 levels, and where the last begins.
    let mut best: Vec<Vec<(f64, usize)>> = vec![
        (0..=count)
            .map(|to| {
                if to < SHORTEST {
                    (f64::INFINITY, 0)
                } else {
                    (cost(0, to), 0)
                }
            })
            .collect(),
    ];
    for levels in 1..=MOST {
        let before = &best[levels - 1];
        let row = (0..=count)
            .map(|to| {
                ((levels * SHORTEST)..=to.saturating_sub(SHORTEST))
                    .map(|from| (before[from].0 + cost(from, to), from))
                    .min_by(|one, other| one.0.total_cmp(&other.0))
                    .unwrap_or((f64::INFINITY, 0))
            })
            .collect();
        best.push(row);
    }
    let priced = |levels: usize| best[levels][count].0 + price * f64_of(levels);
    let chosen = (0..=MOST)
        .min_by(|one, other| priced(*one).total_cmp(&priced(*other)))
        .unwrap_or(0);
    let (mut found, mut to) = (Vec::new(), count);
    for levels in (1..=chosen).rev() {
        to = best[levels][to].1;
        found.push(to);
    }
    found.reverse();
    found
}

/// The sample within a block of `size` on either side of `about` at which the level moves most.
fn refined(series: &[f64], about: usize, size: usize) -> usize {
    if size == 1 {
        return about;
    }
    let reach = 4 * size;
    let (from, to) = (
        about.saturating_sub(reach),
        (about + reach).min(series.len()),
    );
    let mean = |part: &[f64]| part.iter().sum::<f64>() / f64_of(part.len().max(1));
    (about.saturating_sub(size).max(from + 1)..(about + size).min(to))
        .max_by(|one, other| {
            let moved = |at: usize| {
                let weight = f64_of(at - from) * f64_of(to - at);
                (mean(&series[from..at]) - mean(&series[at..to])).abs() * weight.sqrt()
            };
            moved(*one).total_cmp(&moved(*other))
        })
        .unwrap_or(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels of `size` samples each, with a small noise that is the same every time.
    fn levels(levels: &[f64], size: usize, noise: f64) -> Vec<f64> {
        let mut state = 7_u32;
        levels
            .iter()
            .flat_map(|level| std::iter::repeat_n(*level, size))
            .map(|level| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                level + noise * (f64::from(state >> 16) / 32_768.0 - 1.0)
            })
            .collect()
    }

    #[test]
    fn a_level_that_moved_is_found_where_it_moved() {
        for (series, expected) in [
            (levels(&[50.0, 60.0], 15, 0.0), vec![15]),
            (levels(&[50.0, 60.0], 15, 2.0), vec![15]),
            (levels(&[10.0, 90.0, 20.0], 40, 5.0), vec![40, 80]),
            (levels(&[1.0, 1.2], 3_000, 0.05), vec![3_000]),
        ] {
            assert_eq!(change_points(&series), expected);
        }
    }

    #[test]
    fn noise_spikes_and_seasons_move_no_level() {
        let mut spike = levels(&[50.0], 60, 1.0);
        spike[30] = 500.0;
        let season: Vec<f64> = (0..240).map(|at| (f64::from(at) / 3.8).sin()).collect();
        for (what, series) in [
            Vec::new(),
            vec![1.0; 3],
            levels(&[7.0], 200, 0.0),
            levels(&[50.0], 200, 4.0),
            spike,
            season,
            vec![f64::NAN; 20],
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(change_points(&series), Vec::<usize>::new(), "{what}");
        }
    }
}
