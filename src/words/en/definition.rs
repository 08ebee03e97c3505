//! English words of definitions.

use crate::words::DefinitionWords;

pub(super) const DEFINITION: DefinitionWords = DefinitionWords {
    promises: "What lines promise, and since when",
    promises_intro: "A contact is judged by what held on its own day. A change is announced before it begins, never alters the days before it, and is marked [b] where it begins. For 13 weeks after it every week is shown read both ways.",
    line: "Line",
    since: "Since",
    beginning: "the beginning",
    company_side: "Company side",
    customer_side: "Customer side",
    short: "Short hang-ups",
    within: "within",
    why: "Why",
    past: "Definitions that hold no more",
    past_none: "None.",
    withdrawn: "withdrawn",
    replaced: "replaced",
    until: "until",
    beside: "Read both ways since the change of",
    beside_note: "What the change alone did: each week as it is judged, and as if nothing had changed.",
    week: "Week of",
    as_judged: "As it is judged",
    as_before: "As before the change",
};
