//! A team's servers, as the two VM lists of the API tell them.

use super::{ServerId, VendorTerm};

/// What one row of a VM list is: a load balancer with its VMs, or a VM of its own.
#[derive(Debug, Clone)]
pub enum Server {
    LoadBalancer(LoadBalancer),
    Vm(Vm),
}

/// A VM. Every text is as the API wrote it; what it left out is `None`.
#[derive(Debug, Clone, Default)]
pub struct Vm {
    pub id: Option<ServerId>,
    pub name: Option<String>,
    pub os: Option<String>,
    pub fixed_ip: Option<String>,
    pub floating_ip: Option<String>,
    pub status: Option<VendorTerm>,
}

/// A load balancer: the API adds and releases it only as a whole, with all of its VMs.
#[derive(Debug, Clone, Default)]
pub struct LoadBalancer {
    pub id: Option<ServerId>,
    pub name: Option<String>,
    pub fixed_ip: Option<String>,
    pub floating_ip: Option<String>,
    pub status: Option<VendorTerm>,
    pub vms: Vec<Vm>,
}

/// Both VM lists, read at one time.
#[derive(Debug, Clone, Default)]
pub struct ServerLists {
    pub not_monitored: Vec<Server>,
    /// Everything that control was asked for, waiting or running.
    pub monitored: Vec<Server>,
}

impl Server {
    /// What the API adds and releases this by; without one it can only be shown.
    #[must_use]
    pub fn id(&self) -> Option<&ServerId> {
        match self {
            Self::LoadBalancer(it) => it.id.as_ref(),
            Self::Vm(it) => it.id.as_ref(),
        }
    }

    /// Has it, and every VM that goes with it, an id to be added by: the API asks for all of them.
    #[must_use]
    pub fn can_be_added(&self) -> bool {
        self.id().is_some() && self.vms().iter().all(|vm| vm.id.is_some())
    }

    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::LoadBalancer(it) => it.name.as_deref(),
            Self::Vm(it) => it.name.as_deref(),
        }
    }

    #[must_use]
    pub fn status(&self) -> Option<&VendorTerm> {
        match self {
            Self::LoadBalancer(it) => it.status.as_ref(),
            Self::Vm(it) => it.status.as_ref(),
        }
    }

    /// Was control asked for that has not begun.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.status().is_some_and(|word| word.is("word-waiting"))
    }

    /// The VMs that go with this: those behind a load balancer, or the VM itself.
    #[must_use]
    pub fn vms(&self) -> &[Vm] {
        match self {
            Self::LoadBalancer(it) => &it.vms,
            Self::Vm(it) => std::slice::from_ref(it),
        }
    }
}
