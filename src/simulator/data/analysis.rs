//! The five parts of a ticket, in the markup of a rich-text editor.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;

use super::{
    in_korea,
    names::{self, NameSet},
    patterns,
    seed::{Seed, chance, pick},
    table::{COLUMNS, NOTHING, Table},
    tickets::Ticket,
};

/// The parts, as the detail endpoint gives them.
#[derive(Debug)]
pub struct Parts {
    pub summary: String,
    pub analysis: String,
    pub deep_analysis: String,
    pub name: String,
    pub description: String,
}

const COUNTRIES: [&str; 7] = [
    "Korea, Republic of",
    "China",
    "United States",
    "Russian Federation",
    "Netherlands",
    "Viet Nam",
    "Germany",
];
/// Tickets take turns, so that eight neighbours show every style.
const STYLES: usize = 8;

struct Author<'a> {
    rng: Rng,
    ticket: &'a Ticket,
    world: &'a NameSet,
    at: DateTime<Utc>,
}

/// The parts of ticket `index`, whose list row is `ticket`.
pub fn parts(
    seed: Seed,
    index: usize,
    ticket: &Ticket,
    world: &NameSet,
    at: DateTime<Utc>,
) -> Parts {
    let mut author = Author {
        rng: seed.part(index).part(2).rng(),
        ticket,
        world,
        at,
    };
    let (analysis, deep_analysis) = author.parts(index);
    let described = !index.is_multiple_of(STYLES);
    Parts {
        summary: author.summary(),
        analysis,
        deep_analysis,
        // The guide's own sample leaves both empty.
        name: if described {
            ticket.name.clone()
        } else {
            String::new()
        },
        description: if described && chance(&mut author.rng, 70) {
            author.description()
        } else {
            String::new()
        },
    }
}

impl Author<'_> {
    fn parts(&mut self, index: usize) -> (String, String) {
        let closing = "<p>정탐 심화분석 TEST</p>\r\n".to_owned();
        let rows = self.rng.usize(60..180);
        // Taken in turn, so that the plainest one is in every set of data.
        let sent = patterns::SENT[index / STYLES % patterns::SENT.len()];
        match index % STYLES {
            0 => (self.table(1, NOTHING), closing),
            1 => (self.table(rows, NOTHING), self.report()),
            2 => (self.table(6, NOTHING) + &self.targets(), self.report()),
            3 => (self.table(8, &patterns::escaped(sent)), closing),
            4 => (self.table(12, NOTHING), Self::picture()),
            // Some tools do not escape captured input.
            5 => (self.table(4, sent), format!("<p>탐지패턴: {sent}</p>\r\n")),
            6 => (String::new(), String::new()),
            _ => (
                format!(
                    "공격자 {} 차단 완료.\r\n추가 공격 없음 (임계치 < 10 & 정상)",
                    self.ticket.source_ip
                ),
                self.report(),
            ),
        }
    }

    fn summary(&mut self) -> String {
        let Ticket {
            source_ip,
            destination_ip,
            attack,
            ..
        } = self.ticket;
        match self.rng.u8(..4) {
            0 => "TEST 티켓 처리 완료".to_owned(),
            1 => format!(
                "{source_ip} 에서 {destination_ip} 로의 {attack} 공격이 탐지되어 차단 조치하였습니다."
            ),
            2 => format!(
                "<p><strong>{attack}</strong> 공격 탐지<br />\r\n공격자 {source_ip} 차단 요청</p>\r\n"
            ),
            _ => format!(
                "{attack} 시도가 반복되어 모니터링을 강화하였습니다.\r\n고객사 확인 후 종결."
            ),
        }
    }

    fn description(&mut self) -> String {
        let Ticket {
            source_ip,
            destination_ip,
            ..
        } = self.ticket;
        match self.rng.u8(..3) {
            0 => format!("공격자 IP {source_ip} / 피해 IP {destination_ip}"),
            1 => format!(
                "<p>공격자 IP : {source_ip}</p>\r\n\r\n<p>피해 IP : {destination_ip}</p>\r\n"
            ),
            _ => "관제 장비에서 자동 생성된 티켓입니다. 담당자 확인 바랍니다.".to_owned(),
        }
    }

    /// The guide's table with so many rows, the last of them holding the pattern.
    fn table(&mut self, rows: usize, pattern: &str) -> String {
        let mut table = Table::new(&COLUMNS);
        let mut total = 0;
        for row in (0..rows).rev() {
            let times = if rows == 1 { 1 } else { self.rng.u64(1..400) };
            total += times;
            let back = TimeDelta::minutes(i64::try_from(row).unwrap_or(0) * 3);
            let ended = in_korea(self.at - back).format("%Y-%m-%d %H:%M:%S");
            table.row(&[
                &self.ticket.name.replace('<', "&lt;"),
                &ended.to_string(),
                pick(&mut self.rng, &["Low", "Medium", "High"]),
                &self.ticket.source_ip,
                &self.rng.u16(1024..).to_string(),
                pick(&mut self.rng, &COUNTRIES),
                &self.ticket.destination_ip,
                pick(&mut self.rng, &["22", "80", "443", "3389", "8080"]),
                pick(&mut self.rng, &["Korea, Republic of", "Japan"]),
                "Inbound",
                if row == 0 { pattern } else { NOTHING },
                &times.to_string(),
            ]);
        }
        table.total(COLUMNS.len(), total)
    }

    /// A second table, as longer analyses have.
    fn targets(&mut self) -> String {
        let mut table = Table::new(&["목적지 주소", "자산", "조치"]);
        for _ in 0..4 {
            let address = self.world.floating_ip(&mut self.rng);
            let asset = self.world.role(&mut self.rng);
            table.row(&[&address, asset, "<strong>차단</strong>"]);
        }
        format!(
            "<p>&nbsp;</p>\r\n\r\n<p><strong>공격 대상 자산</strong></p>\r\n\r\n{}",
            table.total(3, 4)
        )
    }

    /// A deep analysis of some length: heading, lists, emphasis, a link.
    fn report(&mut self) -> String {
        let Ticket {
            source_ip, attack, ..
        } = self.ticket;
        let mut html = format!(
            "<h3>1. 개요</h3>\r\n\r\n<p>공격자 <strong>{source_ip}</strong>(<span style=\"color:#e74c3c\">평판 악성</span>)의 {attack} 행위를 분석하였습니다.</p>\r\n\r\n<h3>2. 상세</h3>\r\n\r\n<ul>\r\n"
        );
        for _ in 0..self.rng.u8(2..6) {
            let _ = write!(
                html,
                "\t<li>{} &rarr; {} <em>{}회</em></li>\r\n",
                names::stranger(&mut self.rng),
                self.world.floating_ip(&mut self.rng),
                self.rng.u16(1..5000)
            );
        }
        html.push_str("</ul>\r\n\r\n<h3>3. 권고</h3>\r\n\r\n<ol>\r\n\t<li>방화벽에서 공격자 IP 차단</li>\r\n\t<li>관리자 페이지 접근 통제</li>\r\n\t<li>최신 보안 패치 적용 (<a href=\"https://www.boho.or.kr/\" target=\"_blank\">KISA 보호나라</a>)</li>\r\n</ol>\r\n");
        html
    }

    fn picture() -> String {
        format!(
            "<p>시간대별 공격 추이</p>\r\n\r\n<p style=\"text-align:center\"><img alt=\"시간대별 공격 추이\" src=\"{}\" style=\"height:64px; width:192px\" /></p>\r\n",
            patterns::CHART
        )
    }
}
