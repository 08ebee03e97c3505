//! `quietline user`: accounts of the desk.
//!
//! It writes to the database itself, also while a server runs: the server asks for an account each
//! time it is used, so what is changed here holds at once.

use std::io::{IsTerminal as _, Read as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::CentreArgs;
use crate::clock::Clock;
use crate::config;
use crate::desk::{password, token, totp};
use crate::domain::staff::{Act, COMMAND_LINE, Change, Role, is_account_name};
use crate::store::users::Account;
use crate::store::{DeskTx, Store};

/// What can be done with accounts of the desk.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account; the password is asked for, the second factor printed once
    Add {
        /// Whose, and how it is kept safe.
        #[command(flatten)]
        account: AccountArgs,
        /// What it may do: officer, editor or analyst
        #[arg(long, value_parser = role)]
        role: Role,
    },
    /// List all accounts
    List {
        /// Description and data.
        #[command(flatten)]
        centre: CentreArgs,
    },
    /// Keep an account from signing in; its sessions and tokens end
    Disable {
        /// Description and data.
        #[command(flatten)]
        centre: CentreArgs,
        /// The name of the account
        name: String,
    },
    /// Give an account a new password and second factor; it may sign in again if it was disabled
    Reset {
        /// Whose, and how it is kept safe.
        #[command(flatten)]
        account: AccountArgs,
    },
    /// Make a token with which a program enters events as this account; it is printed once
    Token {
        /// Description and data.
        #[command(flatten)]
        centre: CentreArgs,
        /// The name of the account
        name: String,
    },
}

/// An account and how it is kept safe.
#[derive(Debug, Args)]
pub struct AccountArgs {
    /// Description and data.
    #[command(flatten)]
    centre: CentreArgs,
    /// The name of the account: a–z, 0–9 and . - _ @
    name: String,
    /// Ask for a second factor; officers always have one
    #[arg(long)]
    totp: bool,
    /// Read the password from the first line of standard input instead of the terminal
    #[arg(long)]
    password_stdin: bool,
}

fn role(name: &str) -> Result<Role, String> {
    let known = Role::ALL.map(Role::name).join(", ");
    Role::from_name(name).ok_or_else(|| format!("it is one of {known}"))
}

