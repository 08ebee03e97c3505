//! What the files are, for programs: their columns (CSV on the Web), a catalogue (DCAT 3) and a
//! data set (schema.org).

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::ToSpan as _;
use serde_json::{Value, json};

use super::shelf::{Extent, names};
use super::table::{COLUMNS, WHOLE, measures};
use super::version::{Version, history};
use super::{extent, tagged};
use crate::domain::centre::ALL_LINES;
use crate::site::Site;
use crate::site::api::A_MINUTE;
use crate::site::error::Error;
use crate::site::page::absolute;
use crate::words::{EN, Lang, Words};

const JSON_LD: &str = "application/ld+json";
/// Vocabularies of the European publications office.
const AUTHORITY: &str = "http://publications.europa.eu/resource/authority";
/// Media types as the catalogue names them.
const MEDIA: &str = "https://www.iana.org/assignments/media-types";

/// What the columns of a CSV mean; without a year, of the file of everything.
#[must_use]
pub(super) fn metadata(site: &Site, name: &str, year: Option<i16>) -> Value {
    let terms = &site.centre().open_data;
    let when = year.map_or_else(|| "all years".to_owned(), |year| year.to_string());
    let file = year.map_or("all.csv.gz".to_owned(), |_| format!("{name}.csv"));
    let columns = COLUMNS.map(|column| {
        let (datatype, text) = meaning(column);
        let is_always_there = ["date", "line", "measure", "unit"].contains(&column);
        json!({
            "name": column,
            "titles": column,
            "datatype": datatype,
            "required": is_always_there,
            "dc:description": text,
        })
    });
    json!({
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": file,
        "dc:title": format!("{}, {}", title_of(site, name, Lang::En), when),
        "dc:description": "Every daily measure of every closed day, a row for each day, line and \
            measure. Missing is never zero: where value is empty, mark says why.",
        "dc:publisher": site.centre().name.in_language("en"),
        "dc:license": {"@id": terms.licence_link},
        "rdfs:seeAlso": {"@id": "/api/v1/definitions"},
        "dialect": {"header": true, "encoding": "utf-8"},
        "tableSchema": {"columns": columns, "primaryKey": ["date", "line", "measure"]},
    })
}

/// Type and meaning of a column, in English.
fn meaning(column: &str) -> (Value, &'static str) {
    let columns = &EN.data.columns;
    let text = columns.iter().find(|(name, _)| *name == column);
    let text = text.map_or("", |(_, text)| *text);
    let datatype = match column {
        "date" => json!("date"),
        "n" => json!({"base": "integer", "minimum": 0}),
        "value" | "under" | "at_least" => json!("number"),
        "mark" => json!({"base": "string", "format": "p|r|b|u|c|x|closed"}),
        _ => json!("string"),
    };
    (datatype, text)
}

/// What a file is called in a language: its line, or all of them.
fn title_of(site: &Site, name: &str, lang: Lang) -> String {
    let centre = site.centre().name.in_language(lang.code());
    match site.line_name(name, lang) {
        Some(line) => format!("{centre}: {line}"),
        None if name == ALL_LINES => format!("{centre}: {}", lang.words().whole_centre),
        None => centre.to_owned(),
    }
}

/// What is described, and from where it is seen.
struct Seen<'a> {
    site: &'a Site,
    headers: &'a HeaderMap,
    extent: Extent,
    version: Version,
}

impl Seen<'_> {
    fn at(&self, path: &str) -> String {
        absolute(self.headers, path)
    }

    fn first_and_last(&self) -> [String; 2] {
        let last = self.extent.days.end.saturating_sub(1.day());
        [self.extent.days.start, last].map(|day| day.to_string())
    }

    /// A text in each language of the pages.
    fn texts(&self, of: impl Fn(&'static Words) -> String) -> Vec<Value> {
        let languages = self.site.languages().iter();
        let text = |lang: &Lang| json!({"@language": lang.code(), "@value": of(lang.words())});
        languages.map(text).collect()
    }

    fn publisher(&self) -> String {
        self.site.centre().name.in_language("en").to_owned()
    }
}

async fn seen<'a>(site: &'a Site, headers: &'a HeaderMap) -> Result<Seen<'a>, Error> {
    let extent = extent(site).await?;
    let (version, _) = history(site, &extent).await?;
    Ok(Seen {
        site,
        headers,
        extent,
        version,
    })
}

/// `/data/dataset.jsonld`: for search engines.
pub async fn dataset(State(site): State<Site>, headers: HeaderMap) -> Result<Response, Error> {
    let body = schema_org(&seen(&site, &headers).await?).to_string();
    Ok(tagged(body, JSON_LD, A_MINUTE, &headers))
}

/// The same as a block of data in the page, where search engines look for it; no script can be
/// begun or ended in it.
pub(super) async fn dataset_block(site: &Site, headers: &HeaderMap) -> Result<String, Error> {
    let text = schema_org(&seen(site, headers).await?).to_string();
    Ok(text.replace('<', "\\u003c"))
}

fn schema_org(seen: &Seen) -> Value {
    let site = seen.site;
    let terms = &site.centre().open_data;
    let measured = measures(site, WHOLE).map(|own| {
        let named = EN.measures.of(own.id);
        json!({
            "@type": "PropertyValue",
            "propertyID": own.id,
            "name": named.map_or(own.id, |named| named.name),
            "description": named.map_or(own.meaning, |named| named.meaning),
            "unitText": own.unit,
        })
    });
    json!({
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": seen.at("/data"),
        "url": seen.at("/data"),
        "name": format!("{}: {}", seen.publisher(), EN.data.series_title),
        "description": EN.data.intro,
        "version": seen.version.to_string(),
        "license": terms.licence_link,
        "isAccessibleForFree": true,
        "creator": {"@type": "Organization", "name": seen.publisher()},
        "temporalCoverage": seen.first_and_last().join("/"),
        "variableMeasured": measured.collect::<Vec<_>>(),
        "distribution": [{
            "@type": "DataDownload",
            "encodingFormat": "application/gzip",
            "contentUrl": seen.at("/data/all.csv.gz"),
        }],
    })
}

