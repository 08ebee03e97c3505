//! Which part of the whole centre a series is asked for: a cause, a channel, a site.

use crate::domain::centre::{Channel, FORMER_SITES, UNTOLD_SITE};
use crate::domain::facts::site::AtSite;
use crate::domain::measures::Measure;
use crate::domain::period::Grain;
use crate::site::Site;
use crate::site::error::{Error, Why};
use crate::site::figures::Definition;
use crate::site::page::Visitor;

/// The cause of complaints asked for, if any.
pub(super) fn read_cause(
    site: &Site,
    visitor: &Visitor,
    definition: &Definition,
    line: &str,
) -> Result<Option<String>, Error> {
    let Some(cause) = visitor.parameter("cause") else {
        return Ok(None);
    };
    let is_by_cause = Measure::from_id(definition.id).is_some_and(Measure::is_by_cause);
    let why = if !is_by_cause || line != "*" {
        Why::NotByCause
    } else if site.centre().cause(&cause).is_none() {
        Why::UnknownCause
    } else {
        return Ok(Some(cause));
    };
    let known = match why {
        Why::UnknownCause => site
            .centre()
            .causes
            .iter()
            .map(|cause| cause.id.clone())
            .collect(),
        _ => Vec::new(),
    };
    Err(Error::BadParameter {
        name: "cause",
        why,
        known,
    })
}

/// The channel asked for, if any.
pub(super) fn read_channel(
    site: &Site,
    visitor: &Visitor,
    definition: &Definition,
    (line, grain): (&str, Grain),
) -> Result<Option<Channel>, Error> {
    let Some(channel) = visitor.parameter("channel") else {
        return Ok(None);
    };
    let is_told = Measure::from_id(definition.id).is_some_and(Measure::is_by_channel);
    let is_told = is_told && line == "*" && !grain.is_within_day();
    let known = site.channels();
    let why = if is_told {
        Why::NotOneOfThese
    } else {
        Why::NotByChannel
    };
    let found = known.iter().find(|known| known.name() == channel);
    found
        .copied()
        .filter(|_| is_told)
        .map(Some)
        .ok_or_else(|| Error::BadParameter {
            name: "channel",
            why,
            known: known.iter().map(|known| known.name().to_owned()).collect(),
        })
}

/// The site asked for, if any: one of the centre, or what stands for those of none.
pub(super) fn read_site(
    site: &Site,
    visitor: &Visitor,
    definition: &Definition,
    (line, grain): (&str, Grain),
) -> Result<Option<String>, Error> {
    let Some(asked) = visitor.parameter("site") else {
        return Ok(None);
    };
    let counted = Measure::from_id(definition.id).and_then(Measure::by_site);
    let is_alone = ["cause", "channel"].map(|name| visitor.parameter(name).is_none());
    let is_told = line == "*" && !grain.is_within_day() && is_alone == [true, true];
    let of = counted.filter(|_| is_told).map(|(_, of)| of);
    let mut known = site_ids(site);
    // Whether it was solved is also known of call-backs, which no site answered.
    known.retain(|id| id != UNTOLD_SITE || of == Some(AtSite::Answered));
    if of.is_some() && known.contains(&asked) {
        return Ok(Some(asked));
    }
    Err(Error::BadParameter {
        name: "site",
        why: if of.is_some() {
            Why::NotOneOfThese
        } else {
            Why::NotBySite
        },
        known,
    })
}

/// What may stand for a site; nothing where the centre has none.
#[must_use]
pub fn site_ids(site: &Site) -> Vec<String> {
    let sites = &site.centre().sites;
    if sites.is_empty() {
        return Vec::new();
    }
    let ids = sites.iter().map(|own| own.id.as_str());
    let ids = ids.chain([FORMER_SITES, UNTOLD_SITE]);
    ids.map(str::to_owned).collect()
}
