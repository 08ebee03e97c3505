//! English words of the page that checks the public record.

use crate::words::VerifyWords;

pub(super) const VERIFY: VerifyWords = VerifyWords {
    nav: "Check the record",
    title: "Check that nothing was changed",
    intro: "Everything published here for good is a leaf of a public log that can only grow. Your browser can check it now, from the first leaf to the last, without believing us.",
    how_title: "What is checked",
    how: &[
        "Each leaf and each text it names is hashed; all hashes together make one root (a Merkle tree, RFC 6962, SHA-256).",
        "Every root we ever signed (Ed25519) is what the leaves add up to, and the key that signed it was in force.",
        "Every day was promised by a salted hash before it was shown, and the record shown is the one promised.",
        "Every week has its edition or is listed as missed, and every correction stands beside what it corrects.",
        "A head that you kept earlier shows whether history was rewritten since, even by whoever has our key. So keep one.",
    ],
    start: "Check everything now",
    keep: "Keep the newest head (a small file)",
    kept: "A head you kept earlier",
    no_script: "Checking here needs JavaScript. Without it: quietline verify, with the address of this site, does the same from your own machine.",
    reading: "Reading the record …",
    checking: "Checking …",
    sound: "Nothing was changed.",
    wrong: "Something is not as it was published.",
    no_signatures: "Your browser cannot check Ed25519 signatures; everything else was checked.",
    not_reached: "The record could not be read. Try again, or check an exported copy of it.",
    bad_head: "The file you chose is not a head of this log. Choose one that you saved here.",
    counts: "{leaves} leaves, {heads} signed heads, {editions} editions, {missed} missed, {days} days, {documents} texts",
    files: "The log as files",
    faults: &[
        ("missing", "is missing"),
        ("altered", "is not what was published"),
        ("unreadable", "cannot be read"),
        ("twice", "stands in the log twice"),
        ("key", "is of a key that was not in force"),
        ("unsigned", "was not signed by the key in force"),
        ("root", "is not what the leaves add up to"),
        ("proof", "does not prove what it should"),
        ("order", "is not in order"),
        (
            "day",
            "is not the day that was promised, or days were left out",
        ),
        (
            "week",
            "is not the edition of its week, or a version was left out",
        ),
        ("gap", "weeks have no edition and are not listed as missed"),
        (
            "rewritten",
            "history was rewritten since you kept this head",
        ),
        ("cut", "the record was cut short since you kept this head"),
        ("other", "is a head of another log"),
        ("extra", "does not belong to the record"),
    ],
};
