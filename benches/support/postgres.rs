//! A PostgreSQL database of our own for one measurement.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// Makes an empty database on a server and says its address.
pub async fn create(server: &str) -> anyhow::Result<String> {
    let name = format!("quietline_bench_{}", std::process::id());
    let mut admin = PgConnection::connect(server).await?;
    let create = format!("CREATE DATABASE {name}");
    admin.execute(AssertSqlSafe(create)).await?;
    let root = server.rsplit_once('/').map_or(server, |(root, _)| root);
    Ok(format!("{root}/{name}"))
}

/// Removes a database that `create` made, with whoever still uses it.
pub async fn remove(server: &str, url: &str) -> anyhow::Result<()> {
    let name = url.rsplit_once('/').map_or(url, |(_, name)| name);
    let mut admin = PgConnection::connect(server).await?;
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    admin.execute(AssertSqlSafe(drop)).await?;
    Ok(())
}