/// `/data/catalog.jsonld`: for catalogues of open data.
pub async fn catalogue(State(site): State<Site>, headers: HeaderMap) -> Result<Response, Error> {
    let body = dcat(&seen(&site, &headers).await?).to_string();
    Ok(tagged(body, JSON_LD, A_MINUTE, &headers))
}

fn dcat(seen: &Seen) -> Value {
    let publisher = json!({"@type": "foaf:Agent", "foaf:name": seen.publisher()});
    let files = seen.extent.years.iter().flat_map(|year| {
        let names = names(seen.site).into_iter();
        names.map(|name| of_file(seen, *year, &name))
    });
    let datasets: Vec<Value> = std::iter::once(whole(seen)).chain(files).collect();
    json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "vcard": "http://www.w3.org/2006/vcard/ns#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": seen.at("/data/catalog.jsonld"),
        "@type": "dcat:Catalog",
        "dct:title": seen.texts(|words| format!("{}: {}", seen.publisher(), words.data.title)),
        "dct:description": seen.texts(|words| words.data.intro.to_owned()),
        "dct:publisher": publisher,
        "dct:license": {"@id": seen.site.centre().open_data.licence_link},
        "foaf:homepage": {"@id": seen.at("/data")},
        "dcat:dataset": datasets,
        "dcat:service": [{
            "@id": seen.at("/api/v1"),
            "@type": "dcat:DataService",
            "dct:title": seen.texts(|words| words.data.api_title.to_owned()),
            "dcat:endpointURL": {"@id": seen.at("/api/v1")},
            "dcat:endpointDescription": [
                {"@id": seen.at("/openapi.json")},
                {"@id": seen.at("/asyncapi.json")},
            ],
            "dcat:servesDataset": {"@id": seen.at("/data")},
        }],
    })
}

/// All years of all lines: the series, and its one file.
fn whole(seen: &Seen) -> Value {
    let mut own = of_days(
        seen,
        &seen.texts(|words| words.data.series_title.to_owned()),
        seen.first_and_last(),
    );
    own["@id"] = json!(seen.at("/data"));
    own["@type"] = json!(["dcat:Dataset", "dcat:DatasetSeries"]);
    own["dct:identifier"] = json!(seen.at("/data"));
    own["dcat:distribution"] = json!([{
        "@type": "dcat:Distribution",
        "dcat:accessURL": {"@id": seen.at("/data")},
        "dcat:downloadURL": {"@id": seen.at("/data/all.csv.gz")},
        "dcat:mediaType": {"@id": format!("{MEDIA}/text/csv")},
        "dcat:compressFormat": {"@id": format!("{MEDIA}/application/gzip")},
        "dct:license": own["dct:license"],
    }]);
    own
}

/// A line in a year.
fn of_file(seen: &Seen, year: i16, name: &str) -> Value {
    let days = seen.extent.of_year(year);
    let last = days.end.saturating_sub(1.day());
    let titles = seen.texts(|words| format!("{}, {year}", title_of(seen.site, name, words.lang)));
    let address = seen.at(&format!("/data/{year}/{name}"));
    let mut own = of_days(seen, &titles, [days.start, last].map(|day| day.to_string()));
    own["@id"] = json!(format!("{address}.csv#data"));
    own["dct:identifier"] = json!(format!("{address}.csv#data"));
    own["dcat:inSeries"] = json!({"@id": seen.at("/data")});
    let files = [
        ("csv", "text/csv", "CSV"),
        ("json", "application/json", "JSON"),
    ];
    let files = files.map(|(ending, media, format)| {
        json!({
            "@type": "dcat:Distribution",
            "dcat:accessURL": {"@id": format!("{address}.{ending}")},
            "dcat:downloadURL": {"@id": format!("{address}.{ending}")},
            "dcat:mediaType": {"@id": format!("{MEDIA}/{media}")},
            "dct:format": {"@id": format!("{AUTHORITY}/file-type/{format}")},
            "dct:license": own["dct:license"],
        })
    });
    own["dcat:distribution"] = json!(files);
    own
}

/// What every data set says.
fn of_days(seen: &Seen, titles: &[Value], [first, last]: [String; 2]) -> Value {
    let terms = &seen.site.centre().open_data;
    let day = |text: String| json!({"@type": "xsd:date", "@value": text});
    let mut own = json!({
        "@type": "dcat:Dataset",
        "dct:title": titles,
        "dct:description": seen.texts(|words| words.data.intro.to_owned()),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": seen.publisher()},
        "dct:license": {"@id": terms.licence_link},
        "dct:accrualPeriodicity": {"@id": format!("{AUTHORITY}/frequency/DAILY")},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": day(first),
            "dcat:endDate": day(last),
        },
        "dcat:version": seen.version.to_string(),
        "dcat:landingPage": {"@id": seen.at("/data")},
        "dct:conformsTo": {"@id": "http://www.w3.org/ns/csvw"},
    });
    if let Some(contact) = &terms.contact {
        own["dcat:contactPoint"] = json!({
            "@type": "vcard:Organization",
            "vcard:fn": seen.publisher(),
            (if contact.starts_with("mailto:") { "vcard:hasEmail" } else { "vcard:hasURL" }):
                {"@id": contact},
        });
    }
    own
}
