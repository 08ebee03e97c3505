//! French words of the report card.

use crate::words::CardWords;

pub(super) const CARD: CardWords = CardWords {
    title: "Ce que valaient nos prévisions",
    rules: &[
        "Chaque nuit, une prévision est émise pour les 14 jours suivants\u{202f}: combien appelleront à chaque demi-heure et combien de temps chacun attendra, avec un intervalle qui devrait tenir quatre fois sur cinq. Elle est conservée telle quelle et notée quand son heure est passée.",
        "Contacts\u{202f}: le total du jour (jour de la semaine, jour férié, lendemain de jour férié, tendance) multiplié par la forme de la journée. Attentes\u{202f}: les attentes passées de la même demi-heure, les jours aux mêmes horaires et les plus récents comptant le plus, lues comme les derniers jours l’ont montré.",
        "Les concurrents n’ont pas de modèle\u{202f}: comme à la même demi-heure de la semaine passée, et comme dans les quatre dernières semaines. Quand l’un d’eux était meilleur, c’est sa prévision de contacts qui sert, et elle est nommée ici.",
        "L’intervalle montré à qui appelle est noté aussi, par l’attente de cette personne. Qui raccroche dans l’intervalle ne compte pas, qui raccroche au-delà compte comme une erreur.",
        "Les jours d’avant la première prévision sont rattrapés à partir de ce qui précédait chacun d’eux, et de rien d’autre.",
    ],
    none: "Aucune prévision n’a encore été notée.",
    waits: "Attentes, par appel, quatre dernières semaines",
    contacts: "Contacts, par demi-heure, quatre dernières semaines",
    told: "Ligne, annoncé",
    told_when_calling: "au moment de l’appel",
    told_that_day: "le jour même",
    told_week_ahead: "six jours avant",
    calls: "Appels",
    half_hours: "Demi-heures",
    within: "Dans l’intervalle",
    median_miss: "Erreur médiane",
    pinball: "Perte pinball",
    against_last_week: "Contre la semaine passée",
    against_last_four: "Contre quatre semaines",
    better: "de mieux",
    worse: "de moins bien",
    by_model: "Établie par",
    weeks_of_history: "semaines d’historique",
    too_little: "moins de quatre semaines\u{202f}: une supposition",
    simpler_is_better: "La prévision plus simple était meilleure et sert.",
};
