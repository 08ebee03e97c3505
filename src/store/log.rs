//! The public log: leaves are added, heads signed, documents kept. Triggers forbid anything else.

use sqlx::Row as _;

use super::writer::Tx;
use super::{DeskTx, Store, WriteTx, read, write};
use crate::domain::log::{Appended, Leaf, NewLeaf, SignedHead};

/// Of whatever kind a transaction is, its connection.
struct Within<'t, 'c> {
    tx: &'t mut Tx<'c>,
}

impl WriteTx<'_> {
    /// Adds a leaf at the end of the log. One of the same kind, subject and version stays as it is,
    /// and the answer says where it stands.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn append_leaf(&mut self, leaf: &NewLeaf) -> sqlx::Result<Appended> {
        Within { tx: &mut self.tx }.append(leaf).await
    }

    /// Keeps a text under its SHA-256 (hexadecimal). It is public once a leaf names it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_document(&mut self, hash: &str, bytes: &[u8]) -> sqlx::Result<()> {
        Within { tx: &mut self.tx }.keep(hash, bytes).await
    }
}

impl DeskTx {
    /// Adds a leaf at the end of the log, as [`WriteTx::append_leaf`].
    ///
    /// # Errors
    /// If the database fails.
    pub async fn append_leaf(&mut self, leaf: &NewLeaf) -> sqlx::Result<Appended> {
        Within { tx: &mut self.tx }.append(leaf).await
    }

    /// Keeps a text under its SHA-256, as [`WriteTx::keep_document`].
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_document(&mut self, hash: &str, bytes: &[u8]) -> sqlx::Result<()> {
        Within { tx: &mut self.tx }.keep(hash, bytes).await
    }

    /// Keeps the salt (hexadecimal) and the document of a day that is committed to in this write.
    ///
    /// # Errors
    /// If the database fails, or the day has one.
    pub async fn keep_salt(&mut self, day: &str, salt: &str, document: &str) -> sqlx::Result<()> {
        const KEEP: &str = "INSERT INTO day_salts (day, salt, document) VALUES ($1, $2, $3)";
        write!(self, |db| {
            let query = sqlx::query(KEEP).bind(day).bind(salt).bind(document);
            query.execute(db).await.map(|_| ())
        })
    }
}

impl Within<'_, '_> {
    async fn append(&mut self, leaf: &NewLeaf) -> sqlx::Result<Appended> {
        const FIND: &str =
            "SELECT number FROM leaves WHERE kind = $1 AND subject = $2 AND version = $3";
        const APPEND: &str = "INSERT INTO leaves (number, kind, subject, version, at_ms, bytes, hash) \
             SELECT COALESCE(MAX(number) + 1, 0), $1, $2, $3, $4, $5, $6 FROM leaves \
             RETURNING number";
        // Numbers leave none out, so only one may append at a time. SQLite has one writer anyway.
        if let Tx::Postgres(tx) = &mut *self.tx {
            sqlx::query("LOCK TABLE leaves IN SHARE ROW EXCLUSIVE MODE")
                .execute(&mut **tx)
                .await?;
        }
        let (kind, subject) = (leaf.kind.name(), leaf.subject.as_str());
        let version = i64::from(leaf.version);
        write!(self, |db| {
            let find = sqlx::query_scalar(FIND).bind(kind).bind(subject);
            let found: Option<i64> = find.bind(version).fetch_optional(&mut *db).await?;
            if let Some(number) = found {
                let number = unsigned(number)?;
                return Ok(Appended {
                    number,
                    is_new: false,
                });
            }
            let append = sqlx::query_scalar(APPEND).bind(kind).bind(subject);
            let append = append.bind(version).bind(leaf.at_ms);
            let append = append
                .bind(leaf.bytes.as_slice())
                .bind(leaf.hash.as_slice());
            let number: i64 = append.fetch_one(db).await?;
            Ok(Appended {
                number: unsigned(number)?,
                is_new: true,
            })
        })
    }

    async fn keep(&mut self, hash: &str, bytes: &[u8]) -> sqlx::Result<()> {
        const FIND: &str = "SELECT hash FROM documents WHERE hash = $1";
        const KEEP: &str =
            "INSERT INTO documents (hash, bytes) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
        write!(self, |db| {
            let found: Option<String> = sqlx::query_scalar(FIND)
                .bind(hash)
                .fetch_optional(&mut *db)
                .await?;
            if found.is_none() {
                sqlx::query(KEEP).bind(hash).bind(bytes).execute(db).await?;
            }
            Ok(())
        })
    }
}

