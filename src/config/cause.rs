//! The causes of centre.toml: `[[causes]]`, what complaints may be about.

use crate::domain::centre::{Cause, Text};

use super::centre::{read_id, read_text};
use super::hours::read_date;
use super::reader::Table;

/// More than this cannot be told apart by those who choose among them.
const MOST_CAUSES: usize = 24;

/// The causes of a centre that names none: id, English, French.
const USUAL: [(&str, &str, &str); 6] = [
    ("product", "Product", "Produit"),
    ("delivery", "Delivery", "Livraison"),
    ("pricing", "Prices", "Prix"),
    ("billing", "Bills", "Factures"),
    ("service", "Service", "Service"),
    ("other", "Something else", "Autre chose"),
];

/// All causes, in their order; the usual ones if the centre names none.
pub(super) fn read_causes(top: &Table, languages: &[String]) -> Vec<Cause> {
    let Some(item) = top.optional("causes") else {
        return USUAL.map(|usual| usual_cause(usual, languages)).into();
    };
    let entries = item.one_or_more();
    if entries.len() > MOST_CAUSES {
        item.wrong(
            format_args!("has {} entries", entries.len()),
            format!("leave at most {MOST_CAUSES}; each is a choice for whoever enters a complaint"),
        );
    }
    let mut ids: Vec<String> = Vec::new();
    let mut causes = Vec::new();
    for entry in entries {
        let Some(mut table) = entry.table("[[causes]]") else {
            continue;
        };
        let id = read_id(&table, &ids, "\"pricing\"");
        if let Some(id) = &id {
            table.rename(format!("causes.{id}"));
            ids.push(id.clone());
        }
        causes.extend(read_cause(&table, id, languages));
        table.finish();
    }
    let is_known = ids.len() == causes.len();
    if is_known && causes.iter().all(|cause| cause.retired.is_some()) {
        item.wrong(
            "has no cause that is not retired: no complaint could be opened",
            "leave one without retired = …, such as \"other\"",
        );
    }
    causes
}

fn read_cause(table: &Table, id: Option<String>, languages: &[String]) -> Option<Cause> {
    let name = table
        .needed("name", "\"Prices\"")
        .and_then(|item| read_text(&item, languages));
    let retired = table.optional("retired").and_then(|item| read_date(&item));
    Some(Cause {
        id: id?,
        name: name?,
        retired,
    })
}

fn usual_cause((id, english, french): (&str, &str, &str), languages: &[String]) -> Cause {
    let name = |language: &String| {
        let word = if language == "fr" { french } else { english };
        (language.clone(), word.to_owned())
    };
    Cause {
        id: id.to_owned(),
        name: Text(languages.iter().map(name).collect()),
        retired: None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::parse_centre;
    use super::*;

    const TOP: &str = "name = \"Water\"\nzone = \"UTC\"\nhours = \"8:00-18:00\"\n\
        languages = [\"en\", \"fr\"]\n[[lines]]\nid = \"billing\"\nname = \"Billing\"\n";

    fn read(causes: &str) -> Result<Vec<Cause>, String> {
        let read = parse_centre(&format!("{TOP}{causes}"));
        read.map(|centre| centre.causes).map_err(|mistakes| {
            assert_eq!(mistakes.len(), 1, "{mistakes:?}");
            mistakes[0].to_string()
        })
    }

    #[test]
    fn a_centre_that_names_no_cause_has_the_usual_six_in_its_languages() {
        let causes = read("").expect("sound");
        let ids: Vec<&str> = causes.iter().map(|cause| cause.id.as_str()).collect();
        assert_eq!(
            ids.join(" "),
            "product delivery pricing billing service other"
        );
        assert_eq!(causes[3].name.in_language("fr"), "Factures");
        assert_eq!(causes[3].name.in_language("en"), "Bills");
    }

    #[test]
    fn a_cause_may_be_retired_but_not_every_one() {
        let old = "[[causes]]\nid = \"fax\"\nname = \"Fax\"\nretired = 2025-01-01\n";
        let told = read(old).expect_err("none is left");
        assert!(told.contains("no complaint could be opened"), "{told}");
        let causes = read(&format!(
            "{old}[[causes]]\nid = \"other\"\nname = \"Other\"\n"
        ));
        let causes = causes.expect("sound");
        assert_eq!(causes[0].retired, Some(date(2025, 1, 1)));
        assert_eq!(causes[1].retired, None);
    }

    #[test]
    fn a_cause_that_is_there_twice_or_retired_on_no_day_is_told() {
        let one = "[[causes]]\nid = \"fax\"\nname = \"Fax\"\n";
        let twice = read(&one.repeat(2)).expect_err("it is wrong");
        assert!(twice.contains("is \"fax\" again"), "{twice}");
        let day = read(&format!("{one}retired = \"soon\"\n")).expect_err("it is wrong");
        assert!(
            day.contains("causes.fax.retired is \"soon\", which is no day"),
            "{day}"
        );
    }
}
