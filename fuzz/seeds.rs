//! The fuzzer's seed corpus: writes each test vector into its own file in the given folder.

use std::{env, error::Error, fs, path::PathBuf};

#[path = "../tests/sanitizer/vectors/mod.rs"]
mod vectors;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("name a folder")?);
    fs::create_dir_all(&folder)?;
    for (number, vector) in vectors::all().enumerate() {
        fs::write(folder.join(format!("vector-{number:03}")), vector)?;
    }
    Ok(())
}
