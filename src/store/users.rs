//! Accounts of the staff, their sessions and their tokens. Secrets are kept as hashes, but for that
//! of a second factor, which must be read to check a code.

use super::desk::DeskTx;
use super::{Store, read, write};
use crate::domain::event::Millis;
use crate::domain::staff::{Person, Role};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// PHC string of its password.
    pub password: String,
    /// Secret of its second factor, base32.
    pub totp_secret: Option<String>,
    /// When it was made.
    pub created_ms: Millis,
    /// When it was disabled.
    pub disabled_ms: Option<Millis>,
}

/// A session and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub account: Account,
    /// False while the second factor is still asked for.
    pub is_whole: bool,
    /// When it began.
    pub created_ms: Millis,
    /// When it was last used.
    pub seen_ms: Millis,
}

type Row = (
    String,
    String,
    String,
    Option<String>,
    Millis,
    Option<Millis>,
);

fn account(row: Row) -> sqlx::Result<Account> {
    let (name, role, password, totp_secret, created_ms, disabled_ms) = row;
    Ok(Account {
        role: role_of(&role)?,
        name,
        password,
        totp_secret,
        created_ms,
        disabled_ms,
    })
}

fn role_of(name: &str) -> sqlx::Result<Role> {
    let unknown = || sqlx::Error::Decode(format!("unknown role {name}").into());
    Role::from_name(name).ok_or_else(unknown)
}

impl Store {
    /// The account of a name.
    ///
    /// # Errors
    /// If the database fails or the row cannot be read.
    pub async fn account(&self, name: &str) -> sqlx::Result<Option<Account>> {
        const READ: &str = "SELECT name, role, password, totp_secret, created_ms, disabled_ms \
             FROM accounts WHERE name = $1";
        let row: Option<Row> = read!(self, |db| {
            let query = sqlx::query_as(READ).bind(name);
            query.fetch_optional(db).await?
        });
        row.map(account).transpose()
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn accounts(&self) -> sqlx::Result<Vec<Account>> {
        const READ: &str = "SELECT name, role, password, totp_secret, created_ms, disabled_ms \
             FROM accounts ORDER BY name";
        let rows: Vec<Row> = read!(self, |db| sqlx::query_as(READ).fetch_all(db).await?);
        rows.into_iter().map(account).collect()
    }

    /// The session of a cookie's hash, if its account is not disabled.
    ///
    /// # Errors
    /// If the database fails or the row cannot be read.
    pub async fn session(&self, hash: &str) -> sqlx::Result<Option<Session>> {
        const READ: &str = "SELECT account, is_whole, created_ms, seen_ms \
             FROM staff_sessions WHERE hash = $1";
        let row: Option<(String, i64, Millis, Millis)> = read!(self, |db| {
            let query = sqlx::query_as(READ).bind(hash);
            query.fetch_optional(db).await?
        });
        let Some((name, is_whole, created_ms, seen_ms)) = row else {
            return Ok(None);
        };
        let account = self.account(&name).await?;
        let account = account.filter(|account| account.disabled_ms.is_none());
        Ok(account.map(|account| Session {
            account,
            is_whole: is_whole != 0,
            created_ms,
            seen_ms,
        }))
    }

    /// Begins a session in place of another one, and forgets those that began before `oldest_ms`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn begin_session(
        &self,
        (hash, instead_of): (&str, &str),
        (account, is_whole): (&str, bool),
        (now_ms, oldest_ms): (Millis, Millis),
    ) -> sqlx::Result<()> {
        const FORGET: &str = "DELETE FROM staff_sessions WHERE hash = $1 OR created_ms < $2";
        const BEGIN: &str = "INSERT INTO staff_sessions \
             (hash, account, is_whole, created_ms, seen_ms) VALUES ($1, $2, $3, $4, $4)";
        let mut tx = self.begin_desk().await?;
        write!(tx, |db| {
            let forget = sqlx::query(FORGET).bind(instead_of).bind(oldest_ms);
            forget.execute(&mut *db).await?;
            let begin = sqlx::query(BEGIN).bind(hash).bind(account);
            let begin = begin.bind(i64::from(is_whole)).bind(now_ms);
            begin.execute(db).await?;
        });
        tx.commit().await
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn use_session(&self, hash: &str, now_ms: Millis) -> sqlx::Result<()> {
        const USE: &str = "UPDATE staff_sessions SET seen_ms = $2 WHERE hash = $1";
        read!(self, |db| {
            let query = sqlx::query(USE).bind(hash).bind(now_ms);
            query.execute(db).await.map(|_| ())
        })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end_session(&self, hash: &str) -> sqlx::Result<()> {
        const END: &str = "DELETE FROM staff_sessions WHERE hash = $1";
        read!(self, |db| {
            let query = sqlx::query(END).bind(hash);
            query.execute(db).await.map(|_| ())
        })
    }

    /// Uses up the code of a step. False if it, or a later one, was used before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn use_totp_step(&self, account: &str, step: i64) -> sqlx::Result<bool> {
        const USE: &str = "UPDATE accounts SET totp_step = $2 WHERE name = $1 AND totp_step < $2";
        read!(self, |db| {
            let query = sqlx::query(USE).bind(account).bind(step);
            Ok(query.execute(db).await?.rows_affected() > 0)
        })
    }

    /// Whether an account has signed in from an address before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn knows_address(&self, account: &str, address: &str) -> sqlx::Result<bool> {
        const READ: &str = "SELECT seen_ms FROM account_addresses \
             WHERE account = $1 AND address = $2";
        read!(self, |db| {
            let query = sqlx::query_scalar(READ).bind(account).bind(address);
            let seen: Option<Millis> = query.fetch_optional(db).await?;
            Ok(seen.is_some())
        })
    }

