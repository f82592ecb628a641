//! Source files without comments and strings.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file, and the same text with comments and strings blanked, so that each place is the same in both.
pub struct Source {
    pub path: PathBuf,
    pub text: String,
    pub code: String,
}

impl Source {
    pub fn new(path: PathBuf, text: String) -> Self {
        let code = if path.extension().is_some_and(|kind| kind == "rs") {
            without_comments_and_strings(&text)
        } else {
            without_template_language(&text)
        };
        Self { path, text, code }
    }

    /// The path's parts below `src`, with the names of files and folders that make no module left out.
    pub fn modules(&self) -> Vec<String> {
        let below = self
            .path
            .strip_prefix("src")
            .unwrap_or(&self.path)
            .with_extension("");
        let parts = below.iter().map(|part| part.to_string_lossy().into_owned());
        parts
            .filter(|part| !matches!(part.as_str(), "mod" | "main" | "lib"))
            .collect()
    }

    pub fn place(&self, at: usize) -> String {
        let line = self.text[..at].matches('\n').count() + 1;
        format!("{}:{line}", self.path.display())
    }
}

pub fn sources() -> Vec<Source> {
    files("src", &["rs"])
}

/// Every file of these kinds below a folder of the project; none when there is no such folder yet.
pub fn files(folder: &str, kinds: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|kind| kinds.iter().any(|wanted| kind == *wanted))
            {
                let text = fs::read_to_string(&path).expect("is text");
                found.push(Source::new(
                    path.strip_prefix(root).expect("is below").to_owned(),
                    text,
                ));
            }
        }
    }
    found
}

/// Every identifier, with its place.
pub fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.split(move |c| !is_part(c))
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - code.as_ptr() as usize, word))
}

/// Replaces the matches of `length_at` with spaces, except line breaks, so that offsets stay.
fn blanked(text: &str, length_at: impl Fn(&str, Option<char>) -> Option<usize>) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut before = None;
    while let Some(next) = text[kept.len()..].chars().next() {
        let rest = &text[kept.len()..];
        if let Some(length) = length_at(rest, before) {
            let blank = |c: char| {
                if c == '\n' {
                    "\n".into()
                } else {
                    " ".repeat(c.len_utf8())
                }
            };
            kept.extend(rest[..length].chars().map(blank));
            before = Some(' ');
        } else {
            kept.push(next);
            before = Some(next);
        }
    }
    kept
}

fn without_comments_and_strings(code: &str) -> String {
    blanked(code, |rest, before| {
        let is_in_word =
            before.is_some_and(|c| c.is_alphanumeric() || c == '_') && before != Some('b');
        let hashes = rest
            .strip_prefix('r')
            .map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
        if rest.starts_with("//") {
            Some(rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            until(rest, 2, "*/")
        } else if !is_in_word && rest.starts_with('r') && rest[1 + hashes..].starts_with('"') {
            until(rest, 2 + hashes, &format!("\"{}", "#".repeat(hashes)))
        } else if let Some(string) = rest.strip_prefix('"') {
            let mut escaped = false;
            let end = string.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            Some(end.map_or(rest.len(), |end| end + 2))
        } else if rest.starts_with("'\\") {
            until(rest, 3, "'")
        } else {
            // A character; else it is a lifetime.
            let mut quoted = rest.strip_prefix('\'')?.chars();
            let character = quoted.next()?;
            (quoted.next() == Some('\'')).then_some(2 + character.len_utf8())
        }
    })
}

/// Items behind `#[cfg(test)]` blanked.
pub fn without_tests(code: &str) -> String {
    blanked(code, |rest, _| {
        let item = rest.strip_prefix("#[cfg(test)]")?;
        let mut depth = 0;
        let end = item.find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0 && matches!(c, '}' | ';')
        });
        Some(end.map_or(rest.len(), |end| rest.len() - item.len() + end + 1))
    })
}

fn without_template_language(template: &str) -> String {
    blanked(template, |rest, _| {
        let marks = [("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("<!--", "-->")];
        let (open, close) = marks.into_iter().find(|(open, _)| rest.starts_with(open))?;
        until(rest, open.len(), close)
    })
}

/// The length of `rest` up to and with `close`, looked for behind `from`.
fn until(rest: &str, from: usize, close: &str) -> Option<usize> {
    let end = rest.get(from..)?.find(close);
    Some(end.map_or(rest.len(), |end| from + end + close.len()))
}
