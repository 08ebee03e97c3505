//! Who may know whom: the drawing in `src/lib.rs` stays true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// For each room, the rooms it may know. `domain` knows nobody; only `app` and `cli`, which put the
/// parts together, know them all.
const MAY_KNOW: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    ("meter", &[]),
    ("clock", &["domain"]),
    ("config", &["domain"]),
    ("forecast", &["domain"]),
    ("store", &["domain"]),
    ("demo", &["domain", "config"]),
    ("words", &["domain", "live"]),
    ("charts", &["domain", "words"]),
    ("ingest", &["domain", "store", "clock", "config", "meter"]),
    ("live", &["domain", "store", "forecast", "clock"]),
    ("publish", &["domain", "store", "clock"]),
    ("site", &["domain", "live", "charts", "words"]),
    ("desk", &["domain", "store", "words", "clock", "publish"]),
    ("server", &[]),
    (
        "app",
        &[
            "domain", "store", "ingest", "live", "forecast", "site", "desk", "publish", "words",
            "clock", "server", "meter",
        ],
    ),
    (
        "cli",
        &[
            "app", "domain", "store", "ingest", "live", "demo", "config", "clock", "server",
            "forecast", "desk", "publish",
        ],
    ),
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The rooms named by `crate::…` in a text, comments aside.
fn rooms_named(text: &str) -> BTreeSet<String> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let mut rooms = BTreeSet::new();
    for line in code {
        for after in line.split("crate::").skip(1) {
            let room: String = after
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect();
            rooms.insert(room);
        }
    }
    rooms
}

/// Room → rooms it knows, and where.
fn edges() -> BTreeMap<(String, String), PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut edges = BTreeMap::new();
    for file in rust_files(&source) {
        let inside = file.strip_prefix(&source).unwrap();
        let first = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap();
        let room = first.trim_end_matches(".rs").to_owned();
        for known in rooms_named(&std::fs::read_to_string(&file).unwrap()) {
            if known != room && !known.is_empty() {
                edges.insert((room.clone(), known), inside.to_owned());
            }
        }
    }
    edges
}

#[test]
fn rooms_know_only_whom_they_may_know() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_KNOW.into_iter().collect();
    let edges = edges();
    assert!(edges.len() > 10, "the test reads the sources: {edges:?}");
    for ((room, known), file) in edges {
        if room == "lib" || room == "main" {
            continue;
        }
        let may = allowed.get(room.as_str());
        let may = may.unwrap_or_else(|| panic!("src/{room} has no place in the drawing"));
        assert!(
            may.contains(&known.as_str()),
            "{} may not know {known}",
            file.display()
        );
    }
}

#[test]
fn only_the_store_knows_sql_and_the_domain_knows_no_input_or_output() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in rust_files(&source) {
        let text = std::fs::read_to_string(&file).unwrap();
        let inside = file.strip_prefix(&source).unwrap();
        if !inside.starts_with("store") {
            let queries = text.contains("sqlx::query") || text.contains("sqlx::migrate");
            assert!(!queries, "{} holds SQL", inside.display());
        }
        if inside.starts_with("domain") || inside.starts_with("forecast") {
            for forbidden in [
                "tokio::", "std::fs", "std::net", "async fn", "now_ms()", "sqlx",
            ] {
                assert!(
                    !text.contains(forbidden),
                    "{} has {forbidden}",
                    inside.display()
                );
            }
        }
    }
}

#[test]
fn whoever_has_the_files_can_check_them_without_a_database() {
    let publish = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/publish");
    let with_a_database = [
        "export",
        "http",
        "integrity",
        "key_files",
        "notary",
        "standing",
    ];
    for file in rust_files(&publish) {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let is_test = name.contains("test");
        let is_press = file.starts_with(publish.join("press"));
        if is_press || with_a_database.contains(&name) || is_test {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for forbidden in [
            "crate::store",
            "crate::clock",
            "tokio::",
            "std::fs",
            "async fn",
        ] {
            assert!(
                !text.contains(forbidden),
                "{} has {forbidden}",
                file.display()
            );
        }
    }
}

#[test]
fn a_forbidden_edge_would_be_seen() {
    let found =
        rooms_named("use crate::site::page;\n// use crate::store;\nlet x = crate::live::f();");
    assert_eq!(
        found,
        BTreeSet::from(["live".to_owned(), "site".to_owned()])
    );
}
