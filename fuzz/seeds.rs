//! Writes each vector of the tests into a file of its own, in the folder that is named: what fuzzing starts from.

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