    /// Notes that an account has signed in from an address; those not seen since `oldest_ms` are
    /// forgotten.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn know_address(
        &self,
        account: &str,
        address: &str,
        (now_ms, oldest_ms): (Millis, Millis),
    ) -> sqlx::Result<()> {
        const FORGET: &str = "DELETE FROM account_addresses WHERE seen_ms < $1";
        const KNOW: &str = "INSERT INTO account_addresses (account, address, seen_ms) \
             VALUES ($1, $2, $3) ON CONFLICT (account, address) DO UPDATE SET \
             seen_ms = excluded.seen_ms";
        let mut tx = self.begin_desk().await?;
        write!(tx, |db| {
            let forget = sqlx::query(FORGET).bind(oldest_ms);
            forget.execute(&mut *db).await?;
            let know = sqlx::query(KNOW).bind(account).bind(address).bind(now_ms);
            know.execute(db).await?;
        });
        tx.commit().await
    }

    /// Whom a staff token speaks for, if neither it nor the account was withdrawn.
    ///
    /// # Errors
    /// If the database fails or the row cannot be read.
    pub async fn person_of_token(&self, hash: &str) -> sqlx::Result<Option<Person>> {
        const READ: &str = "SELECT a.name, a.role FROM staff_tokens t \
             JOIN accounts a ON a.name = t.account \
             WHERE t.hash = $1 AND t.revoked_ms IS NULL AND a.disabled_ms IS NULL";
        let row: Option<(String, String)> = read!(self, |db| {
            let query = sqlx::query_as(READ).bind(hash);
            query.fetch_optional(db).await?
        });
        let person = |(account, role): (String, String)| {
            Ok(Person {
                account,
                role: role_of(&role)?,
            })
        };
        row.map(person).transpose()
    }
}

impl DeskTx {
    /// Makes an account. False if the name is taken.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_account(&mut self, account: &Account) -> sqlx::Result<bool> {
        const ADD: &str = "INSERT INTO accounts (name, role, password, totp_secret, created_ms) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING";
        write!(self, |db| {
            let query = sqlx::query(ADD)
                .bind(account.name.as_str())
                .bind(account.role.name())
                .bind(account.password.as_str())
                .bind(account.totp_secret.as_deref())
                .bind(account.created_ms);
            Ok(query.execute(db).await?.rows_affected() > 0)
        })
    }

    /// Gives an account another password and second factor, ends its sessions and tokens, and
    /// lets it sign in again if it was disabled. False if there is none of the name.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn reset_account(
        &mut self,
        name: &str,
        (password, totp_secret): (&str, Option<&str>),
        now_ms: Millis,
    ) -> sqlx::Result<bool> {
        const RESET: &str = "UPDATE accounts SET password = $2, totp_secret = $3, totp_step = 0, \
             disabled_ms = NULL WHERE name = $1";
        self.cut_off(name, now_ms).await?;
        write!(self, |db| {
            let query = sqlx::query(RESET)
                .bind(name)
                .bind(password)
                .bind(totp_secret);
            Ok(query.execute(db).await?.rows_affected() > 0)
        })
    }

    /// Disables an account and ends its sessions and tokens. False if there is none of the name
    /// that could still sign in.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn disable_account(&mut self, name: &str, now_ms: Millis) -> sqlx::Result<bool> {
        const DISABLE: &str =
            "UPDATE accounts SET disabled_ms = $2 WHERE name = $1 AND disabled_ms IS NULL";
        self.cut_off(name, now_ms).await?;
        write!(self, |db| {
            let query = sqlx::query(DISABLE).bind(name).bind(now_ms);
            Ok(query.execute(db).await?.rows_affected() > 0)
        })
    }

    /// Records a token that speaks for an account, by its hash.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn add_staff_token(
        &mut self,
        hash: &str,
        account: &str,
        now_ms: Millis,
    ) -> sqlx::Result<()> {
        const ADD: &str =
            "INSERT INTO staff_tokens (hash, account, created_ms) VALUES ($1, $2, $3)";
        write!(self, |db| {
            let query = sqlx::query(ADD).bind(hash).bind(account).bind(now_ms);
            query.execute(db).await.map(|_| ())
        })
    }

    /// Ends the sessions and tokens of an account.
    async fn cut_off(&mut self, name: &str, now_ms: Millis) -> sqlx::Result<()> {
        const SESSIONS: &str = "DELETE FROM staff_sessions WHERE account = $1";
        const TOKENS: &str =
            "UPDATE staff_tokens SET revoked_ms = $2 WHERE account = $1 AND revoked_ms IS NULL";
        write!(self, |db| {
            sqlx::query(SESSIONS).bind(name).execute(&mut *db).await?;
            let revoke = sqlx::query(TOKENS).bind(name).bind(now_ms);
            revoke.execute(db).await.map(|_| ())
        })
    }
}
