//! Actions and their timelines. Rows are added, never altered: the database itself refuses.

use std::collections::BTreeMap;

use super::desk::DeskTx;
use super::forecasts::{from_json, to_json};
use super::{Store, read, write};
use crate::domain::action::{Action, Step};

impl Store {
    /// All actions with their timelines, in the order in which they were registered.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub async fn actions(&self) -> sqlx::Result<Vec<Action>> {
        const READ: &str = "SELECT facts FROM actions ORDER BY registered_ms, id";
        const STEPS: &str = "SELECT action, facts FROM action_steps ORDER BY action, number";
        // Steps first: what is read of an action is what was there, if not all that came since.
        let steps: Vec<(String, String)> =
            read!(self, |db| sqlx::query_as(STEPS).fetch_all(db).await?);
        let rows: Vec<String> = read!(self, |db| sqlx::query_scalar(READ).fetch_all(db).await?);
        let mut of_action: BTreeMap<String, Vec<Step>> = BTreeMap::new();
        for (action, step) in steps {
            of_action.entry(action).or_default().push(from_json(&step)?);
        }
        let whole = |facts: &String| {
            let mut action: Action = from_json(facts)?;
            action.steps = of_action.remove(&action.id).unwrap_or_default();
            Ok(action)
        };
        rows.iter().map(whole).collect()
    }
}

impl DeskTx {
    /// Keeps a new action, without steps.
    ///
    /// # Errors
    /// If the database fails or the id is taken.
    pub async fn add_action(&mut self, action: &Action) -> sqlx::Result<()> {
        const ADD: &str = "INSERT INTO actions (id, registered_ms, facts) VALUES ($1, $2, $3)";
        let registered = Action {
            steps: Vec::new(),
            ..action.clone()
        };
        let facts = to_json(&registered)?;
        write!(self, |db| {
            let query = sqlx::query(ADD).bind(action.id.as_str());
            let query = query.bind(action.registered_ms).bind(facts);
            query.execute(db).await?;
            Ok(())
        })
    }

    /// Adds a step to a timeline that has `number` of them.
    ///
    /// # Errors
    /// If the database fails, or somebody else added one meanwhile.
    pub async fn add_step(&mut self, action: &str, number: usize, step: &Step) -> sqlx::Result<()> {
        const ADD: &str = "INSERT INTO action_steps (action, number, facts) VALUES ($1, $2, $3)";
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let facts = to_json(step)?;
        write!(self, |db| {
            let query = sqlx::query(ADD).bind(action).bind(number);
            query.bind(facts).execute(db).await?;
            Ok(())
        })
    }
}
