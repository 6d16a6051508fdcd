//! `deliveries`: raw bytes, compressed, until they age out.

use std::io::Read;

use jiff::Timestamp;
use perch_core::delivery::{Delivery, Door, NewDelivery};
use perch_core::id::{ConnectionId, DeliveryId, UserId};
use perch_core::seam::delivery_log::Receipt;
use rusqlite::{Connection, Row, params};

use super::columns::{id, millis, row, rows, timestamp, to_word, word};
use crate::db::StoreError;

/// A delivery ready to be stored. The writer's thread is everybody's, so the body is compressed before it.
#[derive(Debug, Clone)]
pub struct Packed {
    delivery: Delivery,
    body: Vec<u8>,
}

impl From<Delivery> for Packed {
    fn from(delivery: Delivery) -> Self {
        let body = pack(&delivery.message.body);
        Self { delivery, body }
    }
}

/// Stores a delivery, or finds the one its sender sent before.
pub fn insert(
    connection: &Connection,
    Packed { delivery, body }: &Packed,
    baseline: bool,
) -> Result<Receipt, StoreError> {
    let message = &delivery.message;
    let added = connection
        .prepare_cached(
            "INSERT INTO deliveries
                (id, user_id, connection_id, door, kind, external_id, body, received_at, baseline, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'received')
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            delivery.id.to_string(),
            delivery.user_id.as_str(),
            delivery.connection_id.as_str(),
            to_word(&message.door),
            message.kind,
            message.external_id,
            body,
            millis(delivery.received_at),
            baseline,
        ])?;
    if added == 1 {
        return Ok(Receipt {
            id: delivery.id,
            repeat: false,
        });
    }
    let known = row(
        connection,
        "SELECT id FROM deliveries WHERE id = ?1 OR (connection_id = ?2 AND external_id = ?3)",
        params![
            delivery.id.to_string(),
            delivery.connection_id.as_str(),
            message.external_id
        ],
        |row| id(row, "id", "delivery"),
    )?;
    Ok(Receipt {
        id: known.unwrap_or(delivery.id),
        repeat: true,
    })
}

/// A delivery that has not been read yet.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The delivery.
    pub delivery: Delivery,
    /// True when it tells what was there at the first look.
    pub baseline: bool,
}

/// The oldest unread deliveries of a user, at most `limit`.
pub fn waiting(
    connection: &Connection,
    user: &UserId,
    limit: u32,
) -> Result<Vec<Waiting>, StoreError> {
    rows(
        connection,
        "SELECT * FROM deliveries WHERE user_id = ?1 AND state = 'received' ORDER BY rowid LIMIT ?2",
        params![user.as_str(), limit],
        |row| {
            Ok(Waiting {
                delivery: read(row)?,
                baseline: row.get("baseline")?,
            })
        },
    )
}

/// Marks a delivery as read: its events are stored.
pub fn mark_read(connection: &Connection, id: DeliveryId) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE deliveries SET state = 'read' WHERE id = ?1",
        [id.to_string()],
    )?;
    Ok(())
}

/// Drops the bodies of read deliveries received before `before`; the rows stay so that repeats are known.
pub fn age_out(connection: &Connection, before: Timestamp) -> Result<usize, StoreError> {
    Ok(connection.execute(
        "UPDATE deliveries SET body = NULL
         WHERE received_at < ?1 AND state = 'read' AND body IS NOT NULL",
        [millis(before)],
    )?)
}

/// Forgets read deliveries received before `before` altogether; a repeat of one would be taken as new.
pub fn forget(connection: &Connection, before: Timestamp) -> Result<usize, StoreError> {
    Ok(connection.execute(
        "DELETE FROM deliveries WHERE received_at < ?1 AND state = 'read'",
        [millis(before)],
    )?)
}

fn read(row: &Row<'_>) -> Result<Delivery, StoreError> {
    let body: Option<Vec<u8>> = row.get("body")?;
    Ok(Delivery {
        id: id(row, "id", "delivery")?,
        user_id: UserId::new(row.get::<_, String>("user_id")?),
        connection_id: ConnectionId::new(row.get::<_, String>("connection_id")?),
        received_at: timestamp(row.get("received_at")?),
        message: NewDelivery {
            door: word::<Door>(row, "door", "delivery")?,
            kind: row.get("kind")?,
            external_id: row.get("external_id")?,
            body: unpack(&body.unwrap_or_default())?.into(),
        },
    })
}

/// The first byte of a body in LZ4's block format, with its length in front. A deflated one begins with 0x78.
const LZ4: u8 = 4;

/// No body is longer: a page of a forge's answers ends at half of it, a webhook at less.
const LARGEST: usize = 64 << 20;

/// A webhook is acknowledged only after this, so that what matters most is the time it takes.
fn pack(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a delivery is far smaller than 4 GB");
    let mut packed = vec![0; 5 + lz4_flex::block::get_maximum_output_size(body.len())];
    packed[0] = LZ4;
    packed[1..5].copy_from_slice(&length.to_le_bytes());
    let written = lz4_flex::block::compress_into(body, &mut packed[5..])
        .expect("there is room for the largest output");
    packed.truncate(5 + written);
    packed.shrink_to_fit();
    packed
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    let unreadable = |detail: String| StoreError::Unreadable {
        what: "delivery",
        detail,
    };
    match bytes.split_first() {
        None => Ok(Vec::new()),
        Some((&LZ4, packed)) => {
            let (length, _) = lz4_flex::block::uncompressed_size(packed)
                .map_err(|error| unreadable(error.to_string()))?;
            if length > LARGEST {
                return Err(unreadable(format!("it would be {length} bytes long")));
            }
            lz4_flex::block::decompress_size_prepended(packed)
                .map_err(|error| unreadable(error.to_string()))
        }
        Some(_) => {
            let mut body = Vec::new();
            flate2::read::ZlibDecoder::new(bytes)
                .read_to_end(&mut body)
                .map_err(|error| unreadable(error.to_string()))?;
            Ok(body)
        }
    }
}

/// How much was there when a connection began to watch.
pub fn count_baseline(connection: &Connection, id: &ConnectionId) -> Result<u32, StoreError> {
    Ok(connection.query_row(
        "SELECT count(*) FROM deliveries WHERE connection_id = ?1 AND baseline = 1",
        [id.as_str()],
        |row| row.get(0),
    )?)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_body_comes_back_as_it_was_however_it_was_packed() {
        for body in ["", "{}", &"{\"a\":1}".repeat(10_000)] {
            assert_eq!(unpack(&pack(body.as_bytes())).unwrap(), body.as_bytes());
            let mut deflated =
                flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            deflated.write_all(body.as_bytes()).unwrap();
            assert_eq!(
                unpack(&deflated.finish().unwrap()).unwrap(),
                body.as_bytes()
            );
        }
        let long = pack("{\"a\":1}".repeat(10_000).as_bytes());
        assert!(long.len() < 1000, "{}", long.len());
    }

    #[test]
    fn what_is_no_body_is_refused() {
        for bytes in [&[LZ4][..], &[LZ4, 255, 255, 255, 255, 0], b"neither"] {
            assert!(unpack(bytes).is_err(), "{bytes:?}");
        }
    }
}
