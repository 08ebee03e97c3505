//! "What is it about?": the centre's purposes as links, and where each leads.

use super::answer::Asking;
use super::error::{Error, Why};
use super::page::{Page, Visitor, encoded};
use super::ways::{address_of, is_safe};
use crate::domain::centre::{Centre, Leads};

/// What the visitor has said it is about.
pub struct PurposeView {
    /// In the caller's words.
    pub name: String,
    /// What to know before.
    pub note: Option<String>,
    /// Address and text of the quicker way, if that is where it leads.
    pub online: Option<(String, &'static str)>,
}

/// A purpose on the list.
pub struct PurposeLink {
    /// Where it leads.
    pub address: String,
    /// In the caller's words.
    pub name: String,
    /// Whether it is the one that was chosen.
    pub is_current: bool,
}

/// The place of `?purpose=` among the centre's, if one is asked for.
///
/// # Errors
/// When the centre has no such purpose.
pub fn asked(centre: &Centre, visitor: &Visitor) -> Result<Option<usize>, Error> {
    let Some(id) = visitor.parameter("purpose") else {
        return Ok(None);
    };
    let purposes = &centre.purposes;
    let found = purposes.iter().position(|purpose| purpose.id == id);
    found.map(Some).ok_or_else(|| Error::BadParameter {
        name: "purpose",
        why: Why::UnknownPurpose,
        known: purposes.iter().map(|purpose| purpose.id.clone()).collect(),
    })
}

/// The line a purpose leads to, if it leads to one.
#[must_use]
pub fn line_of(centre: &Centre, place: usize) -> Option<&str> {
    match &centre.purposes.get(place)?.leads {
        Leads::Line(line) => Some(line),
        Leads::Link(_) => None,
    }
}

/// What is shown of the chosen purpose.
#[must_use]
pub fn view(asking: Asking<'_>, page: &Page, place: usize) -> Option<PurposeView> {
    let purpose = asking.centre.purposes.get(place)?;
    let words = asking.words();
    let code = asking.lang.code();
    let online = match &purpose.leads {
        Leads::Link(link) if is_safe(link) => {
            let text = match link.split_once(':').map(|(scheme, _)| scheme) {
                Some("mailto") => words.write_instead,
                Some("tel") => words.call,
                _ => words.quicker_online,
            };
            Some((address_of(page, link), text))
        }
        _ => None,
    };
    Some(PurposeView {
        name: purpose.name.in_language(code).to_owned(),
        note: purpose
            .note
            .as_ref()
            .map(|note| note.in_language(code).to_owned()),
        online,
    })
}

/// All purposes as links; the limits that were set are kept.
#[must_use]
pub fn list(
    asking: Asking<'_>,
    page: &Page,
    chosen: Option<usize>,
    limits: &str,
) -> Vec<PurposeLink> {
    let link = |(place, purpose): (usize, &crate::domain::centre::Purpose)| PurposeLink {
        address: page.link(&format!("/?purpose={}{limits}", encoded(&purpose.id))),
        name: purpose.name.in_language(asking.lang.code()).to_owned(),
        is_current: chosen == Some(place),
    };
    asking
        .centre
        .purposes
        .iter()
        .enumerate()
        .map(link)
        .collect()
}
