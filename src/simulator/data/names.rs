//! Names, networks and operating systems of servers, distinct for each tenant.

use fastrand::Rng;

use super::seed::{chance, pick};

/// The customer behind an appKey.
#[derive(Debug)]
pub struct NameSet {
    roles: &'static [&'static str],
    balancers: &'static [&'static str],
    /// The first two numbers of fixed addresses.
    network: &'static str,
    /// The first three numbers of floating addresses.
    floating: &'static [&'static str],
}

/// Tenants whose numbers differ by four share names, but no id.
const WORLDS: [NameSet; 4] = [
    NameSet {
        roles: &[
            "web-prod",
            "api-결제",
            "api-주문",
            "db-master",
            "db-replica",
            "k8s-node",
            "bastion",
            "배치서버",
            "redis-cache",
            "로그수집",
            "admin-관리자",
            "검색엔진",
        ],
        balancers: &["lb-web-prod", "lb-api-결제", "lb-api-주문", "lb-검색"],
        network: "192.168",
        floating: &["133.186.111", "133.186.112", "133.186.154"],
    },
    NameSet {
        roles: &[
            "game-lobby",
            "match-서버",
            "chat-gw",
            "랭킹-api",
            "patch-cdn",
            "db-world",
            "k8s-worker",
            "bastion",
            "운영툴",
            "로그수집",
        ],
        balancers: &["lb-lobby", "lb-match", "lb-랭킹", "lb-patch"],
        network: "10.20",
        floating: &["103.243.201", "103.194.108"],
    },
    NameSet {
        roles: &[
            "민원-web",
            "민원-was",
            "전자문서",
            "gis-tile",
            "통계-batch",
            "oracle-db",
            "인증서버",
            "mail-relay",
            "bastion",
            "백업서버",
        ],
        balancers: &["lb-민원", "lb-전자문서", "lb-인증"],
        network: "172.16",
        floating: &["180.210.72", "180.210.73"],
    },
    NameSet {
        roles: &[
            "pg-gateway",
            "정산-batch",
            "가맹점-web",
            "fds-engine",
            "hsm-proxy",
            "kafka",
            "db-ledger",
            "k8s-node",
            "bastion",
            "모니터링",
        ],
        balancers: &["lb-pg", "lb-가맹점", "lb-fds"],
        network: "10.77",
        floating: &["211.56.1", "211.56.2", "133.186.242"],
    },
];

/// Pages must stay whole with a name like this one.
pub const LONG: &str = "web-prod-매우긴이름-서울판교리전-프론트엔드-이벤트페이지-정적리소스-캐시서버-블루그린배포-임시증설분-2024하반기-프로모션-담당자확인필요-삭제금지-do-not-delete-until-further-notice-01";

const SYSTEMS: [&str; 9] = [
    "CentOS 7.8",
    "CentOS 6.10",
    "Ubuntu 22.04.3 LTS",
    "Ubuntu 20.04.6 LTS",
    "Rocky Linux 9.3",
    "Rocky Linux 8.10",
    "Debian 12.5",
    "Windows Server 2019",
    "Windows Server 2022 Standard",
];

pub fn world(tenant: usize) -> &'static NameSet {
    &WORLDS[tenant % WORLDS.len()]
}

impl NameSet {
    /// The name of VM `number`. Names are not unique: several machines are called "test".
    pub fn vm(&self, rng: &mut Rng, number: usize) -> String {
        if chance(rng, 3) {
            return "test".to_owned();
        }
        match pick(rng, self.roles) {
            role if role.starts_with("k8s") => format!("{role}-{:04x}", rng.u16(..)),
            role => format!("{role}-{:02}", number / 4 + 1),
        }
    }

    /// The name of the machines behind one load balancer, without their number.
    pub fn role(&self, rng: &mut Rng) -> &'static str {
        pick(rng, self.roles)
    }

    pub fn load_balancer(&self, rng: &mut Rng, number: usize) -> String {
        format!("{}-{:02}", pick(rng, self.balancers), number + 1)
    }

    /// The fixed address of server `number`, of which there are up to 64,000.
    pub fn fixed_ip(&self, number: usize) -> String {
        format!(
            "{}.{}.{}",
            self.network,
            number / 250 % 256,
            number % 250 + 4
        )
    }

    pub fn floating_ip(&self, rng: &mut Rng) -> String {
        format!("{}.{}", pick(rng, self.floating), rng.u8(2..255))
    }
}

pub fn system(rng: &mut Rng) -> &'static str {
    pick(rng, &SYSTEMS)
}

/// An address somewhere in the world that attacks come from.
pub fn stranger(rng: &mut Rng) -> String {
    const NETWORKS: [&str; 12] = [
        "120.24", "209.126", "89.248", "211.58", "45.155", "185.220", "193.32", "218.92", "61.177",
        "141.98", "5.188", "80.94",
    ];
    format!("{}.{}.{}", pick(rng, &NETWORKS), rng.u8(..), rng.u8(1..255))
}
