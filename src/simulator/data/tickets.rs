//! Response tickets: rows, and ids that encode their row number.

use super::{
    names::{self, NameSet},
    patterns,
    seed::{Seed, chance, pick},
};

/// A ticket, without its time.
#[derive(Debug)]
pub struct Ticket {
    pub id: String,
    pub name: String,
    pub verdict: &'static str,
    pub status: &'static str,
    pub kind: &'static str,
    pub attack: &'static str,
    pub source_ip: String,
    pub destination_ip: String,
}

const INCIDENTS: [(&str, &str); 6] = [
    ("K047_NHN_WebShell_Alert", "Network 침해"),
    ("K112_NHN_CoinMiner_Detected", "악성코드 감염"),
    ("K031_NHN_Data_Exfiltration", "정보 유출"),
    ("웹쉘 업로드 시도", "Web 침해"),
    ("랜섬웨어 의심 행위", "악성코드 감염"),
    ("관리자 계정 탈취 의심", "계정 탈취"),
];
const INTRUSIONS: [(&str, &str); 6] = [
    ("Bruteforce_Inbound", "Brute Force"),
    ("SSH_Login_Failure", "Brute Force"),
    ("SQL_Injection", "Web 공격"),
    ("Log4Shell_Attempt", "취약점 공격"),
    ("Port_Scan", "Scan"),
    ("DDoS_SYN_Flood", "DoS"),
];

/// Multiplier of the row number in an id, modulo the next constant: adjacent ids look unrelated.
const SPREAD: u64 = 61_803_399;
/// Its inverse modulo [`ROWS`].
const GATHER: u64 = 82_636_599;
/// Limit of tickets for each tenant.
const ROWS: u64 = 100_000_000;

/// Row `index` of `total`; row 0 is the oldest. Only the newest are still being worked on.
pub fn ticket(seed: Seed, index: usize, total: usize, world: &NameSet) -> Ticket {
    let mut rng = seed.part(index).rng();
    let source_ip = names::stranger(&mut rng);
    let destination_ip = world.floating_ip(&mut rng);
    let incident = chance(&mut rng, 25);
    let (what, attack) = pick(&mut rng, if incident { &INCIDENTS } else { &INTRUSIONS });
    let name = match rng.u8(..100) {
        0..2 => format!("{what} {}", pick(&mut rng, &patterns::SENT)),
        2..40 if !incident => format!("판교IDC 미등록({destination_ip}) {what}"),
        _ => what.to_owned(),
    };
    Ticket {
        id: id(seed, index),
        name,
        verdict: if chance(&mut rng, 80) {
            "정탐"
        } else {
            "오탐"
        },
        status: match total - index {
            1..3 => "대기",
            3..6 => "처리중",
            _ => "처리완료",
        },
        kind: if incident {
            "침해사고"
        } else {
            "침입탐지"
        },
        attack,
        source_ip,
        destination_ip,
    }
}

/// 17 to 20 digits, as in docs/secmon-api.md.
pub fn id(seed: Seed, index: usize) -> String {
    let mut rng = seed.part(index).part(1).rng();
    let place = index as u64 % ROWS * SPREAD % ROWS;
    let tail: String = (0..index % 4).map(|_| rng.digit(10)).collect();
    format!(
        "9{:03}{place:08}{:05}{tail}",
        rng.u16(..1000),
        rng.u32(..100_000)
    )
}

/// The row number of an id.
pub fn index(seed: Seed, ticket_id: &str, total: usize) -> Option<usize> {
    let place: u64 = ticket_id.get(4..12)?.parse().ok()?;
    let index = usize::try_from(place * GATHER % ROWS).ok()?;
    (index < total && id(seed, index) == ticket_id).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_resolves_to_its_row() {
        let seed = Seed::new(3);
        for row in [0, 1, 2, 3, 239, 199_999, 12_345_678] {
            let id = id(seed, row);
            assert!((17..=20).contains(&id.len()), "{id}");
            assert!(id.bytes().all(|digit| digit.is_ascii_digit()), "{id}");
            assert_eq!(index(seed, &id, row + 1), Some(row));
            assert_eq!(index(seed, &id, row), None);
        }
        for wrong in ["", "12", "98425190186514912", "가나다라마바사"] {
            assert_eq!(index(seed, wrong, 1000), None);
        }
    }
}
