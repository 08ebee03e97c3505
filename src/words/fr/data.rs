//! French words of open data.

use crate::words::DataWords;

pub(super) const DATA: DataWords = DataWords {
    title: "Données ouvertes",
    series_title: "chiffres quotidiens de toutes les lignes",
    intro: "Tous les chiffres quotidiens de ce site, pour chaque ligne et pour l’ensemble, en fichiers dont les adresses ne changent jamais. Ils ne contiennent que des jours clos, et disent de chaque jour ce qu’en disent les pages.",
    nothing_yet: "Il n’y a encore rien\u{a0}: le premier jour n’est pas clos.",
    unknown_file: "Ce fichier n’existe pas. Sont connus\u{a0}:",
    not_signed: "Les sommes de contrôle ne sont pas signées\u{a0}: il n’y a pas ici de clé du registre public.",
    terms: "Conditions",
    licence: "Licence",
    publisher: "Publié par",
    contact: "Questions",
    version: "Version",
    version_note: "Définitions · dernière révision · dernier jour",
    days: "Jours",
    to: "au",
    everything: "Tout en un seul fichier",
    everything_note: "Toutes les lignes, toutes les années. Avec Python et pandas\u{a0}:",
    by_year: "Par année et par ligne",
    by_year_note: "Un jour s’ajoute à sa clôture, à 4\u{a0}h le lendemain. Une année terminée ne change plus que par des révisions.",
    file_of: "Ligne",
    describes: "Description",
    columns_title: "Ce que disent les colonnes",
    columns_note: "Une ligne du fichier pour chaque jour, chaque ligne et chaque mesure. Ainsi une nouvelle mesure ne déplace aucune colonne, et chaque valeur a sa marque à côté d’elle.",
    column: "Colonne",
    meaning: "Sens",
    columns: &[
        ("date", "Le jour local, dans le fuseau du centre."),
        (
            "line",
            "Identifiant de la ligne\u{a0}; * désigne l’ensemble.",
        ),
        (
            "measure",
            "Identifiant de la mesure, comme sur la page Méthode.",
        ),
        (
            "unit",
            "contacts, complaints (réclamations), surveys (enquêtes), percent, seconds, points ou per_thousand (pour mille).",
        ),
        (
            "value",
            "La valeur. Vide n’est jamais zéro\u{a0}: la marque dit pourquoi, ou rien ne s’est passé dont elle pourrait être faite.",
        ),
        (
            "n",
            "Ce dont une part est la part, ou le nombre de contacts derrière la valeur. Vide si ce nombre est retenu.",
        ),
        (
            "mark",
            "p provisoire, r révisé, b rupture de série, u peu fiable, c petit nombre retenu, x pas de données, closed\u{a0}: fermé toute la journée.",
        ),
        (
            "under",
            "À la place d’une valeur, s’il s’agit de petits nombres\u{a0}: elle est inférieure à cela.",
        ),
        (
            "at_least",
            "À la place d’une valeur, s’il s’agit de petits nombres\u{a0}: elle est au moins cela.",
        ),
    ],
    json_note: "Le JSON contient la même chose en listes\u{a0}: les jours une fois, et pour chaque mesure des listes de valeurs, de nombres et de marques de même longueur.",
    weekly_note: "Ce qui n’est dit que par semaine, comme la satisfaction, et des points plus fins que le jour sont dans l’API\u{a0}:",
    measures: "Toutes les mesures, avec leurs formules",
    check_title: "Vérifier ce que vous avez téléchargé",
    check: "Les sommes de contrôle de tous les fichiers tels qu’ils sont maintenant. Elles changent quand un jour est clos ou révisé\u{a0}; gardez la liste avec les fichiers.",
    check_signed: "La liste est signée (Ed25519) avec la clé du registre public. Avec OpenSSL 3\u{a0}:",
    check_unsigned: "La liste n’est pas signée\u{a0}: il n’y a pas ici de clé du registre public.",
    changes_title: "Ce qui a changé",
    changes_none: "Rien de ce qui a été publié n’a changé.",
    changes_rule: "Le premier nombre de la version augmente quand une mesure est retirée ou redéfinie\u{a0}; le deuxième est le jour de la dernière révision, 0 s’il n’y en a pas eu\u{a0}; le troisième est le dernier jour contenu.",
    revised: "Révisé\u{a0}:",
    and_more: "et d’autres",
    api_title: "Pour les programmes",
    api: &[
        (
            "/openapi.json",
            "chaque adresse et chaque réponse (OpenAPI 3.1)",
        ),
        ("/asyncapi.json", "le flux en direct (AsyncAPI 3.0)"),
        (
            "/api/v1/definitions",
            "mesures, seuils et marques, y compris ceux qui ne valent plus",
        ),
        ("/data/catalog.jsonld", "catalogue de ces fichiers (DCAT 3)"),
        (
            "/data/dataset.jsonld",
            "le même pour les moteurs de recherche (schema.org)",
        ),
        ("/data/changes.json", "version et changements"),
        (
            "/.well-known/contact-wait.json",
            "l’attente de chaque ligne maintenant\u{a0}; son schéma est /schema/contact-wait.json",
        ),
        (
            "/badge.svg",
            "l’attente en petite image\u{a0}; ?line=… nomme une ligne",
        ),
        (
            "/oembed?url=/embed/now",
            "pour les éditeurs qui intègrent des liens (oEmbed)",
        ),
    ],
};