/// Carries the command out.
pub(super) async fn run(command: UserCommand) -> anyhow::Result<ExitCode> {
    match command {
        UserCommand::Add { account, role } => add(&account, role).await?,
        UserCommand::List { centre } => list(&centre).await?,
        UserCommand::Disable { centre, name } => disable(&centre, &name).await?,
        UserCommand::Reset { account } => reset(&account).await?,
        UserCommand::Token { centre, name } => make_token(&centre, &name).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(args: &AccountArgs, role: Role) -> anyhow::Result<()> {
    if !is_account_name(&args.name) {
        bail!(
            "{:?} cannot be a name: use a–z, 0–9 and . - _ @, 40 at most",
            args.name
        );
    }
    let issuer = issuer(&args.centre)?;
    let store = args.centre.open_store().await?;
    if store.account(&args.name).await?.is_some() {
        bail!(
            "there is an account {} already; `quietline user reset` gives it a new password",
            args.name
        );
    }
    let account = Account {
        name: args.name.clone(),
        role,
        password: ask_password(args.password_stdin)?,
        totp_secret: (args.totp || role.needs_second_factor()).then(totp::new_secret),
        created_ms: Clock::System.now_ms(),
        disabled_ms: None,
    };
    let mut tx = store.begin_desk().await.context("keeping the account")?;
    if !tx.add_account(&account).await? {
        bail!("there is an account {} already", args.name);
    }
    let after = state(role, account.totp_secret.is_some(), false);
    note(tx, Act::AddUser, &args.name, (None, Some(after))).await?;
    eprintln!(
        "Account {} ({}) made; it signs in at /desk.",
        account.name,
        role.name()
    );
    print_factor(&issuer, &account.name, account.totp_secret.as_deref());
    Ok(())
}

async fn reset(args: &AccountArgs) -> anyhow::Result<()> {
    let issuer = issuer(&args.centre)?;
    let store = args.centre.open_store().await?;
    let before = known(&store, &args.name).await?;
    let has_factor = args.totp || before.totp_secret.is_some() || before.role.needs_second_factor();
    let secret = has_factor.then(totp::new_secret);
    let password = ask_password(args.password_stdin)?;
    let now_ms = Clock::System.now_ms();
    let mut tx = store.begin_desk().await.context("keeping the account")?;
    tx.reset_account(&args.name, (&password, secret.as_deref()), now_ms)
        .await?;
    let after = state(before.role, has_factor, false);
    note(
        tx,
        Act::ResetUser,
        &args.name,
        (Some(state_of(&before)), Some(after)),
    )
    .await?;
    eprintln!(
        "Account {} has a new password; its sessions and tokens are over.",
        args.name
    );
    print_factor(&issuer, &args.name, secret.as_deref());
    Ok(())
}

async fn list(centre: &CentreArgs) -> anyhow::Result<()> {
    let store = centre.open_store().await?;
    let accounts = store.accounts().await.context("reading the accounts")?;
    for account in &accounts {
        let factor = if account.totp_secret.is_some() {
            "second factor"
        } else {
            "password only"
        };
        let state = if account.disabled_ms.is_some() {
            "disabled"
        } else {
            "may sign in"
        };
        println!(
            "{:<20} {:<8} {factor:<13} {state}",
            account.name,
            account.role.name()
        );
    }
    if accounts.is_empty() {
        eprintln!("There are no accounts; `quietline user add NAME --role editor` makes one.");
    }
    Ok(())
}

async fn disable(centre: &CentreArgs, name: &str) -> anyhow::Result<()> {
    let store = centre.open_store().await?;
    let before = known(&store, name).await?;
    let now_ms = Clock::System.now_ms();
    let mut tx = store.begin_desk().await.context("disabling the account")?;
    if !tx.disable_account(name, now_ms).await? {
        println!("Account {name} is disabled already.");
        return Ok(());
    }
    let after = state(before.role, before.totp_secret.is_some(), true);
    note(
        tx,
        Act::DisableUser,
        name,
        (Some(state_of(&before)), Some(after)),
    )
    .await?;
    println!("Account {name} can no longer sign in; its sessions and tokens are over.");
    Ok(())
}

async fn make_token(centre: &CentreArgs, name: &str) -> anyhow::Result<()> {
    let store = centre.open_store().await?;
    let account = known(&store, name).await?;
    if account.disabled_ms.is_some() || !account.role.may_enter() {
        bail!("account {name} may not enter events: a token would be of no use");
    }
    let random: [u8; 32] = rand::random();
    let made = format!("qls_{}", hex::encode(random));
    let mut tx = store.begin_desk().await.context("keeping the token")?;
    let now_ms = Clock::System.now_ms();
    tx.add_staff_token(&token::hash(&made), name, now_ms)
        .await?;
    note(tx, Act::AddToken, name, (None, None)).await?;
    eprintln!("Token of account {name}; it is not kept anywhere, so keep it well:");
    println!("{made}");
    Ok(())
}

async fn known(store: &Store, name: &str) -> anyhow::Result<Account> {
    let account = store.account(name).await.context("reading the accounts")?;
    account.with_context(|| format!("there is no account {name}; `quietline user list` names all"))
}

/// Writes the audit row and makes the whole durable.
async fn note(
    mut tx: DeskTx,
    act: Act,
    name: &str,
    (before, after): (Option<String>, Option<String>),
) -> anyhow::Result<()> {
    let change = Change {
        at_ms: Clock::System.now_ms(),
        who: COMMAND_LINE.to_owned(),
        act,
        subject: name.to_owned(),
        before,
        after,
    };
    tx.note(&change).await.context("writing the audit list")?;
    tx.commit().await.context("keeping the change")
}

/// An account in the audit list: no secret, nor a hash of one.
fn state(role: Role, has_factor: bool, is_disabled: bool) -> String {
    let facts = json!({
        "role": role.name(),
        "second_factor": has_factor,
        "disabled": is_disabled,
    });
    facts.to_string()
}

fn state_of(account: &Account) -> String {
    let has_factor = account.totp_secret.is_some();
    state(account.role, has_factor, account.disabled_ms.is_some())
}

/// The name that authenticator apps show beside the account.
fn issuer(args: &CentreArgs) -> anyhow::Result<String> {
    let centre = config::read_centre(&args.config)?;
    let language = centre.languages.first().map_or("en", String::as_str);
    Ok(centre.name.in_language(language).to_owned())
}

fn print_factor(issuer: &str, name: &str, secret: Option<&str>) {
    if let Some(secret) = secret {
        eprintln!("Its second factor, for an authenticator app; it is printed only now:");
        println!("{}", totp::address(issuer, name, secret));
        println!("{secret}");
    }
}

/// Asks for a new password and hashes it.
fn ask_password(from_stdin: bool) -> anyhow::Result<String> {
    let typed = if from_stdin {
        let mut text = String::new();
        let most = u64::try_from(password::MOST_BYTES).unwrap_or(u64::MAX);
        let mut input = std::io::stdin().take(most + 2);
        input
            .read_to_string(&mut text)
            .context("reading the password")?;
        text.lines().next().unwrap_or_default().to_owned()
    } else if std::io::stdin().is_terminal() {
        ask_twice()?
    } else {
        bail!("there is no terminal to ask for the password; pipe it in and add --password-stdin");
    };
    password::check(&typed)?;
    password::hash(&typed)
}

fn ask_twice() -> anyhow::Result<String> {
    let terminal = console::Term::stderr();
    let ask = |prompt: &str| {
        eprint!("{prompt}");
        terminal.read_secure_line().context("reading the password")
    };
    let first = ask("New password, 12 characters at least: ")?;
    if first != ask("The same again: ")? {
        bail!("the two passwords differ; nothing was kept");
    }
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_by_their_words() {
        assert_eq!(role("editor"), Ok(Role::Editor));
        assert!(role("boss").is_err_and(|error| error.contains("officer")));
    }
}
