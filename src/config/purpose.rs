//! The purposes of centre.toml: `[[purposes]]`, what callers may want and where it leads.

use crate::domain::centre::{Leads, Purpose};

use super::centre::{read_id, read_text};
use super::line::read_link;
use super::mistake::suggest;
use super::reader::{Item, Table};

/// More than this are a menu that nobody reads on a phone.
const MOST_PURPOSES: usize = 12;

/// All purposes, in their order. They may name any line of the centre.
pub(super) fn read_purposes(top: &Table, languages: &[String]) -> Vec<Purpose> {
    let Some(item) = top.optional("purposes") else {
        return Vec::new();
    };
    let entries = item.one_or_more();
    if entries.len() > MOST_PURPOSES {
        item.wrong(
            format_args!("has {} entries", entries.len()),
            format!("leave at most {MOST_PURPOSES}; they are read on a phone"),
        );
    }
    let lines = line_ids(top);
    let mut ids: Vec<String> = Vec::new();
    let mut purposes = Vec::new();
    for entry in entries {
        let Some(mut table) = entry.table("[[purposes]]") else {
            continue;
        };
        let id = read_id(&table, &ids, "\"bill\"");
        if let Some(id) = &id {
            table.rename(format!("purposes.{id}"));
            ids.push(id.clone());
        }
        purposes.extend(read_purpose(&table, id, languages, &lines));
        table.finish();
    }
    purposes
}

/// The ids that lines are written with; what is wrong with them is told where lines are read.
pub(super) fn line_ids<'a>(top: &Table<'a>) -> Vec<&'a str> {
    let Some(item) = top.optional("lines") else {
        return Vec::new();
    };
    let entries = item.one_or_more();
    let tables = entries.iter().filter(|entry| entry.is_table());
    let ids = tables.filter_map(|entry| entry.table("[[lines]]")?.optional("id"));
    ids.filter(Item::is_text)
        .filter_map(|id| Some(id.raw_text()?.trim()))
        .collect()
}

fn read_purpose(
    table: &Table,
    id: Option<String>,
    languages: &[String],
    lines: &[&str],
) -> Option<Purpose> {
    let name = table
        .needed("name", "\"It is about my bill\"")
        .and_then(|item| read_text(&item, languages));
    let note = table
        .optional("note")
        .and_then(|item| read_text(&item, languages));
    let leads = match (table.optional("line"), table.optional("link")) {
        (Some(line), None) => read_line(&line, lines),
        (None, Some(link)) => read_link(&link).map(Leads::Link),
        (Some(_), Some(link)) => {
            link.wrong(
                "stands beside line; a purpose leads to one place",
                "remove one of the two",
            );
            None
        }
        (None, None) => {
            table.missing(
                format!("{} leads nowhere", table.path_of("line")),
                "write line = \"…\" with the id of a line, or link = \"https://…\"",
            );
            None
        }
    };
    Some(Purpose {
        id: id?,
        name: name?,
        leads: leads?,
        note,
    })
}

fn read_line(item: &Item, lines: &[&str]) -> Option<Leads> {
    let line = item.word()?;
    if !lines.contains(&line) {
        item.dangling(
            format_args!("is \"{line}\", which is no line of this centre"),
            suggest(line, lines),
        );
        return None;
    }
    Some(Leads::Line(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::parse_centre;
    use super::*;

    const TOP: &str = "name = \"Water\"\nzone = \"UTC\"\nhours = \"8:00-18:00\"\n\
        languages = [\"en\", \"fr\"]\n[[lines]]\nid = \"billing\"\nname = \"Billing\"\n";

    fn read(purposes: &str) -> Result<Vec<Purpose>, Vec<String>> {
        let read = parse_centre(&format!("{TOP}{purposes}"));
        read.map(|centre| centre.purposes)
            .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
    }

    fn mistake(purposes: &str) -> String {
        let mistakes = read(purposes).expect_err("it is wrong");
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        mistakes.concat()
    }

    #[test]
    fn a_purpose_leads_to_a_line_or_online() {
        let purposes = read(
            "[[purposes]]\nid = \"bill\"\nname = { en = \"My bill\", fr = \"Ma facture\" }\n\
             line = \"billing\"\n[[purposes]]\nid = \"pay\"\nname = \"Pay\"\nlink = \"/pay\"\n\
             note = \"With a card\"\n",
        )
        .expect("sound");
        assert_eq!(purposes[0].leads, Leads::Line("billing".to_owned()));
        assert_eq!(purposes[0].name.in_language("fr"), "Ma facture");
        assert_eq!(purposes[1].leads, Leads::Link("/pay".to_owned()));
        assert!(purposes[1].note.is_some() && purposes[0].note.is_none());
    }

    #[test]
    fn a_purpose_that_leads_to_no_line_both_ways_or_nowhere_is_told() {
        let with = |leads: &str| {
            mistake(&format!(
                "[[purposes]]\nid = \"bill\"\nname = \"Bill\"\n{leads}"
            ))
        };
        let unknown = with("line = \"biling\"\n");
        assert!(
            unknown.contains("centre.toml:11: purposes.bill.line is \"biling\""),
            "{unknown}"
        );
        assert!(unknown.contains("did you mean \"billing\"?"), "{unknown}");
        let both = with("line = \"billing\"\nlink = \"/pay\"\n");
        assert!(both.contains("remove one of the two"), "{both}");
        let neither = with("");
        assert!(neither.contains("leads nowhere"), "{neither}");
        let script = with("link = \"javascript:alert(1)\"\n");
        assert!(
            script.contains("may not stand on a public page"),
            "{script}"
        );
    }

    #[test]
    fn purposes_have_their_own_ids_and_are_few() {
        let one = |id: &str| {
            format!("[[purposes]]\nid = \"{id}\"\nname = \"Bill\"\nline = \"billing\"\n")
        };
        let twice = mistake(&one("bill").repeat(2));
        assert!(twice.contains("is \"bill\" again"), "{twice}");
        let many: String = (0..=MOST_PURPOSES).map(|n| one(&format!("p{n}"))).collect();
        let told = mistake(&many);
        assert!(told.contains("has 13 entries; leave at most 12"), "{told}");
    }
}
