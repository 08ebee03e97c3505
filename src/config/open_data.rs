//! The terms of the published figures in centre.toml: `[open_data]`, their licence and who is asked.

use crate::domain::centre::OpenData;

use super::line::read_link;
use super::mistake::suggest;
use super::reader::{Item, Table};

/// Licences for data whose addresses need not be written, by their names in the SPDX list.
const KNOWN: [(&str, &str); 6] = [
    ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    (
        "CC0-1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
    ),
    ("ODbL-1.0", "https://opendatacommons.org/licenses/odbl/1-0/"),
    (
        "OGL-UK-3.0",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    ),
    (
        "etalab-2.0",
        "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
    ),
    ("DL-DE-BY-2.0", "https://www.govdata.de/dl-de/by-2-0"),
];

/// Longer names do not stand in a line of a page.
const LONGEST: usize = 40;

/// The terms; without `[open_data]`, or where it says nothing, the usual ones.
pub(super) fn read_open_data(top: &Table) -> OpenData {
    let table = top.optional("open_data");
    let Some(table) = table.and_then(|item| item.table("[open_data] with licence")) else {
        return OpenData::default();
    };
    let licence = table.optional("licence");
    let link = table.optional("licence_link");
    let contact = table.optional("contact");
    let terms = OpenData {
        contact: contact.and_then(|item| read_link(&item)),
        ..read_licence(&table, licence, link).unwrap_or_default()
    };
    table.finish();
    terms
}

/// A licence that is known needs no link; another one does.
fn read_licence(table: &Table, licence: Option<Item>, link: Option<Item>) -> Option<OpenData> {
    let link_is_written = link.is_some();
    let link = link.and_then(|item| read_link(&item));
    let Some(item) = licence else {
        if link_is_written {
            table.missing(
                format!("{} is missing beside its link", table.path_of("licence")),
                "write licence = \"…\" with the name of the licence",
            );
        }
        return None;
    };
    let licence = item.word()?;
    if licence.chars().count() > LONGEST || licence.chars().any(char::is_control) {
        item.wrong(
            format_args!("is no name of at most {LONGEST} characters"),
            "write a short name, and licence_link = \"https://…\" for its text",
        );
        return None;
    }
    let known = KNOWN.iter().find(|(name, _)| *name == licence);
    let known = known.map(|(_, link)| (*link).to_owned());
    if known.is_none() && !link_is_written {
        let names = KNOWN.map(|(name, _)| name);
        item.wrong(
            format_args!("is \"{licence}\", whose text is not known here"),
            format!(
                "{}, or add licence_link = \"https://…\"",
                suggest(licence, &names)
            ),
        );
    }
    Some(OpenData {
        licence: licence.to_owned(),
        licence_link: link.or(known)?,
        contact: None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse_centre;
    use super::*;

    const TOP: &str = "name = \"Water\"\nzone = \"UTC\"\nhours = \"8:00-18:00\"\n\
        [[lines]]\nid = \"billing\"\nname = \"Billing\"\n[open_data]\n";

    fn read(text: &str) -> Result<OpenData, Vec<String>> {
        let read = parse_centre(&format!("{TOP}{text}"));
        read.map(|centre| centre.open_data)
            .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_known_licence_needs_no_link_and_another_one_does() {
        assert_eq!(read(""), Ok(OpenData::default()));
        let known = read("licence = \"CC0-1.0\"\ncontact = \"mailto:data@water.example\"\n");
        let known = known.expect("sound");
        assert!(known.licence_link.ends_with("/zero/1.0/"));
        assert_eq!(known.contact.as_deref(), Some("mailto:data@water.example"));
        let own = read("licence = \"Ours\"\nlicence_link = \"https://water.example/terms\"\n");
        assert_eq!(
            own.expect("sound").licence_link,
            "https://water.example/terms"
        );
        let unknown = read("licence = \"CC-BY-4\"\n")
            .expect_err("no link")
            .concat();
        assert!(unknown.contains("open_data.licence is \"CC-BY-4\""));
        assert!(unknown.contains("did you mean \"CC-BY-4.0\"?"), "{unknown}");
        let nameless = read("licence_link = \"https://water.example/terms\"\n");
        let nameless = nameless.expect_err("no name").concat();
        assert!(
            nameless.contains("open_data.licence is missing"),
            "{nameless}"
        );
    }

    #[test]
    fn no_line_is_called_as_all_of_them() {
        let text = TOP.replace("billing", "centre");
        let told = parse_centre(&text).expect_err("the word is taken");
        assert!(
            told[0].to_string().contains("all lines together"),
            "{told:?}"
        );
    }
}
