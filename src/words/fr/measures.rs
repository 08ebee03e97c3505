//! The measures in French: name and meaning.

use crate::words::{MeasureWords, Named};

const fn named(name: &'static str, meaning: &'static str) -> Named {
    Named { name, meaning }
}

pub(super) const MEASURES: MeasureWords = MeasureWords {
    attempts: named(
        "Tentatives de contact",
        "Toutes les personnes qui ont essayé de nous joindre, y compris celles qui n’y sont jamais parvenues.",
    ),
    refused: named(
        "Refusées",
        "Refusées par nous\u{a0}: occupé, file pleine ou personne en poste.",
    ),
    left_in_menu: named(
        "Parties dans le menu",
        "Ont raccroché avant d’entrer dans une file.",
    ),
    self_served: named(
        "Servies par le menu",
        "Ont obtenu ce qu’il leur fallait sans parler à quelqu’un.",
    ),
    offered: named(
        "Entrées dans la file",
        "Mises en attente d’un interlocuteur.",
    ),
    answered: named("Prises en charge", "Ont parlé à quelqu’un."),
    abandoned: named("Abandons", "Ont raccroché pendant l’attente."),
    deflected: named(
        "Sorties de la file",
        "Sorties de la file par nous, sans interlocuteur.",
    ),
    callbacks_requested: named(
        "Rappels demandés",
        "Ont demandé à être rappelées plutôt que d’attendre.",
    ),
    callbacks_kept: named("Rappels tenus", "Ont été rappelées et jointes."),
    callbacks_pending: named("Rappels en cours", "Restent à rappeler."),
    callbacks_failed: named(
        "Rappels manqués",
        "Le rappel promis a définitivement échoué.",
    ),
    lost: named("Inexpliquées", "La fin du contact n’a jamais été signalée."),
    waiting: named(
        "Encore en attente",
        "N’étaient pas terminées quand les chiffres ont été établis.",
    ),
    transferred: named(
        "Transferts",
        "Passages à une autre ligne. Le compteur ne repart pas de zéro.",
    ),
    handled: named(
        "Contacts de durée connue",
        "Contacts dont le temps de conversation, de mise en attente et de saisie est connu.",
    ),
    service_level: named(
        "Niveau de service, côté entreprise",
        "Part des personnes en file prises en charge dans le délai visé\u{202f}; les raccrochages immédiats sont mis à part.",
    ),
    service_level_customer: named(
        "Niveau de service, côté client",
        "Part de toutes les personnes voulant un interlocuteur qui l’ont eu dans le délai promis, compté dès la première sonnerie.",
    ),
    reach_rate: named(
        "Ont eu quelqu’un",
        "Part des personnes voulant un interlocuteur qui en ont eu un, rappels tenus compris.",
    ),
    refused_rate: named(
        "Part refusée",
        "Part de toutes les tentatives que nous avons refusées.",
    ),
    abandonment: named(
        "Taux d’abandon",
        "Part des personnes en file qui ont raccroché pendant l’attente\u{202f}; les raccrochages immédiats sont mis à part.",
    ),
    short_abandonment: named(
        "Raccrochages immédiats",
        "Part des personnes en file qui ont raccroché presque aussitôt.",
    ),
    long_wait: named(
        "Ont attendu plus de 10 minutes",
        "Part des personnes voulant un interlocuteur qui ont attendu plus de dix minutes.",
    ),
    wait_median: named(
        "Attente habituelle",
        "La moitié des personnes prises en charge a attendu moins, l’autre moitié davantage.",
    ),
    wait_p90: named(
        "Attente du dixième le plus lent",
        "Neuf personnes prises en charge sur dix ont attendu moins.",
    ),
    wait_mean: named(
        "Délai moyen de réponse",
        "Attente moyenne des personnes prises en charge. Elle cache les longues attentes\u{a0}: à lire avec la médiane.",
    ),
    wait_customer_median: named(
        "Attente habituelle dès la sonnerie",
        "Telle que le client la vit, menu compris\u{a0}: la moitié a attendu moins.",
    ),
    wait_customer_p90: named(
        "Attente dès la sonnerie, dixième le plus lent",
        "Telle que le client la vit\u{a0}: neuf sur dix ont attendu moins.",
    ),
    wait_p10: named(
        "Attente du dixième le plus rapide",
        "Une personne prise en charge sur dix n’a pas attendu davantage.",
    ),
    wait_max: named(
        "Attente la plus longue, au plus",
        "Parmi les personnes prises en charge, nul n’a attendu davantage\u{a0}: c’est le haut de la classe où se trouve la plus longue attente.",
    ),
    wait_customer_p10: named(
        "Attente dès la première sonnerie, dixième le plus rapide",
        "Vécu par le client\u{a0}: une personne sur dix n’a pas attendu davantage.",
    ),
    wait_customer_max: named(
        "Attente la plus longue dès la première sonnerie, au plus",
        "Vécu par le client\u{a0}: nul n’a attendu davantage avant de parler à quelqu’un\u{a0}; c’est le haut de la classe où se trouve la plus longue attente.",
    ),
    handle_time: named(
        "Durée moyenne de traitement",
        "Conversation, mise en attente et saisie d’un contact, en moyenne. Jamais par personne.",
    ),
    resolution: named(
        "Réglés au premier contact",
        "Part réglée au premier contact, parmi ceux pour lesquels on le sait.",
    ),
    average_backlog: named(
        "Personnes en attente, en moyenne",
        "Combien de personnes attendaient en même temps, en moyenne sur la durée.",
    ),
    purpose_information: named(
        "Demandes d’information",
        "Contacts qui cherchaient une information.",
    ),
    purpose_transaction: named(
        "Démarches",
        "Contacts qui voulaient accomplir une démarche.",
    ),
    purpose_problem: named("Problèmes", "Contacts avec un problème à résoudre."),
    purpose_complaint: named("Réclamations", "Contacts qui exprimaient une réclamation."),
    purpose_idea: named("Idées", "Contacts qui apportaient une idée."),
    purpose_compliment: named("Compliments", "Contacts qui faisaient un compliment."),
    share_information: named(
        "Part\u{a0}: renseignements",
        "Voulaient un renseignement, parmi toutes les personnes mises en file.",
    ),
    share_transaction: named(
        "Part\u{a0}: démarches",
        "Voulaient faire une démarche, parmi toutes les personnes mises en file.",
    ),
    share_problem: named(
        "Part\u{a0}: problèmes",
        "Avaient un problème à résoudre, parmi toutes les personnes mises en file.",
    ),
    share_complaint: named(
        "Part\u{a0}: réclamations",
        "Ont fait une réclamation, parmi toutes les personnes mises en file.",
    ),
    share_idea: named(
        "Part\u{a0}: idées",
        "Avaient une idée, parmi toutes les personnes mises en file.",
    ),
    share_compliment: named(
        "Part\u{a0}: compliments",
        "Ont fait un compliment, parmi toutes les personnes mises en file.",
    ),
    share_unclassified: named(
        "Part\u{a0}: motif inconnu",
        "Personne n’a noté le motif, parmi toutes les personnes mises en file. Avec les parts des motifs, le total fait 100\u{a0}%.",
    ),
    complaints_opened: named(
        "Réclamations ouvertes",
        "Réclamations ouvertes ce jour-là, quel que soit le jour du contact.",
    ),
    complaints_closed: named(
        "Réclamations closes",
        "Réclamations closes ce jour-là, ouvertes jusqu’à 100 jours plus tôt.",
    ),
    complaints_closed_unopened: named(
        "Closes sans avoir été ouvertes",
        "Réclamations closes sans que nous sachions qu’elles avaient été ouvertes.",
    ),
    complaints_quick: named(
        "Closes en 3 jours ouvrés",
        "Parmi les réclamations ouvertes ce jour-là, celles closes avant la fin du troisième jour d’ouverture de la ligne. Provisoire pendant 14 jours.",
    ),
    complaints_in_time: named(
        "Closes en 8 semaines",
        "Parmi les réclamations ouvertes ce jour-là, celles closes avant la fin du 56e jour suivant. Provisoire pendant 8 semaines.",
    ),
    complaints_per_thousand: named(
        "Réclamations pour 1\u{202f}000 contacts",
        "Réclamations ouvertes pour mille personnes qui ont essayé de nous joindre les mêmes jours.",
    ),
    surveys_sent: named(
        "Enquêtes envoyées",
        "Contacts auxquels une enquête a été envoyée. Provisoire pendant 7 jours.",
    ),
    response_rate: named(
        "Enquêtes avec réponse",
        "Part des enquêtes envoyées dont une question au moins a reçu une réponse. Provisoire pendant 7 jours.",
    ),
    csat: named(
        "Satisfaction",
        "Part des réponses 4 ou 5 sur 5. Cachée au-dessous de 30 réponses. Provisoire pendant 7 jours.",
    ),
    nps: named(
        "Nous recommanderaient (NPS)",
        "Part de ceux qui nous recommanderaient (9 ou 10 sur 10), moins la part de ceux qui ne le feraient pas (0 à 6). Cachée au-dessous de 30 réponses. Provisoire pendant 7 jours.",
    ),
    ces_mean: named(
        "Facilité, en moyenne (CES)",
        "Moyenne des réponses sur la facilité, de 1 à 7. Cachée au-dessous de 30 réponses. Provisoire pendant 7 jours.",
    ),
    ces_easy: named(
        "Ont trouvé cela facile",
        "Part des réponses 5, 6 ou 7 sur 7. Cachée au-dessous de 30 réponses. Provisoire pendant 7 jours.",
    ),
    answered_soon: named(
        "Prises en charge en 2 minutes",
        "Part des personnes prises en charge après deux minutes d’attente au plus.",
    ),
    answered_late: named(
        "Prises en charge après plus de 10 minutes",
        "Part des personnes prises en charge après plus de dix minutes d’attente.",
    ),
};
