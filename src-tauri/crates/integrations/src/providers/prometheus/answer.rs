//! The answer to a range query as series with their samples. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use perch_core::connection::Connection;
use perch_core::id::short_hash;
use perch_core::metric::{Sample, Samples, Series};
use serde_json::Value;

use crate::http::address::part;
use crate::payload::list;
use crate::series::{self, Query, SERIES};

/// Labels in a series' name at most.
const NAMED: usize = 3;

/// The series of a matrix, at most [`SERIES`], and how many there were.
pub(super) fn read(connection: &Connection, query: &Query, data: &Value) -> (Vec<Samples>, usize) {
    let all: Vec<&Value> = list(data, "/result").collect();
    let found = all
        .iter()
        .take(SERIES)
        .map(|one| samples(connection, query, one, all.len() > 1))
        .collect();
    (found, all.len())
}

fn samples(connection: &Connection, query: &Query, one: &Value, several: bool) -> Samples {
    let labels: BTreeMap<String, String> = one["metric"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != "__name__")
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    let told: Vec<String> = labels
        .iter()
        .filter(|(name, _)| several || !matches!(name.as_str(), "instance" | "job"))
        .take(NAMED)
        .map(|(name, value)| format!("{name}=\"{value}\""))
        .collect();
    let name = if told.is_empty() {
        query.name.clone()
    } else {
        format!("{} {{{}}}", query.name, told.join(", "))
    };
    let text = serde_json::to_string(&labels).unwrap_or_default();
    Samples {
        series: Series {
            key: short_hash(&format!("{}\n{text}", query.text), 16),
            name: name.chars().take(200).collect(),
            query: query.text.clone(),
            step: series::step(connection),
            better: series::better(connection, query),
            counter: is_counter(&query.text),
            url: Some(format!(
                "{}/graph?g0.expr={}&g0.tab=0&g0.range_input=6h",
                connection.base_url,
                part(&query.text)
            )),
            repository: series::repository(connection),
            labels,
        },
        samples: list(one, "/values").filter_map(sample).collect(),
    }
}

/// `[1700000000.5, "0.25"]`; what is no finite number is no sample.
fn sample(pair: &Value) -> Option<Sample> {
    let second = pair.get(0)?.as_f64()?;
    let value: f64 = pair.get(1)?.as_str()?.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "moments beyond the range are refused by the next line"
    )]
    let at = Timestamp::from_millisecond((second * 1_000.0) as i64).ok()?;
    value.is_finite().then_some(Sample { at, value })
}

/// True for a bare series by whose name convention it only grows.
fn is_counter(query: &str) -> bool {
    let (name, rest) = query.find('{').map_or((query, ""), |at| query.split_at(at));
    let plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_' || c == ':');
    let whole = rest.is_empty() || rest.ends_with('}');
    let grows = ["_total", "_count", "_sum", "_bucket"];
    plain && whole && grows.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use perch_core::id::{ConnectionId, UserId};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_number_is_no_sample_and_series_are_told_apart_by_their_labels() {
        let connection = Connection::new(
            ConnectionId::new("prometheus"),
            UserId::new("ada"),
            "prometheus",
            "http://127.0.0.1:9090",
        );
        let data = json!({"resultType": "matrix", "result": [
            {"metric": {"__name__": "latency", "service": "cart"}, "values": [
                [1_700_000_000, "0.5"], [1_700_000_060.25, "NaN"], [1_700_000_120, "+Inf"],
                [1_700_000_180, 3], ["x", "1"], [1_700_000_240, "1e-3"], []
            ]},
            {"metric": {"__name__": "latency", "service": "mail"}, "values": null},
        ]});
        let (found, count) = read(&connection, &Query::of("latency"), &data);
        assert_eq!(count, 2);
        assert_eq!(found[0].series.name, "latency {service=\"cart\"}");
        assert_ne!(found[0].series.key, found[1].series.key);
        let values: Vec<f64> = found[0].samples.iter().map(|one| one.value).collect();
        assert_eq!(values, [0.5, 0.001]);
        assert_eq!(found[1].samples, []);
    }

    #[test]
    fn only_a_bare_counter_is_one() {
        for (query, expected) in [
            ("requests_total", true),
            ("requests_total{job=\"a\"}", true),
            ("rate(requests_total[5m])", false),
            ("requests_total / 2", false),
            ("latency_seconds", false),
        ] {
            assert_eq!(is_counter(query), expected, "{query}");
        }
    }
}
