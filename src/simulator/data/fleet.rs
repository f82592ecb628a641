//! The initial servers of a tenant.

use chrono::{DateTime, Utc};
use fastrand::Rng;
use uuid::Builder;

use super::{
    names::{self, NameSet},
    seed::{Seed, chance},
};

/// A VM. A floating address may be empty, as in the guide.
#[derive(Debug, Clone)]
pub struct Vm {
    pub id: String,
    pub name: String,
    pub os: &'static str,
    pub fixed_ip: String,
    pub floating_ip: String,
}

#[derive(Debug, Clone)]
pub struct LoadBalancer {
    pub id: String,
    pub name: String,
    pub fixed_ip: String,
    pub floating_ip: String,
    pub vms: Vec<Vm>,
}

/// A unit of control: a load balancer with its VMs, or a standalone VM.
#[derive(Debug, Clone)]
pub enum Machine {
    LoadBalancer(LoadBalancer),
    Vm(Vm),
}

impl Machine {
    pub fn id(&self) -> &str {
        match self {
            Self::LoadBalancer(it) => &it.id,
            Self::Vm(it) => &it.id,
        }
    }

    pub fn vms(&self) -> &[Vm] {
        match self {
            Self::LoadBalancer(it) => &it.vms,
            Self::Vm(it) => std::slice::from_ref(it),
        }
    }
}

/// Requests for a server and their times; its status follows from the clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct Control {
    pub added: Option<DateTime<Utc>>,
    pub released: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone)]
pub struct Server {
    pub machine: Machine,
    pub control: Control,
}

/// Kinds of the first servers, so that a small fleet shows every kind.
const FIRST: [(Kind, Stage); 7] = [
    (Kind::Vm, Stage::Never),
    (Kind::LoadBalancer, Stage::Never),
    (Kind::NoFloatingIp, Stage::LongSince),
    (Kind::LoadBalancer, Stage::LongSince),
    (Kind::Vm, Stage::JustNow),
    (Kind::LongName, Stage::Never),
    (Kind::NoFloatingIp, Stage::Never),
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Vm,
    NoFloatingIp,
    LongName,
    LoadBalancer,
}

#[derive(Clone, Copy)]
enum Stage {
    Never,
    JustNow,
    LongSince,
}

/// Servers with `vms` VMs in all, counting those behind load balancers.
pub fn servers(seed: Seed, world: &NameSet, vms: usize, now: DateTime<Utc>) -> Vec<Server> {
    let mut maker = Maker {
        rng: seed.rng(),
        world,
        addresses: 0,
        balancers: 0,
    };
    let mut servers = Vec::new();
    let mut left = vms;
    while left > 0 {
        let (kind, stage) = FIRST
            .get(servers.len())
            .copied()
            .unwrap_or_else(|| maker.any());
        let machine = maker.machine(kind, left);
        left -= machine.vms().len();
        let added = match stage {
            Stage::Never => None,
            Stage::JustNow => Some(now),
            Stage::LongSince => Some(DateTime::UNIX_EPOCH),
        };
        servers.push(Server {
            machine,
            control: Control {
                added,
                released: None,
            },
        });
    }
    servers
}

struct Maker<'a> {
    rng: Rng,
    world: &'a NameSet,
    addresses: usize,
    balancers: usize,
}

impl Maker<'_> {
    fn any(&mut self) -> (Kind, Stage) {
        let kind = match self.rng.u8(..100) {
            0..10 => Kind::LoadBalancer,
            10..35 => Kind::NoFloatingIp,
            _ => Kind::Vm,
        };
        let stage = match self.rng.u8(..100) {
            0..50 => Stage::Never,
            50..54 => Stage::JustNow,
            _ => Stage::LongSince,
        };
        (kind, stage)
    }

    fn machine(&mut self, kind: Kind, left: usize) -> Machine {
        if kind == Kind::LoadBalancer && left >= 2 {
            return Machine::LoadBalancer(self.load_balancer(left));
        }
        let mut vm = self.vm();
        match kind {
            Kind::NoFloatingIp => vm.floating_ip = String::new(),
            Kind::LongName => names::LONG.clone_into(&mut vm.name),
            Kind::Vm | Kind::LoadBalancer => {}
        }
        Machine::Vm(vm)
    }

    fn vm(&mut self) -> Vm {
        self.addresses += 1;
        Vm {
            id: self.id(),
            name: self.world.vm(&mut self.rng, self.addresses),
            os: names::system(&mut self.rng),
            fixed_ip: self.world.fixed_ip(self.addresses),
            floating_ip: self.world.floating_ip(&mut self.rng),
        }
    }

    /// With two to twelve VMs, none of which has a floating address as a rule.
    fn load_balancer(&mut self, left: usize) -> LoadBalancer {
        let number = self.balancers;
        self.balancers += 1;
        self.addresses += 1;
        let fixed_ip = self.world.fixed_ip(self.addresses);
        let inside = chance(&mut self.rng, 20);
        let role = self.world.role(&mut self.rng);
        let size = self.rng.usize(2..=left.min(12));
        let vms = (1..=size).map(|place| {
            let mut vm = self.vm();
            vm.name = format!("{role}-{}{place:02}", number + 1);
            if !chance(&mut self.rng, 10) {
                vm.floating_ip = String::new();
            }
            vm
        });
        let vms = vms.collect();
        LoadBalancer {
            id: self.id(),
            name: self.world.load_balancer(&mut self.rng, number),
            fixed_ip,
            floating_ip: if inside {
                String::new()
            } else {
                self.world.floating_ip(&mut self.rng)
            },
            vms,
        }
    }

    fn id(&mut self) -> String {
        let mut bytes = [0; 16];
        self.rng.fill(&mut bytes);
        Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}
