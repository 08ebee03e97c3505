//! Who stands in a queue of FreeSWITCH, by the table that `callcenter_config` prints: a row of
//! names, a row for each caller, and `+OK`. Pure. Only sessions are read, nobody's number or name.

use std::collections::BTreeSet;

/// The question about a queue, unless its name cannot be part of a command.
#[must_use]
pub fn question(queue: &str) -> Option<String> {
    let is_word = !queue.is_empty() && queue.bytes().all(|byte| byte.is_ascii_graphic());
    is_word.then(|| format!("api callcenter_config queue list members {queue}"))
}

/// The sessions of all callers who have not hung up; nothing if it is not the whole table.
#[must_use]
pub fn read_sessions(table: &[u8]) -> Option<BTreeSet<String>> {
    let table = String::from_utf8_lossy(table);
    let mut lines = table.lines().take_while(|line| *line != "+OK");
    let mut sessions = BTreeSet::new();
    if let Some(names) = lines.next() {
        let names: Vec<&str> = names.split('|').collect();
        let place = |wanted: &str| names.iter().position(|name| *name == wanted);
        let session = place("session_uuid")?;
        // A caller's name may have the mark that parts the columns, and stands before the state.
        let state_from_end = names.len() - place("state")?;
        for line in lines {
            let fields: Vec<&str> = line.split('|').collect();
            let state = fields.len().checked_sub(state_from_end)?;
            if *fields.get(state)? != "Abandoned" {
                sessions.insert((*fields.get(session)?).to_owned());
            }
        }
    }
    table.lines().any(|line| line == "+OK").then_some(sessions)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &str = "queue|instance_id|uuid|session_uuid|cid_number|cid_name|system_epoch|\
                         joined_epoch|rejoined_epoch|bridge_epoch|abandoned_epoch|base_score|\
                         skill_score|serving_agent|serving_system|state|score";

    fn row(session: &str, name: &str, state: &str) -> String {
        format!("q@default|box|m|{session}|0791|{name}|1|2|0|0|0|0|0|||{state}|7")
    }

    #[test]
    fn those_who_hung_up_stand_there_and_do_not_count() {
        let table = [
            NAMES.to_owned(),
            row("a", "A", "Waiting"),
            row("b", "B | b", "Trying"),
            row("c", "C", "Abandoned"),
            row("d", "D | d", "Answered"),
            "+OK\n".to_owned(),
        ];
        let sessions = read_sessions(table.join("\n").as_bytes()).unwrap();
        assert_eq!(sessions, ["a", "b", "d"].map(str::to_owned).into());
    }

    #[test]
    fn an_empty_queue_has_no_names_of_columns() {
        assert_eq!(read_sessions(b"+OK\n"), Some(BTreeSet::new()));
    }

    #[test]
    fn half_a_table_and_other_answers_say_nothing() {
        let half = format!("{NAMES}\n{}\n", row("a", "A", "Waiting"));
        let short = format!("{NAMES}\nq@default|box\n+OK\n");
        let told = [
            half.as_str(),
            &short,
            "",
            "-ERR Queue not found!\n",
            "queue|state\nx|y\n+OK\n",
        ];
        for table in told {
            assert_eq!(read_sessions(table.as_bytes()), None, "{table}");
        }
    }

    #[test]
    fn a_name_that_would_be_another_command_is_not_asked_about() {
        assert!(
            question("support@default").is_some_and(|asked| asked.ends_with(" support@default"))
        );
        for queue in ["", "two words", "q\n\napi shutdown", "q\u{a0}"] {
            assert_eq!(question(queue), None, "{queue:?}");
        }
    }
}
