//! Where the data are, and what is said when nobody answers there. A password is never shown.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
use std::{fmt, io};

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

/// A database server is waited for so long: it may be starting at the same time as we are.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(250);

/// Where the data are.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder with the embedded database in it.
    Folder(PathBuf),
    /// A PostgreSQL server: `postgres://user@host/database`.
    Postgres(String),
}

/// Why an address is none of a database.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotALocation {
    /// Another kind of database, or none.
    #[error(
        "--database-url {0}; it must be the address of a PostgreSQL server, \
         postgres://user@host/database. The embedded database (SQLite) needs no address: \
         name its folder with --data-dir"
    )]
    Scheme(String),
    /// A PostgreSQL address that cannot be read.
    #[error("--database-url cannot be read ({0}); write postgres://user@host:5432/database")]
    Unreadable(String),
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nobody is there.
    #[error(
        "no PostgreSQL server answers at {place} ({why}, tried for {} s). Start it, or correct \
         --database-url (QUIETLINE_DATABASE_URL); without one the embedded database is used",
        ANSWER_WITHIN.as_secs()
    )]
    NoAnswer {
        /// Host and port, or the socket.
        place: String,
        /// In the words of the system.
        why: String,
    },
    /// The embedded database has no place to be.
    #[error(
        "{} cannot be written ({why}). The data folder must be one that this user may write in; \
         name it with --data-dir (QUIETLINE_DATA_DIR)",
        place.display()
    )]
    NoPlace {
        /// The folder, or a file in it.
        place: PathBuf,
        /// In the words of the system.
        why: String,
    },
    /// Somebody is there, but it failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl Location {
    /// The server of an address.
    ///
    /// # Errors
    /// If it is not the address of a PostgreSQL server.
    pub fn of_url(url: &str) -> Result<Self, NotALocation> {
        // What stands before "://" is no secret; anything else may be.
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        let sqlite = url.starts_with("sqlite:").then_some("sqlite");
        match sqlite.or(scheme) {
            Some("postgres" | "postgresql") => {}
            Some(other) => return Err(NotALocation::Scheme(format!("begins with {other}:"))),
            None => return Err(NotALocation::Scheme("is no address".to_owned())),
        }
        match PgConnectOptions::from_str(url) {
            Ok(_) => Ok(Self::Postgres(url.to_owned())),
            Err(sqlx::Error::Configuration(why)) => Err(NotALocation::Unreadable(why.to_string())),
            Err(why) => Err(NotALocation::Unreadable(why.to_string())),
        }
    }
}

/// Without the password.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Self::Postgres(url) => {
                let place = PgConnectOptions::from_str(url).map(|options| place(&options));
                f.debug_tuple("Postgres").field(&place).finish()
            }
        }
    }
}

/// Host and port, or the socket.
fn place(options: &PgConnectOptions) -> String {
    options.get_socket().map_or_else(
        || format!("{}:{}", options.get_host(), options.get_port()),
        |socket| socket.display().to_string(),
    )
}

/// Makes the folder of the embedded database where there is none, and tries whether it can be
/// written: the database itself says neither where nor what to do.
pub(super) fn make_writable(folder: &Path) -> Result<(), OpenError> {
    let no_place = |place: &Path, error: &io::Error| OpenError::NoPlace {
        place: place.to_owned(),
        why: error.to_string(),
    };
    fs::create_dir_all(folder).map_err(|error| no_place(folder, &error))?;
    let database = folder.join("quietline.db");
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    // Secrets of contacts and staff are in it; its log takes over who may read it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&database) {
        Ok(_) => Ok(()),
        Err(error) => Err(no_place(&database, &error)),
    }
}

/// Waits until a server answers, but not for long: the pool would try for half a minute and say
/// nothing.
pub(super) async fn await_answer(options: &PgConnectOptions) -> Result<(), OpenError> {
    let mut last = "no answer".to_owned();
    let trying = async {
        loop {
            match PgConnection::connect_with(options).await {
                Ok(connection) => return connection.close().await.map_err(OpenError::from),
                Err(sqlx::Error::Io(error)) => last = error.to_string(),
                Err(error) => return Err(error.into()),
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let tried = tokio::time::timeout(ANSWER_WITHIN, trying).await;
    tried.unwrap_or_else(|_| {
        Err(OpenError::NoAnswer {
            place: place(options),
            why: last,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_postgresql_has_an_address_and_the_remedy_is_said() {
        for (url, says) in [
            ("mysql://me:hush@host/db", "begins with mysql:"),
            ("sqlite:quietline.db", "begins with sqlite:"),
            ("sqlite://hush/quietline.db", "begins with sqlite:"),
            ("me:hush@host/db", "is no address"),
            ("", "is no address"),
        ] {
            let said = Location::of_url(url).unwrap_err().to_string();
            assert!(
                said.starts_with(&format!("--database-url {says};")),
                "{said}"
            );
            assert!(said.contains("postgres://user@host/database"), "{said}");
            assert!(said.contains("--data-dir"), "{said}");
            assert!(!said.contains("hush"), "{said}");
        }
        let said = Location::of_url("postgres://me:hush@host:port/db").unwrap_err();
        assert!(said.to_string().contains("cannot be read"), "{said}");
        assert!(!format!("{said} {said:?}").contains("hush"), "{said:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_new_database_is_read_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::TempDir::new().unwrap();
        make_writable(folder.path()).unwrap();
        let database = folder.path().join("quietline.db").metadata().unwrap();
        assert_eq!(database.permissions().mode() & 0o077, 0);
    }

    #[test]
    fn a_server_is_named_without_its_password() {
        for (url, named) in [
            ("postgres://me:hush@host:6000/db", "host:6000"),
            ("postgresql://me:hush@host/db", "host:5432"),
            ("postgres://%2Frun%2Fpg/db?password=hush", "/run/pg"),
        ] {
            let location = Location::of_url(url).unwrap();
            let named = format!("Postgres(Ok({named:?}))");
            assert_eq!(format!("{location:?}"), named);
        }
    }
}
