//! Detected events: campaigns of single attackers among background noise.

use fastrand::Rng;

use super::{
    names::{self, NameSet},
    seed::{Seed, chance, pick},
};

/// A detected event, without its time.
#[derive(Debug)]
pub struct Event {
    pub name: &'static str,
    pub severity: &'static str,
    pub source_ip: String,
    pub source_port: u16,
    pub destination_ip: String,
    pub destination_port: u16,
    pub destination_country: &'static str,
    pub direction: &'static str,
}

/// Name, port and usual severity of each attack.
const ATTACKS: [(&str, u16, &str); 16] = [
    ("UDS_439_phpmyadmin_access", 80, "Low"),
    ("UDS_Appkey_PIOLINK", 80, "Low"),
    ("SSH_Brute_Force_Login", 22, "Medium"),
    ("RDP_Brute_Force_Attempt", 3389, "Medium"),
    ("Apache_Log4j_RCE_CVE-2021-44228", 8080, "Critical"),
    ("WebShell_Upload_Attempt", 443, "High"),
    ("SQL_Injection_Union_Select", 443, "High"),
    ("XSS_Script_Tag_In_Parameter", 80, "Medium"),
    ("Directory_Traversal_etc_passwd", 80, "Medium"),
    ("TCP_SYN_Port_Scan", 445, "Info"),
    ("MySQL_Root_Login_Failed", 3306, "Medium"),
    ("Redis_Unauthorized_Access", 6379, "High"),
    ("Mirai_Botnet_Telnet", 23, "High"),
    ("DNS_Amplification", 53, "Low"),
    ("웹 취약점 스캐너 탐지(Nikto)", 80, "Low"),
    ("GPON_Router_Command_Injection", 8080, "High"),
];
const CALLED_HOME: [(&str, u16, &str); 3] = [
    ("C2_Beacon_Outbound", 443, "Critical"),
    ("CoinMiner_Pool_Connection", 3333, "High"),
    ("DNS_Query_Malicious_Domain", 53, "High"),
];
const HERE: [&str; 4] = ["KR", "KR", "KR", "JP"];
const ABROAD: [&str; 10] = ["US", "CN", "RU", "NL", "DE", "VN", "BR", "IN", "GB", "SG"];
/// Rows of one campaign are adjacent.
const CAMPAIGN: usize = 12;

/// Row `index` of a tenant's events.
pub fn event(seed: Seed, index: usize, world: &NameSet) -> Event {
    let mut rng = seed.part(index).rng();
    let mut campaign = seed.part(index / CAMPAIGN).part(0).rng();
    if chance(&mut campaign, 30) {
        return inbound(&mut rng, &mut campaign, world);
    }
    if chance(&mut rng, 8) {
        return outbound(&mut rng, world);
    }
    let mut attacker = rng.fork();
    inbound(&mut rng, &mut attacker, world)
}

fn inbound(rng: &mut Rng, attacker: &mut Rng, world: &NameSet) -> Event {
    let (name, destination_port, severity) = pick(attacker, &ATTACKS);
    Event {
        name,
        severity,
        source_ip: names::stranger(attacker),
        source_port: rng.u16(1024..),
        destination_ip: world.floating_ip(rng),
        destination_port,
        destination_country: pick(rng, &HERE),
        direction: "Inbound",
    }
}

fn outbound(rng: &mut Rng, world: &NameSet) -> Event {
    let (name, destination_port, severity) = pick(rng, &CALLED_HOME);
    Event {
        name,
        severity,
        source_ip: world.floating_ip(rng),
        source_port: rng.u16(1024..),
        destination_ip: names::stranger(rng),
        destination_port,
        destination_country: pick(rng, &ABROAD),
        direction: "Outbound",
    }
}
