//! The sites of centre.toml: `[[sites]]`, where people answer and whose people they are.

use crate::domain::centre::{FORMER_SITES, Site, SiteKind, UNTOLD_SITE};

use super::centre::{read_id, read_text};
use super::mistake::suggest;
use super::reader::{Item, Table};

/// More than this are no answer to the question who answered.
const MOST_SITES: usize = 32;

/// All sites, in their order. Most centres name none.
pub(super) fn read_sites(top: &Table, languages: &[String]) -> Vec<Site> {
    let Some(item) = top.optional("sites") else {
        return Vec::new();
    };
    let entries = item.one_or_more();
    if entries.len() > MOST_SITES {
        item.wrong(
            format_args!("has {} entries", entries.len()),
            format!("leave at most {MOST_SITES}; small places may share one"),
        );
    }
    let mut ids: Vec<String> = Vec::new();
    let mut sites = Vec::new();
    for entry in entries {
        let Some(mut table) = entry.table("[[sites]]") else {
            continue;
        };
        let id = read_site_id(&table, &ids);
        if let Some(id) = &id {
            table.rename(format!("sites.{id}"));
            ids.push(id.clone());
        }
        sites.extend(read_site(&table, id, languages));
        table.finish();
    }
    sites
}

/// The words for those of no site are taken.
fn read_site_id(table: &Table, ids: &[String]) -> Option<String> {
    let id = read_id(table, ids, "\"town\"")?;
    if [FORMER_SITES, UNTOLD_SITE].contains(&id.as_str()) {
        let path = table.path_of("id");
        table.wrong(
            format!("{path} is \"{id}\", which stands for contacts of no site"),
            "write another id",
        );
        return None;
    }
    Some(id)
}

fn read_site(table: &Table, id: Option<String>, languages: &[String]) -> Option<Site> {
    let name = table
        .needed("name", "\"Town office\"")
        .and_then(|item| read_text(&item, languages));
    let kind = table
        .needed("kind", "\"in_house\" or \"partner\"")
        .and_then(|item| read_kind(&item));
    Some(Site {
        id: id?,
        name: name?,
        kind: kind?,
    })
}

fn read_kind(item: &Item) -> Option<SiteKind> {
    let word = item.word()?;
    let kind = SiteKind::ALL.into_iter().find(|kind| kind.name() == word);
    if kind.is_none() {
        item.wrong(
            format_args!("is \"{word}\", which is no kind of site"),
            suggest(word, &SiteKind::ALL.map(SiteKind::name)),
        );
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::super::parse_centre;
    use super::*;

    const TOP: &str = "name = \"Water\"\nzone = \"UTC\"\nhours = \"8:00-18:00\"\n\
        languages = [\"en\", \"fr\"]\n[[lines]]\nid = \"billing\"\nname = \"Billing\"\n";

    fn read(sites: &str) -> Result<Vec<Site>, Vec<String>> {
        let read = parse_centre(&format!("{TOP}{sites}"));
        read.map(|centre| centre.sites)
            .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
    }

    fn mistake(sites: &str) -> String {
        let mistakes = read(sites).expect_err("it is wrong");
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        mistakes.concat()
    }

    fn one(id: &str) -> String {
        format!("[[sites]]\nid = \"{id}\"\nname = \"Town\"\nkind = \"in_house\"\n")
    }

    #[test]
    fn a_site_is_our_own_or_a_partners() {
        let sites = read(
            "[[sites]]\nid = \"town\"\nname = { en = \"Town\", fr = \"Ville\" }\n\
             kind = \"in_house\"\n[[sites]]\nid = \"dial\"\nname = \"Dial\"\nkind = \"partner\"\n",
        )
        .expect("sound");
        assert_eq!(sites[0].kind, SiteKind::InHouse);
        assert_eq!(sites[0].name.in_language("fr"), "Ville");
        assert_eq!((&*sites[1].id, sites[1].kind), ("dial", SiteKind::Partner));
        assert_eq!(read("").expect("sound"), []);
    }

    #[test]
    fn a_kind_that_there_is_not_is_told_with_the_nearest_one() {
        let near = mistake("[[sites]]\nid = \"a\"\nname = \"A\"\nkind = \"partnr\"\n");
        assert!(
            near.contains("centre.toml:11: sites.a.kind is \"partnr\""),
            "{near}"
        );
        assert!(near.contains("did you mean \"partner\"?"), "{near}");
        let none = mistake("[[sites]]\nid = \"a\"\nname = \"A\"\n");
        assert!(none.contains("sites.a.kind is missing"), "{none}");
        let key = mistake(&format!("{}knd = \"partner\"\n", one("a")));
        assert!(key.contains("did you mean \"kind\"?"), "{key}");
    }

    #[test]
    fn sites_have_their_own_ids_and_are_few() {
        let twice = mistake(&one("town").repeat(2));
        assert!(twice.contains("is \"town\" again"), "{twice}");
        let taken = mistake(&one("untold"));
        assert!(taken.contains("contacts of no site"), "{taken}");
        let many: String = (0..=MOST_SITES).map(|n| one(&format!("s{n}"))).collect();
        let told = mistake(&many);
        assert!(told.contains("has 33 entries; leave at most 32"), "{told}");
    }
}
