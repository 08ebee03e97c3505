//! Every command that the documentation tells is one that the program understands.

use std::path::Path;

use clap::Parser as _;
use quietline::cli::Cli;

const PAGES: [&str; 5] = [
    "README.md",
    "docs/operations.md",
    "docs/freepbx.md",
    "docs/telephony.md",
    "docs/record.md",
];

/// Lines of code blocks, those that end in `\` together with the next.
fn code_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let (mut is_code, mut goes_on) = (false, false);
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            (is_code, goes_on) = (!is_code, false);
            continue;
        }
        if !is_code {
            continue;
        }
        let (own, continues) = match line.strip_suffix('\\') {
            Some(own) => (own, true),
            None => (line, false),
        };
        match lines.last_mut().filter(|_| goes_on) {
            Some(last) => last.push_str(own),
            None => lines.push(own.to_owned()),
        }
        goes_on = continues;
    }
    lines
}

/// The words of a command of ours in a line of a shell, if there is one.
fn command_of(line: &str) -> Option<Vec<String>> {
    let line = line.split(" #").next().unwrap_or(line);
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_ours = |word: &&str| *word == "quietline" || word.ends_with("/quietline");
    // Of `sudo -u quietline quietline backup …` the second one is the program.
    let start = words.iter().enumerate().position(|(place, word)| {
        let is_user = place > 0 && ["-u", "--user"].contains(&words[place - 1]);
        is_ours(word) && !is_user && words.len() > place + 1
    })?;
    let ends = ["|", ">", "&&", ";", "<", "||", "2>"];
    let own = words[start..]
        .iter()
        .take_while(|word| !ends.contains(*word));
    let own = own.map(|word| word.trim_matches(['"', '\'']).to_owned());
    let own: Vec<String> = own.collect();
    let is_command = own.get(1).is_some_and(|word| {
        !word.starts_with('-')
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    });
    is_command.then_some(own)
}

#[test]
fn every_command_of_the_documentation_is_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = 0;
    for page in PAGES {
        let text = std::fs::read_to_string(root.join(page)).unwrap();
        for line in code_lines(&text) {
            let Some(command) = command_of(&line) else {
                continue;
            };
            found += 1;
            if let Err(error) = Cli::try_parse_from(&command) {
                let is_help = !error.use_stderr();
                assert!(is_help, "{page}: {line}\n{error}");
            }
        }
    }
    assert!(found >= 20, "the test reads the pages: {found} commands");
}

#[test]
fn a_command_that_is_none_would_be_seen() {
    let command = command_of("sudo -u quietline quietline bakup /var/backups  # often").unwrap();
    assert_eq!(command, ["quietline", "bakup", "/var/backups"]);
    assert!(Cli::try_parse_from(command).is_err());
    assert_eq!(command_of("systemctl reload quietline"), None);
    assert_eq!(
        command_of("useradd --system quietline --shell /bin/false"),
        None
    );
    let lines = code_lines("quietline x\n```\na \\\n  b\n```\nquietline y\n```\nc\n```");
    assert_eq!(lines, ["a   b", "c"]);
}