impl Store {
    /// Adds one leaf in a transaction of its own.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn append_leaf(&self, leaf: &NewLeaf) -> sqlx::Result<Appended> {
        let mut tx = self.begin_desk().await?;
        let appended = tx.append_leaf(leaf).await?;
        tx.commit().await?;
        Ok(appended)
    }

    /// At most `most` leaves from number `from` on, in order.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn leaves(&self, from: u64, most: u32) -> sqlx::Result<Vec<Leaf>> {
        const READ: &str = "SELECT number, kind, subject, version, at_ms, bytes, hash FROM leaves \
             WHERE number >= $1 ORDER BY number LIMIT $2";
        let from = signed(from)?;
        read!(self, |db| {
            let query = sqlx::query(READ).bind(from).bind(i64::from(most));
            let rows = query.fetch_all(db).await?;
            rows.iter()
                .map(|row| {
                    Ok(Leaf {
                        number: unsigned(row.try_get(0)?)?,
                        kind: row.try_get(1)?,
                        subject: row.try_get(2)?,
                        version: row.try_get(3)?,
                        at_ms: row.try_get(4)?,
                        bytes: row.try_get(5)?,
                        hash: row.try_get(6)?,
                    })
                })
                .collect()
        })
    }

    /// The number of leaves.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn log_size(&self) -> sqlx::Result<u64> {
        const READ: &str = "SELECT COALESCE(MAX(number) + 1, 0) FROM leaves";
        let size: i64 = read!(self, |db| sqlx::query_scalar(READ).fetch_one(db).await?);
        unsigned(size)
    }

    /// Keeps a signed head. False if there is one of that size: it stays.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_head(&self, head: &SignedHead) -> sqlx::Result<bool> {
        const FIND: &str = "SELECT size FROM heads WHERE size = $1";
        const KEEP: &str = "INSERT INTO heads (size, root, key, at_ms, signature) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (size) DO NOTHING";
        let size = signed(head.size)?;
        let mut tx = self.begin_desk().await?;
        let is_new = write!(tx, |db| {
            let found: Option<i64> = sqlx::query_scalar(FIND)
                .bind(size)
                .fetch_optional(&mut *db)
                .await?;
            if found.is_none() {
                let keep = sqlx::query(KEEP).bind(size).bind(head.root.as_slice());
                let keep = keep.bind(head.key.as_str()).bind(head.at_ms);
                let done = keep.bind(head.signature.as_slice()).execute(db).await?;
                done.rows_affected() > 0
            } else {
                false
            }
        });
        tx.commit().await?;
        Ok(is_new)
    }

    /// All signed heads of more than `above` leaves, the smallest first. `origin` is the name of
    /// the log.
    ///
    /// # Errors
    /// If the database fails or a row cannot be a head.
    pub async fn heads(&self, origin: &str, above: u64) -> sqlx::Result<Vec<SignedHead>> {
        const READ: &str = "SELECT size, root, key, at_ms, signature FROM heads \
             WHERE size > $1 ORDER BY size";
        type Row = (i64, Vec<u8>, String, i64, Vec<u8>);
        let above = signed(above)?;
        let rows: Vec<Row> = read!(self, |db| {
            sqlx::query_as(READ).bind(above).fetch_all(db).await?
        });
        let head = |(size, root, key, at_ms, signature): Row| {
            Ok(SignedHead {
                origin: origin.to_owned(),
                size: unsigned(size)?,
                root: array(&root)?,
                key,
                at_ms,
                signature: array(&signature)?,
            })
        };
        rows.into_iter().map(head).collect()
    }

    /// A document by its SHA-256 (hexadecimal), whether it is public yet or not.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn document(&self, hash: &str) -> sqlx::Result<Option<Vec<u8>>> {
        const READ: &str = "SELECT bytes FROM documents WHERE hash = $1";
        read!(self, |db| {
            let query = sqlx::query_scalar(READ).bind(hash);
            query.fetch_optional(db).await
        })
    }

    /// Salts and documents of the days from `from` on: day, salt, hash of the document.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn day_salts(&self, from: &str) -> sqlx::Result<Vec<(String, String, String)>> {
        const READ: &str = "SELECT day, salt, document FROM day_salts WHERE day >= $1 ORDER BY day";
        read!(self, |db| sqlx::query_as(READ)
            .bind(from)
            .fetch_all(db)
            .await)
    }
}

fn signed(number: u64) -> sqlx::Result<i64> {
    i64::try_from(number).map_err(|error| sqlx::Error::Encode(error.into()))
}

fn unsigned(number: i64) -> sqlx::Result<u64> {
    u64::try_from(number).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn array<const N: usize>(bytes: &[u8]) -> sqlx::Result<[u8; N]> {
    bytes
        .try_into()
        .map_err(|_| sqlx::Error::Decode(format!("{} bytes in place of {N}", bytes.len()).into()))
}
