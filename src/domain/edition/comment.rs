//! The officer's comment: short, plain, and unable to pretend. Of Markdown there are paragraphs,
//! emphasis, lists and links to pages of this site; everything else is refused with its reason.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// The longest comment, characters.
pub const MOST_CHARS: usize = 1_200;
/// Of a text far longer than a comment nothing is told but that: it is not read to its end.
const MOST_READ_CHARS: usize = 10 * MOST_CHARS;

/// Why a comment is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has so many characters.
    TooLong(usize),
    /// It holds a character that is not seen, or turns the direction of what is; its code.
    Hidden(u32),
    /// HTML.
    Html,
    /// A heading, picture, table, quotation, code, or a list in a list.
    Markup,
    /// A link that leads elsewhere.
    ForeignLink(String),
    /// A figure in braces that the edition does not have.
    UnknownFigure(String),
}

/// A paragraph, or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Piece>),
    /// The items of a list.
    List(Vec<Vec<Piece>>),
}

/// Text of one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What is written.
    pub text: String,
    /// How it looks.
    pub look: Look,
    /// What the figures say to it.
    pub said: Said,
}

/// How text looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// `*so*`
    pub is_emphasised: bool,
    /// `**so**`
    pub is_strong: bool,
    /// Where it leads: a path of this site.
    pub link: Option<String>,
}

/// What the figures say to a piece of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Said {
    /// It claims nothing.
    #[default]
    Plain,
    /// It stands for the week's value of this measure.
    Figure(String),
    /// It is the value of this measure, typed by hand.
    Bound(String),
    /// It claims what no figure of the edition says.
    Unsupported,
}

/// Reads a comment. Nothing is bound to figures yet: that is [`super::bind`]'s.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(text: &str) -> Result<Vec<Block>, Vec<Fault>> {
    let mut faults = Vec::new();
    let length = text.chars().count();
    if length > MOST_CHARS {
        faults.push(Fault::TooLong(length));
    }
    if let Some(hidden) = text.chars().find(|letter| is_hidden(*letter)) {
        faults.push(Fault::Hidden(u32::from(hidden)));
    }
    if length > MOST_READ_CHARS {
        return Err(faults);
    }
    let mut reader = Reader::default();
    for event in Parser::new(text) {
        if let Err(fault) = reader.take(event)
            && !faults.contains(&fault)
        {
            faults.push(fault);
        }
    }
    if faults.is_empty() {
        Ok(reader.blocks)
    } else {
        Err(faults)
    }
}

/// Letters that turn the direction of text, join or hide what is written: nobody types them, and
/// with them "91" can be shown as "19". Tabs and ends of lines are what they seem.
fn is_hidden(letter: char) -> bool {
    let is_layout = matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}');
    is_layout || (letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    look: Look,
    depth: usize,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) -> Result<(), Fault> {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(tag) => {
                self.end(tag);
                Ok(())
            }
            // A hidden letter may be written as `&#x202e;`, too.
            Event::Text(text) => match text.chars().find(|letter| is_hidden(*letter)) {
                Some(hidden) => Err(Fault::Hidden(u32::from(hidden))),
                None => {
                    self.write(&text);
                    Ok(())
                }
            },
            Event::SoftBreak | Event::HardBreak => {
                self.write(" ");
                Ok(())
            }
            Event::Html(_) | Event::InlineHtml(_) => Err(Fault::Html),
            _ => Err(Fault::Markup),
        }
    }

    fn begin(&mut self, tag: Tag<'_>) -> Result<(), Fault> {
        match tag {
            Tag::Paragraph if self.depth == 0 => self.blocks.push(Block::Paragraph(Vec::new())),
            // In a loose list an item is made of paragraphs: they are put together.
            Tag::Paragraph => self.write(" "),
            Tag::List(_) => {
                self.depth += 1;
                if self.depth > 1 {
                    return Err(Fault::Markup);
                }
                self.blocks.push(Block::List(Vec::new()));
            }
            Tag::Item => {
                if let Some(Block::List(items)) = self.blocks.last_mut() {
                    items.push(Vec::new());
                }
            }
            Tag::Emphasis => self.look.is_emphasised = true,
            Tag::Strong => self.look.is_strong = true,
            Tag::Link { dest_url, .. } => {
                if !is_own_page(&dest_url) {
                    return Err(Fault::ForeignLink(dest_url.into_string()));
                }
                self.look.link = Some(dest_url.into_string());
            }
            Tag::HtmlBlock => return Err(Fault::Html),
            _ => return Err(Fault::Markup),
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::List(_) => self.depth = self.depth.saturating_sub(1),
            TagEnd::Emphasis => self.look.is_emphasised = false,
            TagEnd::Strong => self.look.is_strong = false,
            TagEnd::Link => self.look.link = None,
            _ => {}
        }
    }

    fn write(&mut self, text: &str) {
        let pieces = match self.blocks.last_mut() {
            Some(Block::Paragraph(pieces)) => pieces,
            Some(Block::List(items)) => match items.last_mut() {
                Some(pieces) => pieces,
                None => return,
            },
            None => return,
        };
        match pieces.last_mut() {
            Some(last) if last.look == self.look => last.text.push_str(text),
            None if text == " " => {}
            _ => pieces.push(Piece {
                text: text.to_owned(),
                look: self.look.clone(),
                said: Said::Plain,
            }),
        }
    }
}

