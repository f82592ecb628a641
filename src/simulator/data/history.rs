//! History rows from before the simulator's start.

use chrono::{DateTime, Utc};

use super::seed::{Seed, chance};

/// A history row. Its content depends on whether its request has taken effect.
#[derive(Debug, Clone)]
pub struct Change {
    pub kind: ChangeKind,
    /// Names of the VMs, joined as the guide joins them.
    pub names: String,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    Add,
    Release,
    /// The guide lists no such word; the vendor warns that words may be added.
    Other,
}

impl ChangeKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Add => "신규",
            Self::Release => "해제",
            Self::Other => "변경",
        }
    }

    pub fn contents(self, done: bool) -> &'static str {
        match (self, done) {
            (Self::Add, false) => "보안관제 추가 진행 중 입니다.",
            (Self::Add, true) => "보안관제 추가가 완료되었습니다.",
            (Self::Release, false) => "보안관제 해제 진행 중 입니다.",
            (Self::Release, true) => "보안관제 해제가 완료되었습니다.",
            (Self::Other, _) => "보안관제 대상 정보가 변경되었습니다.",
        }
    }

    /// Is billing running: it starts when an added server is monitored and ends when a released one is not.
    pub fn meter(self, done: bool) -> &'static str {
        match (self, done) {
            (Self::Add, false) | (Self::Release, true) => "NO",
            (Self::Add, true) | (Self::Release, false) | (Self::Other, _) => "YES",
        }
    }
}

/// Joins names in one field, as in the guide's sample `vm1 | vm2`.
pub fn join<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(" | ")
}

/// Row `index` of the old rows.
pub fn old_change(seed: Seed, index: usize, at: DateTime<Utc>, names: &[String]) -> Change {
    let mut rng = seed.part(index).rng();
    let kind = match rng.u8(..100) {
        0..60 => ChangeKind::Add,
        60..95 => ChangeKind::Release,
        _ => ChangeKind::Other,
    };
    let how_many = if chance(&mut rng, 60) {
        1
    } else {
        rng.usize(2..=6)
    };
    let names = if names.is_empty() {
        "vm1".to_owned()
    } else {
        let first = rng.usize(..names.len());
        join(
            (first..first + how_many.min(names.len()))
                .map(|place| names[place % names.len()].as_str()),
        )
    };
    Change { kind, names, at }
}
