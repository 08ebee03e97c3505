//! French words of definitions.

use crate::words::DefinitionWords;

pub(super) const DEFINITION: DefinitionWords = DefinitionWords {
    promises: "Ce que les lignes promettent, et depuis quand",
    promises_intro: "Un contact est jugé selon ce qui valait le jour même. Un changement est annoncé avant de commencer, ne modifie jamais les jours précédents et porte la marque [b] là où il commence. Pendant 13 semaines, chaque semaine est montrée lue des deux façons.",
    line: "Ligne",
    since: "Depuis",
    beginning: "le début",
    company_side: "Côté entreprise",
    customer_side: "Côté client",
    short: "Raccrochages rapides",
    within: "en",
    why: "Pourquoi",
    past: "Définitions qui ne valent plus",
    past_none: "Aucune.",
    withdrawn: "retirée",
    replaced: "remplacée",
    until: "jusqu’au",
    beside: "Lu des deux façons depuis le changement du",
    beside_note: "L’effet du seul changement\u{a0}: chaque semaine telle qu’elle est jugée, et comme si rien n’avait changé.",
    week: "Semaine du",
    as_judged: "Telle que jugée",
    as_before: "Comme avant le changement",
};
