//! Tells Cargo what is compiled into the program besides Rust, so that a new page, picture or
//! migration is noticed, and keeps the program buildable before the front end has been built.

use std::{fs, io};

fn main() -> io::Result<()> {
    // `rust-embed` refuses a folder that does not exist; an empty one embeds nothing.
    fs::create_dir_all("web/dist")?;
    for embedded in ["web/dist", "web/templates", "askama.toml", "migrations"] {
        println!("cargo:rerun-if-changed={embedded}");
    }
    Ok(())
}