/// Whether a link stays on this site and leads to what everybody may read. A path has one spelling:
/// no `..` and no `%2e`, by which it could lead to another page than it names.
fn is_own_page(link: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_graphic() && !"\\\"<>".contains(letter);
    let is_path = link.starts_with('/') && !link.starts_with("//");
    let path = link.split(['?', '#']).next().unwrap_or_default();
    let mut steps = path.split('/').skip(1);
    let is_public = steps.clone().next() != Some("desk");
    let is_straight = steps.all(|step| !matches!(step, "." | "..") && !step.contains('%'));
    is_path && link.chars().all(is_plain) && is_public && is_straight
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn faults(text: &str) -> Vec<Fault> {
        read(text).expect_err("it is refused")
    }

    fn plain(blocks: &[Block]) -> String {
        let text = |pieces: &Vec<Piece>| -> String {
            pieces.iter().map(|own| own.text.as_str()).collect()
        };
        let block = |block: &Block| match block {
            Block::Paragraph(pieces) => text(pieces),
            Block::List(items) => items.iter().map(text).collect::<Vec<_>>().join("|"),
        };
        blocks.iter().map(block).collect::<Vec<_>>().join("¶")
    }

    #[test]
    fn paragraphs_lists_emphasis_and_own_links_are_kept() {
        let text =
            "We *did* **it** by {service_level_customer}.\n\n- one\n- [two](/history?line=a)\n";
        let blocks = read(text).expect("it is sound");
        assert_eq!(
            plain(&blocks),
            "We did it by {service_level_customer}.¶one|two"
        );
        let Block::List(items) = &blocks[1] else {
            panic!("a list")
        };
        assert_eq!(items[1][0].look.link.as_deref(), Some("/history?line=a"));
        assert!(read("").expect("nothing to say").is_empty());
    }

    #[test]
    fn html_and_everything_else_is_refused_with_its_reason() {
        assert_eq!(faults("a <b>bold</b> word"), [Fault::Html]);
        assert_eq!(faults("<script>alert(1)</script>"), [Fault::Html]);
        for markup in [
            "# Title",
            "> quoted",
            "`code`",
            "![x](/y)",
            "- a\n  - b",
            "***\n",
        ] {
            assert_eq!(faults(markup), [Fault::Markup], "{markup}");
        }
        for link in [
            "https://a.example",
            "//a.example",
            "javascript:alert(1)",
            "/desk",
            "/desk/x",
            "/desk?next=/",
            "/desk#x",
            "/weeks/../desk",
            "/./desk/x",
            "/%64esk",
        ] {
            let fault = Fault::ForeignLink(link.to_owned());
            assert_eq!(faults(&format!("[here]({link})")), [fault]);
        }
        assert!(read("1 < 2 & 3 > 2").is_ok(), "signs are no HTML");
    }

    #[test]
    fn letters_that_turn_or_hide_text_are_refused() {
        assert_eq!(faults("down \u{202e}91"), [Fault::Hidden(0x202e)]);
        for hidden in [
            '\u{200b}',
            '\u{2066}',
            '\u{200f}',
            '\u{feff}',
            '\u{7}',
            '\u{e0041}',
        ] {
            assert_eq!(
                faults(&format!("a{hidden}b")),
                [Fault::Hidden(u32::from(hidden))]
            );
        }
        for spelt in ["&#x202e;", "&#8203;", "&shy;", "&rlm;", "&#7;"] {
            let found = faults(&format!("a{spelt}b"));
            assert!(
                matches!(found[..], [Fault::Hidden(_)]),
                "{spelt}: {found:?}"
            );
        }
        assert!(read("Été à 8\u{a0}h, année 2026\u{202f}!").is_ok());
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(read(&"é".repeat(MOST_CHARS)).is_ok());
        assert_eq!(faults(&"é".repeat(5_000)), [Fault::TooLong(5_000)]);
        let links = "[a](https://a.example) <b>".repeat(100_000);
        assert_eq!(faults(&links), [Fault::TooLong(2_600_000)]);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_no_link_leads_elsewhere(text in any::<String>()) {
            for block in read(&text).into_iter().flatten() {
                let pieces = match block {
                    Block::Paragraph(pieces) => pieces,
                    Block::List(items) => items.concat(),
                };
                for piece in pieces {
                    prop_assert!(piece.look.link.is_none_or(|link| is_own_page(&link)));
                    prop_assert!(!piece.text.chars().any(is_hidden));
                }
            }
        }
    }
}
