//! A regression over terms and signs that starts from general knowledge and moves as far as the lessons carry it.
//!
//! Maximum entropy with a Gaussian prior, by accelerated gradient steps (Nesterov 1983). Deterministic.

use super::lexicon;
use super::signs::{self, Signs};
use super::terms::Row;
use super::{LABELS, Label};

/// How far weights of terms may move: the variance of the prior.
const FREEDOM: f32 = 3.0;
/// Signs are many, dense and speak for themselves: they move the less.
const SIGN_SCALE: f32 = 0.1;
const STEPS: usize = 200;

type Scores = [f32; LABELS.len()];

/// What was learnt: for each column what it adds to each label. The last column stands for how common a label is.
pub(super) struct Weights {
    columns: Vec<Scores>,
    terms: usize,
}

impl Weights {
    /// Learns from as many rows, signs and labels; rows have `terms` columns.
    pub(super) fn learn(rows: &[Row], signs: &[Signs], labels: &[Label], terms: usize) -> Self {
        let rows: Vec<Row> = rows
            .iter()
            .zip(signs)
            .map(|(row, signs)| with_signs(row.clone(), signs, terms))
            .collect();
        let prior = prior(terms);
        let pull = 1.0 / (FREEDOM * count(rows.len()));
        let step = 1.0 / (0.5 * steepest(&rows, prior.len()) + pull);
        let momentum = {
            let slow = (pull * step).sqrt();
            (1.0 - slow) / (1.0 + slow)
        };
        let mut weights = prior.clone();
        let mut ahead = prior.clone();
        for _ in 0..STEPS {
            let slope = slope(&rows, labels, &ahead);
            for (column, weights) in weights.iter_mut().enumerate() {
                for label in 0..LABELS.len() {
                    let here = ahead[column][label];
                    let pulled = pull * (here - prior[column][label]);
                    let next = here - step * (slope[column][label] + pulled);
                    ahead[column][label] = next + momentum * (next - weights[label]);
                    weights[label] = next;
                }
            }
        }
        Self {
            columns: weights,
            terms,
        }
    }

    /// A score for each label.
    pub(super) fn scores(&self, row: &Row, signs: &Signs) -> Scores {
        score(&with_signs(row.clone(), signs, self.terms), &self.columns)
    }
}

/// Scores as probabilities.
pub(super) fn shares(scores: Scores) -> Scores {
    let highest = scores.iter().copied().fold(f32::MIN, f32::max);
    let raised = scores.map(|score| (score - highest).exp());
    let sum: f32 = raised.iter().sum();
    raised.map(|one| one / sum)
}

/// `row` with the signs, and a column that is always there, behind its terms.
fn with_signs(mut row: Row, signs: &Signs, terms: usize) -> Row {
    let first = u32::try_from(terms).unwrap_or(u32::MAX);
    let mut column = first;
    for strength in &signs.0 {
        row.push((column, strength * SIGN_SCALE));
        column += 1;
    }
    row.push((column, 1.0));
    row
}

fn prior(terms: usize) -> Vec<Scores> {
    let mut prior = vec![[0.0; LABELS.len()]; terms];
    prior.extend(
        lexicon::signs()
            .iter()
            .map(|sign| signs::weight(sign).map(|weight| weight / SIGN_SCALE)),
    );
    prior.push([0.0; LABELS.len()]);
    prior
}

fn score(row: &Row, columns: &[Scores]) -> Scores {
    let mut scores = [0.0; LABELS.len()];
    for (column, value) in row {
        for (score, weight) in scores.iter_mut().zip(columns[*column as usize]) {
            *score += value * weight;
        }
    }
    scores
}

/// How the mean loss changes with each weight.
fn slope(rows: &[Row], labels: &[Label], columns: &[Scores]) -> Vec<Scores> {
    let mut slope = vec![[0.0; LABELS.len()]; columns.len()];
    let each = 1.0 / count(rows.len());
    for (row, label) in rows.iter().zip(labels) {
        let mut wrong = shares(score(row, columns));
        for (wrong, of) in wrong.iter_mut().zip(LABELS) {
            *wrong = (*wrong - f32::from(u8::from(of == *label))) * each;
        }
        for (column, value) in row {
            for (slope, wrong) in slope[*column as usize].iter_mut().zip(wrong) {
                *slope += value * wrong;
            }
        }
    }
    slope
}

/// The greatest curvature of the mean of squares of `rows`, by power iteration, a little above.
fn steepest(rows: &[Row], columns: usize) -> f32 {
    let mut direction = vec![1.0_f32; columns];
    let mut length = 1.0;
    for _ in 0..12 {
        let norm = direction.iter().map(|one| one * one).sum::<f32>().sqrt();
        let mut next = vec![0.0; columns];
        for row in rows {
            let along: f32 = row
                .iter()
                .map(|(column, value)| value * direction[*column as usize] / norm)
                .sum();
            for (column, value) in row {
                next[*column as usize] += along * value / count(rows.len());
            }
        }
        length = next.iter().map(|one| one * one).sum::<f32>().sqrt();
        direction = next;
    }
    length.max(f32::EPSILON) * 1.1
}

#[expect(clippy::cast_precision_loss, reason = "at most thousands of lessons")]
fn count(rows: usize) -> f32 {
    rows as f32
}
