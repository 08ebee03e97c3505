//! Lets the crate build before the pages' assets have been built, and anew when they change.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=askama.toml");
    println!("cargo:rerun-if-changed=web/dist");
    // The folder is embedded; without it the macro would refuse to compile. Pages then use the
    // plain style sheet that is compiled in (site::assets).
    if let Err(error) = std::fs::create_dir_all("web/dist") {
        println!("cargo:warning=cannot create web/dist: {error}");
    }
}
