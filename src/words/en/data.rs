//! English words of open data.

use crate::words::DataWords;

pub(super) const DATA: DataWords = DataWords {
    title: "Open data",
    series_title: "daily figures of all lines",
    intro: "Every daily figure of this site, of every line and of all lines together, as files whose addresses never change. They hold closed days only, and say of each day what the pages say of it.",
    nothing_yet: "There is nothing yet: the first day is not closed.",
    unknown_file: "There is no such file. Known are:",
    not_signed: "The checksums are not signed: there is no key of the public log here.",
    terms: "Terms",
    licence: "Licence",
    publisher: "Published by",
    contact: "Questions",
    version: "Version",
    version_note: "Definitions · last revision · last day",
    days: "Days",
    to: "to",
    everything: "Everything in one file",
    everything_note: "All lines, all years. With Python and pandas:",
    by_year: "By year and line",
    by_year_note: "A day is added when it closes, at 4:00 the next morning. A year that is over changes by revisions only.",
    file_of: "Line",
    describes: "Description",
    columns_title: "What the columns mean",
    columns_note: "A row for each day, line and measure. So a new measure never moves a column, and every value has its mark beside it.",
    column: "Column",
    meaning: "Meaning",
    columns: &[
        ("date", "The local day in the centre’s time zone."),
        ("line", "Id of the line; * is all lines together."),
        ("measure", "Id of the measure, as on the page Method."),
        (
            "unit",
            "contacts, complaints, surveys, percent, seconds, points or per_thousand.",
        ),
        (
            "value",
            "The value. Empty is never zero: the mark says why it is empty, or nothing happened that it could be made of.",
        ),
        (
            "n",
            "What a share is a share of, or how many contacts are behind the value. Empty where that is withheld.",
        ),
        (
            "mark",
            "p provisional, r revised, b break in the series, u low reliability, c small number withheld, x no data, closed: closed all day.",
        ),
        (
            "under",
            "Instead of a value, where small numbers are involved: it is under this.",
        ),
        (
            "at_least",
            "Instead of a value, where small numbers are involved: it is at least this.",
        ),
    ],
    json_note: "JSON holds the same as lists: the days once, and for each measure lists of values, numbers and marks as long as they are.",
    weekly_note: "What is told by week only, such as satisfaction, and finer points than days are in the API:",
    measures: "All measures, with their formulas",
    check_title: "Check what you downloaded",
    check: "The checksums of all files as they are now. They change when a day closes or is revised; keep the list with the files.",
    check_signed: "The list is signed (Ed25519) with the key of the public log. With OpenSSL 3:",
    check_unsigned: "The list is not signed: there is no key of the public log here.",
    changes_title: "What changed",
    changes_none: "Nothing that was published has changed.",
    changes_rule: "The first number of the version grows when a measure is withdrawn or defined anew; the second is the day of the last revision, 0 if there was none; the third is the last day in the data.",
    revised: "Revised:",
    and_more: "and more",
    api_title: "For programs",
    api: &[
        ("/openapi.json", "every address and answer (OpenAPI 3.1)"),
        ("/asyncapi.json", "the live feed (AsyncAPI 3.0)"),
        (
            "/api/v1/definitions",
            "measures, thresholds and marks, those that hold no more too",
        ),
        ("/data/catalog.jsonld", "catalogue of these files (DCAT 3)"),
        (
            "/data/dataset.jsonld",
            "the same for search engines (schema.org)",
        ),
        ("/data/changes.json", "version and changes"),
        (
            "/.well-known/contact-wait.json",
            "the wait of every line now; its schema is /schema/contact-wait.json",
        ),
        (
            "/badge.svg",
            "the wait as a small picture; ?line=… names a line",
        ),
        (
            "/oembed?url=/embed/now",
            "for editors that embed links (oEmbed)",
        ),
    ],
};
