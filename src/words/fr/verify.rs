//! French words of the page that checks the public record.

use crate::words::VerifyWords;

pub(super) const VERIFY: VerifyWords = VerifyWords {
    nav: "Vérifier le registre",
    title: "Vérifier que rien n’a été modifié",
    intro: "Tout ce qui est publié ici pour de bon est une feuille d’un registre public qui ne peut que grandir. Votre navigateur peut le vérifier maintenant, de la première feuille à la dernière, sans nous croire.",
    how_title: "Ce qui est vérifié",
    how: &[
        "Chaque feuille et chaque texte qu’elle nomme est haché ; tous ensemble donnent une racine (arbre de Merkle, RFC 6962, SHA-256).",
        "Chaque racine que nous avons signée (Ed25519) est celle que donnent les feuilles, et la clé qui l’a signée était en vigueur.",
        "Chaque jour a été promis par une empreinte salée avant d’être montré, et ce qui est montré est ce qui a été promis.",
        "Chaque semaine a son édition ou figure comme manquée, et chaque correction se tient à côté de ce qu’elle corrige.",
        "Une tête que vous avez gardée montre si l’histoire a été réécrite depuis, même par qui possède notre clé. Gardez-en donc une.",
    ],
    start: "Tout vérifier maintenant",
    keep: "Garder la tête la plus récente (un petit fichier)",
    kept: "Une tête que vous avez gardée",
    no_script: "La vérification ici demande JavaScript. Sans lui : quietline verify, avec l’adresse de ce site, fait la même chose depuis votre machine.",
    reading: "Lecture du registre…",
    checking: "Vérification…",
    sound: "Rien n’a été modifié.",
    wrong: "Quelque chose n’est pas tel que publié.",
    no_signatures: "Votre navigateur ne sait pas vérifier les signatures Ed25519 ; tout le reste a été vérifié.",
    not_reached: "Le registre n’a pas pu être lu. Réessayez, ou vérifiez une copie exportée.",
    bad_head: "Le fichier choisi n’est pas une tête de ce registre. Choisissez-en une que vous avez enregistrée ici.",
    counts: "{leaves} feuilles, {heads} têtes signées, {editions} éditions, {missed} manquées, {days} jours, {documents} textes",
    files: "Le registre en fichiers",
    faults: &[
        ("missing", "est absent"),
        ("altered", "n’est pas ce qui a été publié"),
        ("unreadable", "est illisible"),
        ("twice", "figure deux fois dans le registre"),
        ("key", "relève d’une clé qui n’était pas en vigueur"),
        ("unsigned", "n’a pas été signé par la clé en vigueur"),
        ("root", "n’est pas ce que donnent les feuilles"),
        ("proof", "ne prouve pas ce qu’il devrait"),
        ("order", "n’est pas dans l’ordre"),
        ("day", "n’est pas le jour promis, ou des jours ont été omis"),
        (
            "week",
            "n’est pas l’édition de sa semaine, ou une version a été omise",
        ),
        (
            "gap",
            "semaines sans édition et non signalées comme manquées",
        ),
        (
            "rewritten",
            "l’histoire a été réécrite depuis que vous avez gardé cette tête",
        ),
        (
            "cut",
            "le registre a été raccourci depuis que vous avez gardé cette tête",
        ),
        ("other", "est une tête d’un autre registre"),
        ("extra", "n’appartient pas au registre"),
    ],
};
